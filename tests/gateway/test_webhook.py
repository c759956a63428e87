# ruff: noqa: E501 - the tables read best with one row a line
"""/v1/webhook: Braze Currents batches become track events that never go back to Braze."""

import gzip
import json
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from policies.connection import Source, Workspace, with_source
from router.classify import classify
from router.events import decode_message
from router.gateway.currents import currents_events, track_events
from tests.conftest import RunRouter

SOURCE = Source(id="currents", type="cloud", write_key="wk-currents", definition="Braze")
OPENED = {
    "id": "c-1",
    "event_type": "users.messages.pushnotification.Open",
    "time": 1_777_881_600,
    "user": {
        "user_id": "braze-1",
        "external_user_id": "u-1",
        "device_id": "d-1",
        "timezone": "Europe/Berlin",
    },
    "properties": {
        "campaign_id": "spring",
        "device_model": "Pixel 9",
        "os_version": "16",
        "platform": "android",
        "email_address": "ada@example.org",
        "user_agent": "Agent/1",
        "to_phone_number": "+491234",
        "ad_id": "ad-1",
        "ad_tracking_enabled": False,
    },
}
USER = {"user": {"external_user_id": "u-1"}}
FIXED = {
    "type": "track",
    "context": {"library": {"name": "unknown", "version": "unknown"}, "integration": {"name": "Braze"}},
    "integrations": {"Braze": False},
    "properties": {},
    "userId": "u-1",
}

MAPPED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("the least", {"event_type": "x", **USER}, {"event": "x"}),
    ("a name that is no text", {"event_type": 7, **USER}, {"event": 7}),
    ("nulls have no place", {"event_type": "x", "id": None, "time": None, "user": {"external_user_id": "u-1", "device_id": None}}, {"event": "x"}),
    ("null properties stay", {"event_type": "x", **USER, "properties": {"a": None}}, {"event": "x", "properties": {"a": None}}),
    ("properties that are no object", {"event_type": "x", **USER, "properties": [1]}, {"event": "x"}),
    ("a fraction of a second", {"event_type": "x", "time": 1.25, **USER}, {"event": "x", "timestamp": "1970-01-01T00:00:01.250Z"}),
    ("a time of no use", {"event_type": "x", "time": "soon", **USER}, {"event": "x"}),
    ("a time past all calendars", {"event_type": "x", "time": 10**20, **USER}, {"event": "x"}),
    ("half of a surrogate pair in an id", {"event_type": "x", "user": {"external_user_id": "u-1", "user_id": ["\ud83d"]}}, {"event": "x", "anonymousId": ["?"]}),
    ("half of a surrogate pair", {"event_type": "x\ud83d", **USER}, {"event": "x?"}),
]  # fmt: skip


def _tracks(*events: Any) -> list[dict[str, Any]]:
    body = json.dumps({"events": events}).encode()
    return [json.loads(bytes(raw)) for raw in track_events(currents_events(body))]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in MAPPED], ids=[row[0] for row in MAPPED])
def test_a_currents_event_becomes_a_track_event(event: dict[str, Any], expected: dict[str, Any]) -> None:
    assert _tracks(event) == [FIXED | expected]


def test_every_value_with_a_place_of_its_own_moves_there() -> None:
    assert _tracks(OPENED) == [
        {
            "type": "track",
            "event": "users.messages.pushnotification.Open",
            "messageId": "c-1",
            "anonymousId": "braze-1",
            "userId": "u-1",
            "timestamp": "2026-05-04T08:00:00.000Z",
            "context": {
                "library": {"name": "unknown", "version": "unknown"},
                "integration": {"name": "Braze"},
                "device": {"id": "d-1", "model": "Pixel 9", "advertisingId": "ad-1", "adTrackingEnabled": False},
                "os": {"name": "android", "version": "16"},
                "timezone": "Europe/Berlin",
                "userAgent": "Agent/1",
            },
            "traits": {"email": "ada@example.org", "phone": "+491234"},
            "integrations": {"Braze": False},
            "properties": {"campaign_id": "spring"},
        }
    ]


@pytest.mark.parametrize(
    "event",
    [
        {"user": {"user_id": "b"}},
        {"event_type": "", "user": {"user_id": "b"}},
        {"event_type": "x"},
        {"event_type": "x", "user": {"user_id": " ", "external_user_id": None}},
        {"event_type": "x", "user": "b"},
        "x",
        None,
    ],
)
def test_an_event_without_name_or_user_is_left_out(event: Any) -> None:
    assert len(_tracks(event, OPENED)) == 1


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("users.behaviors.app.SessionStart", "auto"),
        ("users.messages.inappmessage.Click", "auto"),
        ("users.messages.email.Open", "user"),
        ("users.behaviors.CustomEvent", "user"),
    ],
)
def test_what_the_braze_sdk_generated_is_told_from_what_braze_did(name: str, origin: str) -> None:
    (raw,) = track_events([{**OPENED, "event_type": name}])
    facts = classify(decode_message(raw), SOURCE)
    assert (facts.origin, facts.returned_from_braze) == (origin, True)


