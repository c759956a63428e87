"""POST /beacon/v1/batch: the key in the query, any content type."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from policies.connection import Workspace
from tests.conftest import RunRouter

pytestmark = pytest.mark.anyio

EVENT = {"type": "track", "event": "Page Left", "anonymousId": "an-1", "messageId": "m-1"}
BATCH = json.dumps({"batch": [EVENT]})
KEY = "?writeKey=wk-web"

REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("no key", "", {"content": BATCH}, 401, "failed to read writekey from query params"),
    ("empty key", "?writeKey=", {"content": BATCH}, 401, "failed to read writekey from query params"),
    ("key in the header", "", {"content": BATCH, "auth": ("wk-web", "")}, 401, "failed to read writekey from query params"),
    ("unknown key", "?writeKey=x", {"content": BATCH}, 401, "invalid write key"),
    ("the first of two keys counts", "?writeKey=x&writeKey=wk-web", {"content": BATCH}, 401, "invalid write key"),
    ("broken JSON", KEY, {"content": "{"}, 400, "invalid json"),
    ("no events", KEY, {"content": "{}"}, 400, "empty batch payload"),
    ("no ids", KEY, {"content": '{"batch":[{"event":"x"}]}'}, 400, "request neither has anonymousId nor userId"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "request_", "status", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_a_bad_beacon_is_refused_in_rudderstacks_words(
    run_router: RunRouter, query: str, request_: dict[str, Any], status: int, text: str
) -> None:
    async with run_router() as running:
        answer = await running.client.post(f"/beacon/v1/batch{query}", **request_)
        assert (answer.status_code, answer.text) == (status, text + "\n")
        assert (await running.service.store.totals()).accepted == 0


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/json", ""])
async def test_a_beacon_is_taken_whatever_its_content_type(run_router: RunRouter, content_type: str) -> None:
    async with run_router() as running:
        answer = await running.client.post(
            f"/beacon/v1/batch{KEY}", content=BATCH, headers={"content-type": content_type}
        )
        assert (answer.status_code, answer.content) == (200, b"ok")
        assert (await running.service.store.totals()).accepted == 1


async def test_a_beacon_repeats_no_event_that_came_otherwise(run_router: RunRouter) -> None:
    async with run_router() as running:
        await running.client.post("/v1/track", json=EVENT, auth=("wk-web", ""))
        await running.client.post(f"/beacon/v1/batch{KEY}", content=BATCH)
        totals = await running.service.store.totals()
    assert (totals.accepted, totals.duplicate_messages) == (1, 1)


async def test_the_beacon_of_a_disabled_source_is_refused(run_router: RunRouter, quickstart: Workspace) -> None:
    sources = tuple(replace(source, enabled=False) for source in quickstart.sources)
    async with run_router(workspace=replace(quickstart, sources=sources)) as running:
        answer = await running.client.post(f"/beacon/v1/batch{KEY}", content=BATCH)
    assert (answer.status_code, answer.text) == (404, "source is disabled\n")
