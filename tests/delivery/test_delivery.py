"""From the queue to Braze: order, retries, dead letters, operators' actions."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from policies.connection import as_document
from policies.workspace import parse_workspace
from router.config.settings import Settings
from router.store.accounting import Totals
from router.store.store import Store
from tests.conftest import RunRouter
from tests.scripted_braze import OK, FakeBraze, identify, only_letter, post, settled, track

pytestmark = pytest.mark.anyio


async def test_an_event_reaches_braze_with_its_moment_of_receipt(run_router: RunRouter) -> None:
    braze = FakeBraze()
    async with run_router(braze) as running:
        await post(running, track(1, timestamp="2026-05-04T08:00:00.000Z"))
        assert await settled(running) == Totals(accepted=1, delivered=1)
    ((path, body),) = braze.taken
    assert path == "/users/track"
    assert body["events"][0]["time"] == "2026-05-04T08:00:00.000Z"
    assert body["events"][0]["user_alias"] == {"alias_name": "a-1", "alias_label": "rudder_id"}


async def test_the_request_carries_the_key_and_asks_for_json(run_router: RunRouter) -> None:
    headers: list[httpx.Headers] = []

    def braze(request: httpx.Request) -> httpx.Response:
        headers.append(request.headers)
        return OK

    async with run_router(braze) as running:
        await post(running, track(1))
        await settled(running)
    assert headers[0]["authorization"] == "Bearer planted-rest-key"
    assert headers[0]["content-type"] == "application/json"


RETRIED: list[httpx.Response | Exception] = [
    httpx.Response(500),
    httpx.Response(502, text="bad gateway"),
    httpx.Response(429, headers={"X-Ratelimit-Retry-After": "0"}),
    httpx.Response(408),
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
]


def failure_is_ambiguous(failure: httpx.Response | Exception) -> bool:
    return isinstance(failure, httpx.ReadTimeout) or (
        isinstance(failure, httpx.Response) and failure.status_code == 500
    )


@pytest.mark.parametrize("failure", RETRIED, ids=[repr(failure) for failure in RETRIED])
async def test_a_retryable_failure_is_tried_again_and_order_is_kept(
    run_router: RunRouter, failure: httpx.Response | Exception
) -> None:
    braze = FakeBraze(failure)
    async with run_router(braze) as running:
        await post(running, track(1), identify(), track(2, userId="u-1"))
        await post(running, track(3, userId="u-1"))
        totals = await settled(running)
        assert (totals.accepted, totals.delivered) == (4, 4)
        assert totals.ambiguous == (1 if failure_is_ambiguous(failure) else 0)
    assert braze.calls[0] == braze.calls[1]
    assert [path for path, _ in braze.taken][:3] == ["/users/track", "/users/identify", "/users/track"]
    assert braze.event_names == ["e1", "e2", "e3"]


async def test_an_object_that_braze_refuses_becomes_a_dead_letter_and_the_rest_goes_through(
    run_router: RunRouter,
) -> None:
    refusal = {"message": "success", "errors": [{"type": "'name' is not valid", "input_array": "events", "index": 1}]}
    braze = FakeBraze(httpx.Response(201, json=refusal))
    async with run_router(braze) as running:
        await post(running, track(1), track(2), track(3))
        assert await settled(running) == Totals(accepted=3, delivered=2, dead_lettered=1)
        letter = await only_letter(running)
    assert letter["message_id"] == "m2"
    assert letter["errors"] == ["/users/track events: 'name' is not valid"]
    assert letter["message"] == track(2)
    assert letter["partly_delivered"] is False


async def test_an_event_the_transform_refuses_becomes_a_dead_letter_with_the_reason(run_router: RunRouter) -> None:
    braze = FakeBraze()
    async with run_router(braze) as running:
        await post(running, track(1), track(2, event=""), track(3))
        assert await settled(running) == Totals(accepted=3, delivered=2, dead_lettered=1)
        letter = await only_letter(running)
    assert (letter["rule"], letter["errors"]) == ("cloud/invalid", ["Event name is required"])
    assert braze.event_names == ["e1", "e3"]


async def test_a_request_refused_as_a_whole_is_cut_until_the_culprit_stands_alone(run_router: RunRouter) -> None:
    def braze(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if any(event["name"] == "e5" for event in body.get("events", [])):
            return httpx.Response(400, json={"message": "something about it is wrong"})
        taken.extend(event["name"] for event in body.get("events", []))
        return OK

    taken: list[str] = []
    async with run_router(braze) as running:
        await post(running, *[track(number, anonymousId=f"a-{number}") for number in range(8)])
        totals = await settled(running)
        letter = await only_letter(running)
    assert totals == Totals(accepted=8, delivered=7, dead_lettered=1)
    assert letter["message_id"] == "m5"
    assert sorted(taken) == [f"e{number}" for number in range(8) if number != 5]


async def test_a_refused_key_holds_the_queue_and_loses_nothing(run_router: RunRouter) -> None:
    braze = FakeBraze(httpx.Response(401, json={"message": "Invalid API Key"}))
    async with run_router(braze) as running:
        await post(running, track(1))
        totals = await settled(running, until=lambda totals: bool(braze.calls))
        assert totals == Totals(accepted=1, queued=1)
    assert len(braze.calls) == 1


async def test_two_routers_share_the_work_and_double_nothing(run_router: RunRouter) -> None:
    braze = FakeBraze()
    async with run_router(braze) as one, run_router(braze) as other:
        for number in range(0, 60, 6):
            events = [track(n, anonymousId=f"a-{n % 7}") for n in range(number, number + 6)]
            await post(one if number % 12 else other, *events)
        assert await settled(one) == Totals(accepted=60, delivered=60)
    assert sorted(braze.event_names) == sorted(f"e{number}" for number in range(60))


async def test_the_transform_follows_the_revision_that_decided(run_router: RunRouter, quickstart: Any) -> None:
    from msgspec.structs import replace

    from policies.connection import revised

    def with_groups(flag: bool) -> Any:
        (destination,) = quickstart.destinations
        changed = replace(destination, config={**destination.config, "enableSubscriptionGroupInGroupCall": flag})
        connections = tuple(replace(item, destination=changed) for item in quickstart.connections)
        return revised(replace(quickstart, destinations=(changed,), connections=connections))

    group = {
        "type": "group",
        "groupId": "g",
        "userId": "u-1",
        "messageId": "g1",
        "traits": {"email": "a@b.io", "subscriptionState": "subscribed"},
    }
    async with run_router(FakeBraze(*[httpx.Response(503)] * 1000), workspace=with_groups(True)) as running:
        await post(running, group)
    braze = FakeBraze()
    async with run_router(braze, workspace=with_groups(False)) as running:
        await post(running, {**group, "messageId": "g2"})
        await settled(running)
    assert sorted(path for path, _ in braze.taken) == ["/users/track", "/v2/subscription/status/set"]


async def test_legacy_batching_is_a_setting(run_router: RunRouter) -> None:
    events = [track(number, context={"traits": {"n": number}}) for number in range(80)]

    async def most_objects(batching: str, prefix: str) -> int:
        braze = FakeBraze()
        settings = Settings(partitions=4, track_batching=batching)  # type: ignore[arg-type]
        async with run_router(braze, settings=settings) as running:
            await post(running, *[{**event, "messageId": prefix + event["messageId"]} for event in events])
            await settled(running)
        return max(sum(len(body.get(key, [])) for key in ("attributes", "events")) for _, body in braze.taken)

    assert await most_objects("combined", "c") <= 75
    assert await most_objects("legacy", "l") > 75


async def test_parked_events_become_dead_letters_while_their_attributes_are_sent_again(run_router: RunRouter) -> None:
    braze = FakeBraze(httpx.ReadTimeout("slow"))
    settings = Settings(partitions=4, ambiguous="park")
    async with run_router(braze, settings=settings) as running:
        await post(running, track(1, context={"traits": {"plan": "pro"}}))
        await settled(running, until=lambda totals: totals.dead_lettered == 1)
        await post(running, track(2))
        assert await settled(running) == Totals(accepted=2, delivered=1, dead_lettered=1, ambiguous=1)
        letter = await only_letter(running)
    assert letter["message_id"] == "m1"
    assert letter["errors"] == [
        "/users/track events: Braze may have taken it already (its request got no answer); parked instead of sent twice"
    ]
    assert letter["partly_delivered"] is True
    assert braze.event_names == ["e2"]
    assert braze.taken[0][1]["attributes"][0]["plan"] == "pro"


async def test_a_request_that_fails_for_longer_than_its_class_allows_is_given_up(run_router: RunRouter) -> None:
    braze = FakeBraze(*[httpx.Response(503)] * 1000)
    settings = Settings(partitions=4, give_up_server_hours=1e-9)
    async with run_router(braze, settings=settings) as running:
        await post(running, track(1))
        assert (await settled(running)).dead_lettered == 1
        letter = await only_letter(running)
    assert "given up after" in letter["errors"][0]
    assert letter["attempts"] >= 2


async def test_a_paused_destination_queues_and_a_resumed_one_delivers(run_router: RunRouter) -> None:
    braze = FakeBraze()
    token = {"authorization": "Bearer test-admin-token"}
    async with run_router(braze) as running:
        paused = await running.client.post("/admin/v1/destinations/braze-eu/pause", headers=token)
        assert (paused.json()["paused"], paused.json()["queued"]) == (True, 0)
        await post(running, track(1))
        await asyncio.sleep(0.4)
        assert await running.service.store.totals() == Totals(accepted=1, queued=1)
        assert (await running.client.get("/admin/v1/status", headers=token)).json()["paused"] == ["braze-eu"]
        await running.client.post("/admin/v1/destinations/braze-eu/resume", headers=token)
        assert await settled(running) == Totals(accepted=1, delivered=1)
        unknown = await running.client.post("/admin/v1/destinations/nowhere/pause", headers=token)
    assert unknown.status_code == 404


async def test_a_dead_letter_can_be_retried_behind_what_is_queued_or_discarded(run_router: RunRouter) -> None:
    refusal = {
        "message": "success",
        "errors": [{"type": "no", "input_array": "events", "index": index} for index in (0, 1)],
    }
    braze = FakeBraze(httpx.Response(201, json=refusal))
    token = {"authorization": "Bearer test-admin-token"}
    async with run_router(braze) as running:
        await post(running, track(1), track(2))
        assert (await settled(running)).dead_lettered == 2
        letters = (await running.client.get("/admin/v1/dead-letters", headers=token)).json()["dead_letters"]
        by_message = {letter["message_id"]: letter["id"] for letter in letters}
        shown = (await running.client.get(f"/admin/v1/dead-letters/{by_message['m1']}", headers=token)).json()
        assert shown["message"] == track(1)
        retried = await running.client.post(f"/admin/v1/dead-letters/{by_message['m1']}/retry", headers=token)
        assert retried.json()["retried"] is True
        path = f"/admin/v1/dead-letters/{by_message['m2']}/discard"
        assert (await running.client.post(path, json={}, headers=token)).status_code == 422
        assert (await running.client.post(path, json={"reason": " "}, headers=token)).status_code == 422
        assert (await running.client.post(path, json={"reason": "test data"}, headers=token)).json()[
            "discarded"
        ] is True
        assert (await running.client.post(path, json={"reason": "again"}, headers=token)).status_code == 404
        assert await settled(running) == Totals(accepted=2, delivered=1, discarded=1)
        for bad in ("nonsense", "99-1-1", "0-1-x", "0-1"):
            assert (await running.client.get(f"/admin/v1/dead-letters/{bad}", headers=token)).status_code == 404
    assert braze.calls[-1][1]["events"][0]["name"] == "e1"


@pytest.mark.parametrize("dedup", [True, False])
async def test_an_event_nested_too_deep_is_a_dead_letter_and_holds_nobody_up(
    run_router: RunRouter, quickstart: Any, dedup: bool
) -> None:
    document = as_document(quickstart)
    document["destinations"][0]["config"]["supportDedup"] = dedup
    deep = b'{"type":"identify","userId":"u","messageId":"m","traits":{"x":' + b"[" * 600 + b"]" * 600 + b"}}"
    async with run_router(FakeBraze(), workspace=parse_workspace(document)) as running:
        await running.client.post("/v1/identify", content=deep, auth=("wk-server", ""))
        await running.client.post("/v1/track", json={"userId": "u", "event": "e"}, auth=("wk-server", ""))
        assert await settled(running) == Totals(accepted=2, delivered=1, dead_lettered=1)


async def test_an_answer_that_does_not_say_what_happened_is_marked(run_router: RunRouter) -> None:
    async with run_router(FakeBraze(httpx.Response(201, content=b'{"mess'))) as running:
        await post(running, track(1))
        assert await settled(running) == Totals(accepted=1, dead_lettered=1, ambiguous=1)


async def test_an_increment_that_may_have_arrived_is_marked(run_router: RunRouter) -> None:
    braze = FakeBraze(httpx.ReadError("cut"))
    async with run_router(braze) as running:
        await running.client.post(
            "/v1/identify", json={"userId": "u", "traits": {"visits": {"inc": 1}}}, auth=("wk-server", "")
        )
        assert await settled(running) == Totals(accepted=1, delivered=1, ambiguous=1)


async def test_a_defect_while_queues_are_read_does_not_end_delivery(run_router: RunRouter) -> None:
    async with run_router(FakeBraze()) as running:
        store = running.service.store
        running.service.worker._store = BrokenOnce(store)  # type: ignore[assignment]
        await post(running, track(1))
        assert await settled(running) == Totals(accepted=1, delivered=1)


class BrokenOnce:
    """A store whose first reading fails in a way that nobody foresaw."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._broken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def peek(self, *arguments: Any, **options: Any) -> Any:
        if not self._broken:
            self._broken = True
            raise ZeroDivisionError
        return await self._store.peek(*arguments, **options)
