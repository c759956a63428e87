# ruff: noqa: E501 - the table of refusals reads best with one row a line
"""What SDKs get to hear: exact codes and bodies, because they match on them."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest

from policies.connection import Workspace
from router.config.settings import Settings
from tests.conftest import RunRouter

pytestmark = pytest.mark.anyio

WEB = ("wk-web", "")
EVENT = {"type": "track", "event": "Plan Upgraded", "userId": "u-1", "messageId": "m-1"}
BATCH = {"batch": [EVENT]}
LIMIT = 4_096_000


def _padded(size: int) -> bytes:
    body = json.dumps({"batch": [{**EVENT, "properties": {"pad": ""}}]}).encode()
    return body.replace(b'"pad": ""', b'"pad": "' + b"x" * (size - len(body)) + b'"')


REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("no authorization", "batch", {"json": BATCH}, 401, "failed to read writekey from header"),
    ("another scheme", "batch", {"json": BATCH, "headers": {"authorization": "Bearer x"}}, 401, "failed to read writekey from header"),
    ("broken base64", "batch", {"json": BATCH, "headers": {"authorization": "Basic %%%"}}, 401, "failed to read writekey from header"),
    ("no ASCII", "batch", {"json": BATCH, "headers": {"authorization": "Basic \u00e9".encode("latin-1")}}, 401, "failed to read writekey from header"),
    ("empty write key", "batch", {"json": BATCH, "auth": ("", "")}, 401, "failed to read writekey from header"),
    ("unknown write key", "batch", {"json": BATCH, "auth": ("nope", "")}, 401, "invalid write key"),
    ("unknown key before broken body", "batch", {"content": b"{", "auth": ("nope", "")}, 401, "invalid write key"),
    ("empty body", "batch", {"content": b"", "auth": WEB}, 400, "invalid json"),
    ("broken JSON", "batch", {"content": b'{"batch":[', "auth": WEB}, 400, "invalid json"),
    ("broken JSON of another shape", "batch", {"content": b"[1,", "auth": WEB}, 400, "invalid json"),
    ("two documents", "track", {"content": b'{"userId":"a"},{"userId":"b"}', "auth": WEB}, 400, "invalid json"),
    ("no UTF-8", "batch", {"content": b'{"batch":[{"userId":"\xff"}]}', "auth": WEB}, 400, "invalid json"),
    ("nested too deep", "batch", {"content": b'{"batch":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "auth": WEB}, 400, "invalid json"),
    ("no batch", "batch", {"json": {}, "auth": WEB}, 400, "empty batch payload"),
    ("empty batch", "batch", {"json": {"batch": []}, "auth": WEB}, 400, "empty batch payload"),
    ("null batch", "batch", {"json": {"batch": None}, "auth": WEB}, 400, "empty batch payload"),
    ("top-level array as batch", "batch", {"json": [EVENT], "auth": WEB}, 400, "empty batch payload"),
    ("event that is a number", "batch", {"json": {"batch": [EVENT, 3]}, "auth": WEB}, 400, "event is not a valid rudder event"),
    ("top-level array as event", "track", {"json": [], "auth": WEB}, 400, "event is not a valid rudder event"),
    ("no ids", "track", {"json": {"event": "x"}, "auth": WEB}, 400, "request neither has anonymousId nor userId"),
    ("blank ids", "track", {"json": {"userId": " ", "anonymousId": "\u200b"}, "auth": WEB}, 400, "request neither has anonymousId nor userId"),
    ("one of two without ids", "batch", {"json": {"batch": [EVENT, {"type": "track"}]}, "auth": WEB}, 400, "request neither has anonymousId nor userId"),
    ("five megabytes", "batch", {"content": b"x" * 5_000_000, "auth": WEB}, 413, "request size exceeds max limit"),
    ("one byte too many", "batch", {"content": _padded(LIMIT + 1), "auth": WEB}, 413, "request size exceeds max limit"),
    ("gzip bomb", "batch", {"content": gzip.compress(b"0" * 100_000_000), "headers": {"content-encoding": "gzip"}, "auth": WEB}, 413, "request size exceeds max limit"),
    ("brotli", "batch", {"content": b"\x0b\x02\x80{}\x03", "headers": {"content-encoding": "br"}, "auth": WEB}, 400, "failed to read body from request"),
    ("gzip twice", "batch", {"content": gzip.compress(gzip.compress(b"{}")), "headers": {"content-encoding": "gzip, gzip"}, "auth": WEB}, 400, "failed to read body from request"),
    ("brackets that close ours", "track", {"content": b'{"userId":"a"}],"batch":[{"userId":"b"}', "auth": WEB}, 400, "invalid json"),
    ("corrupt gzip", "batch", {"content": b"no gzip", "headers": {"content-encoding": "gzip"}, "auth": WEB}, 400, "failed to read body from request"),
    ("cut gzip", "batch", {"content": gzip.compress(json.dumps(BATCH).encode())[:-9], "headers": {"content-encoding": "gzip"}, "auth": WEB}, 400, "failed to read body from request"),
    ("a line break in the path", "batch%0d%0aX:1", {"json": BATCH, "auth": WEB}, 400, "invalid http request path"),
    ("unknown path", "nothing", {"json": BATCH, "auth": WEB}, 400, "invalid http request path"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "request_", "status", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_a_bad_request_gets_rudderstacks_answer(
    run_router: RunRouter, path: str, request_: dict[str, Any], status: int, text: str
) -> None:
    async with run_router() as running:
        answer = await running.client.post(f"/v1/{path}", **request_)
        assert (answer.status_code, answer.text) == (status, text + "\n")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert (await running.service.store.totals()).accepted == 0


@pytest.mark.parametrize("path", ["identify", "track", "page", "screen", "group", "alias"])
async def test_a_single_event_takes_its_type_from_the_path(run_router: RunRouter, path: str) -> None:
    async with run_router() as running:
        answer = await running.client.post(f"/v1/{path}", json={**EVENT, "type": "nonsense"}, auth=WEB)
        assert (answer.status_code, answer.content) == (200, b"ok")
        totals = await running.service.store.totals()
        assert totals.accepted == 1
        assert totals.blocked == 0


async def test_a_body_at_the_limit_is_accepted(run_router: RunRouter) -> None:
    async with run_router() as running:
        answer = await running.client.post("/v1/batch", content=_padded(LIMIT), auth=WEB)
        assert answer.status_code == 200


@pytest.mark.parametrize("encoding", ["identity", "UTF-8", "utf8", " "])
async def test_a_plain_body_is_read_whatever_word_says_so(run_router: RunRouter, encoding: str) -> None:
    async with run_router() as running:
        headers = {"content-encoding": encoding}
        answer = await running.client.post("/v1/batch", json=BATCH, headers=headers, auth=WEB)
    assert answer.text == "ok"


@pytest.mark.parametrize(
    "body", [b' {"userId":"a"}\r\n', b'{"userId":"\\ud800"}', b'{"userId":"a","x":"\\udc00\\ud800"}']
)
async def test_a_single_event_is_taken_with_what_javascript_may_put_into_it(run_router: RunRouter, body: bytes) -> None:
    async with run_router() as running:
        answer = await running.client.post("/v1/track", content=body, auth=WEB)
        assert answer.text == "ok"
        assert (await running.service.store.totals()).accepted == 1


async def test_gzip_of_several_members_is_read(run_router: RunRouter) -> None:
    text = json.dumps(BATCH).encode()
    content = gzip.compress(text[:10]) + gzip.compress(text[10:])
    async with run_router() as running:
        answer = await running.client.post("/v1/batch", content=content, headers={"content-encoding": "gzip"}, auth=WEB)
        assert answer.text == "ok"


async def test_a_batch_that_is_one_object_stands_for_a_list_of_it(run_router: RunRouter) -> None:
    async with run_router() as running:
        answer = await running.client.post("/v1/batch", json={"batch": EVENT}, auth=WEB)
        assert answer.text == "ok"
        assert (await running.service.store.totals()).accepted == 1


@pytest.mark.parametrize("ids", [{"userId": 456}, {"anonymousId": {"id": 1}}, {"userId": False}])
async def test_ids_of_any_type_count(run_router: RunRouter, ids: dict[str, Any]) -> None:
    async with run_router() as running:
        answer = await running.client.post("/v1/track", json={"event": "x", **ids}, auth=WEB)
        assert answer.text == "ok"


async def test_events_of_a_disabled_source_are_refused_with_404(run_router: RunRouter, quickstart: Workspace) -> None:
    from msgspec.structs import replace

    sources = tuple(replace(source, enabled=source.id != "web-shop") for source in quickstart.sources)
    async with run_router(workspace=replace(quickstart, sources=sources)) as running:
        answer = await running.client.post("/v1/batch", json=BATCH, auth=WEB)
        assert (answer.status_code, answer.text) == (404, "source is disabled\n")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_another_method_is_405_not_404(run_router: RunRouter, method: str) -> None:
    async with run_router() as running:
        answer = await running.client.request(method, "/v1/batch", auth=WEB)
        assert (answer.status_code, answer.text) == (405, "invalid http request method\n")


async def test_a_preflight_is_answered_with_204_and_the_origin(run_router: RunRouter) -> None:
    asked = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "anonymousid",
    }
    async with run_router() as running:
        answer = await running.client.options("/v1/track", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-headers"] == "anonymousid"
    assert answer.headers["access-control-max-age"] == "900"


@pytest.mark.parametrize(("content", "status"), [(json.dumps(EVENT).encode(), 200), (b"{", 400)])
async def test_cors_headers_are_on_successes_and_on_errors(run_router: RunRouter, content: bytes, status: int) -> None:
    async with run_router() as running:
        answer = await running.client.post(
            "/v1/track", content=content, auth=WEB, headers={"origin": "https://shop.example"}
        )
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["vary"] == "Origin"


async def test_a_repeated_message_id_is_accepted_once(run_router: RunRouter) -> None:
    async with run_router() as running:
        answers = [await running.client.post("/v1/batch", json={"batch": [EVENT, EVENT]}, auth=WEB) for _ in range(2)]
        totals = await running.service.store.totals()
    assert [answer.text for answer in answers] == ["ok", "ok"]
    assert (totals.accepted, totals.duplicate_messages) == (1, 3)


async def test_a_message_id_that_is_no_text_is_replaced(run_router: RunRouter) -> None:
    events = [{"userId": "u", "event": "x", "messageId": 7}, {"userId": "u", "event": "x", "messageId": " \u200b"}]
    async with run_router() as running:
        await running.client.post("/v1/batch", json={"batch": events * 2}, auth=WEB)
        assert (await running.service.store.totals()).accepted == 4


async def test_the_same_message_id_of_another_source_is_another_message(run_router: RunRouter) -> None:
    async with run_router() as running:
        for key in ("wk-web", "wk-android"):
            await running.client.post("/v1/batch", json=BATCH, auth=(key, ""))
        assert (await running.service.store.totals()).accepted == 2


async def test_a_full_queue_is_answered_with_503_and_retry_after(run_router: RunRouter) -> None:
    def down(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500)

    settings = Settings(partitions=4, max_queued_events=1)
    async with run_router(braze=down, settings=settings) as running:
        first = await running.client.post("/v1/track", json=EVENT, auth=WEB)
        second = await running.client.post("/v1/track", json={**EVENT, "messageId": "m-2"}, auth=WEB)
    assert first.text == "ok"
    assert (second.status_code, second.text) == (503, "service unavailable\n")
    assert int(second.headers["retry-after"]) >= 1


async def test_an_event_that_looks_like_another_platform_is_counted_and_decided_by_its_source(
    run_router: RunRouter,
) -> None:
    event = {**EVENT, "context": {"library": {"name": "com.rudderstack.android.sdk.core"}}}
    async with run_router() as running:
        await running.client.post("/v1/track", json=event, auth=WEB)
        metrics = (await running.client.get("/metrics")).text
    assert 'gateway_platform_mismatches_total{source="web-shop"} 1.0' in metrics


ODD: list[dict[str, Any]] = [
    {"context": {"library": {"name": ["x"]}, "os": {"name": {}}, "integration": {"name": []}, "sources": 3}},
    {"context": {"library": [], "channel": {}, "platform": [], "origin": {}}},
    {"context": "text", "integrations": "all", "channel": 7},
    {"context": None, "integrations": None, "properties": None, "traits": None},
    {"integrations": {"All": "yes", "Braze": [1]}, "event": {"a": 1}, "name": []},
    {"type": {"a": 1}, "messageId": {"b": 2}, "timestamp": [], "originalTimestamp": {}},
    {"context": {"consentManagement": "no", "externalId": "x", "traits": []}, "properties": "text"},
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ",".join(odd))
@pytest.mark.parametrize("key", ["wk-web", "wk-android", "wk-ios", "wk-server"])
async def test_an_event_with_odd_parts_is_accepted_and_ends_somewhere(
    run_router: RunRouter, odd: dict[str, Any], key: str
) -> None:
    async with run_router() as running:
        answer = await running.client.post("/v1/batch", json={"batch": [{"userId": "u", **odd}]}, auth=(key, ""))
        assert answer.text == "ok"
        for _ in range(100):
            totals = await running.service.store.totals()
            if totals.queued == 0:
                break
            await asyncio.sleep(0.02)
    assert totals.accepted == totals.blocked + totals.delivered + totals.dead_lettered == 1