BATCH = {"events": [OPENED]}
REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("no key", "", {"json": BATCH}, 401, "failed to read writekey from query params"),
    ("unknown key", "?writeKey=x", {"json": BATCH}, 401, "invalid write key"),
    ("a source of another kind", "?writeKey=wk-server", {"json": BATCH}, 400, "source does not accept webhook events"),
    ("broken JSON", "?writeKey=wk-currents", {"content": b"{"}, 400, "invalid json"),
    ("not a number", "?writeKey=wk-currents", {"content": b'{"events":[NaN]}'}, 400, "invalid json"),
    ("no UTF-8", "?writeKey=wk-currents", {"content": b'{"events":"\xff"}'}, 400, "invalid json"),
    ("nested too deep", "?writeKey=wk-currents", {"content": b"[" * 100_000 + b"]" * 100_000}, 400, "invalid json"),
    ("no events", "?writeKey=wk-currents", {"json": {}}, 400, "eventList should be an array"),
    ("events that are no list", "?writeKey=wk-currents", {"json": {"events": {}}}, 400, "eventList should be an array"),
    ("an empty list at the top", "?writeKey=wk-currents", {"json": []}, 400, "eventList should be an array"),
    ("text at the top", "?writeKey=wk-currents", {"json": "events"}, 400, "eventList should be an array"),
    ("nothing of use", "?writeKey=wk-currents", {"json": {"events": [{"id": 1}, 3]}}, 400, "All requests in the batch failed"),
    ("an empty list", "?writeKey=wk-currents", {"json": {"events": []}}, 400, "All requests in the batch failed"),
]  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "request_", "status", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_a_bad_webhook_is_refused(
    run_router: RunRouter, quickstart: Workspace, query: str, request_: dict[str, Any], status: int, text: str
) -> None:
    async with run_router(workspace=with_source(quickstart, SOURCE)) as running:
        answer = await running.client.post(f"/v1/webhook{query}", **request_)
        assert (answer.status_code, answer.text) == (status, text + "\n")
        assert (await running.service.store.totals()).accepted == 0


@pytest.mark.anyio
async def test_a_source_of_another_kind_is_named_before_it_is_found_disabled(
    run_router: RunRouter, quickstart: Workspace
) -> None:
    extended = with_source(quickstart, SOURCE)
    sources = tuple(replace(source, enabled=False) for source in extended.sources)
    async with run_router(workspace=replace(extended, sources=sources)) as running:
        answers = [
            (await running.client.post("/v1/webhook", json=BATCH, auth=(key, ""))).text
            for key in ("wk-server", "wk-currents")
        ]
    assert answers == ["source does not accept webhook events\n", "source is disabled\n"]


WAYS: list[tuple[str, str, dict[str, Any]]] = [
    ("key in the query", "?writeKey=wk-currents", {"json": BATCH}),
    ("key in the header", "", {"json": BATCH, "auth": ("wk-currents", "")}),
    ("the query wins", "?writeKey=wk-currents", {"json": BATCH, "auth": ("nope", "")}),
    ("in a list", "?writeKey=wk-currents", {"json": [BATCH, {"events": [OPENED, OPENED]}]}),
    ("compressed", "?writeKey=wk-currents", {"content": gzip.compress(json.dumps(BATCH).encode()), "headers": {"content-encoding": "gzip"}}),
]  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize(("query", "request_"), [row[1:] for row in WAYS], ids=[row[0] for row in WAYS])
async def test_what_comes_from_braze_is_accepted_and_never_goes_back(
    run_router: RunRouter, quickstart: Workspace, query: str, request_: dict[str, Any]
) -> None:
    sent: list[httpx.Request] = []

    def braze(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(201, json={"message": "success"})

    async with run_router(braze=braze, workspace=with_source(quickstart, SOURCE)) as running:
        answer = await running.client.post(f"/v1/webhook{query}", **request_)
        totals = await running.service.store.totals()
    assert (answer.status_code, answer.text) == (200, "ok")
    assert (totals.accepted, totals.blocked, totals.queued) == (1, 1, 0)
    assert sent == []


@pytest.mark.anyio
async def test_currents_events_of_no_use_are_counted(run_router: RunRouter, quickstart: Workspace) -> None:
    async with run_router(workspace=with_source(quickstart, SOURCE)) as running:
        await running.client.post("/v1/webhook?writeKey=wk-currents", json={"events": [OPENED, {}, 3]})
        metrics = (await running.client.get("/metrics")).text
    assert 'gateway_left_out_events_total{source="currents"} 2.0' in metrics


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_webhook_takes_get_and_post_only(run_router: RunRouter, method: str) -> None:
    async with run_router() as running:
        answer = await running.client.request(method, "/v1/webhook?writeKey=wk-currents")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
