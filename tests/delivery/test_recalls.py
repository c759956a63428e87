"""A lane that cannot get through is called back: by a pause, another key, another process that is to have its partition."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from policies.connection import Workspace, as_document
from policies.workspace import parse_workspace
from router.delivery.outlet import Recall, Stopped
from router.store.accounting import Totals
from tests.conftest import Running, RunRouter
from tests.scripted_braze import FakeBraze, post, settled, track

pytestmark = pytest.mark.anyio

DOWN = httpx.Response(429, headers={"Retry-After": "3"})
REFUSED = httpx.Response(401, json={"message": "Invalid API Key"})


class Keyed(FakeBraze):
    """Takes requests under one key only."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == f"Bearer {self.key}":
            return super().__call__(request)
        self.calls.append((request.url.path, {}))
        return REFUSED


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most five seconds."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < 5.0
        await asyncio.sleep(0.02)


async def test_a_pause_holds_what_a_lane_was_trying_to_send(run_router: RunRouter) -> None:
    braze = FakeBraze(DOWN)
    async with run_router(braze) as running:
        await post(running, track(1))
        await until(lambda: bool(braze.calls))
        await running.service.store.pause("braze-eu")
        await until(lambda: not running.service.worker._lanes)
        assert (await running.service.store.totals()).queued == 1
        await running.service.store.resume("braze-eu")
        running.service.worker.wake()
        assert await settled(running) == Totals(accepted=1, delivered=1)
    assert braze.event_names == ["e1"]


async def test_what_was_refused_goes_out_with_the_new_key_without_a_restart(
    run_router: RunRouter, quickstart: Workspace
) -> None:
    braze = Keyed("the-right-key")
    async with run_router(braze) as running:
        await post(running, track(1))
        await until(lambda: bool(braze.calls))
        await running.service.reload(quickstart, {"BRAZE_REST_KEY": "the-right-key"})
        assert await settled(running) == Totals(accepted=1, delivered=1)


async def test_a_destination_that_is_switched_off_sends_nothing_more(
    run_router: RunRouter, quickstart: Workspace
) -> None:
    braze = FakeBraze(DOWN)
    off = as_document(quickstart)
    off["destinations"][0]["enabled"] = False
    async with run_router(braze) as running:
        await post(running, track(1))
        await until(lambda: bool(braze.calls))
        await running.service.reload(parse_workspace(off), {"BRAZE_REST_KEY": "k"})
        await until(lambda: not running.service.worker._lanes)
        assert (len(braze.calls), (await running.service.store.totals()).queued) == (1, 1)
        await running.service.reload(quickstart, {"BRAZE_REST_KEY": "k"})
        assert await settled(running) == Totals(accepted=1, delivered=1)


async def test_a_destination_in_trouble_does_not_keep_partitions_from_a_process_that_joins(
    run_router: RunRouter, quickstart: Workspace
) -> None:
    both = _with_second_destination(quickstart)
    braze = OneDown()
    async with run_router(braze, workspace=both) as one:
        await _send(one, "before")
        await until(lambda: braze.refused > 0)
        async with run_router(braze, workspace=both) as other:
            await until(
                lambda: len(one.service.worker._leases.tokens) == 2 and len(other.service.worker._leases.tokens) == 2
            )
            await _send(one, "after")
            await until(lambda: len({name for name in braze.event_names if name.startswith("after")}) == 20)
    assert (await _order(braze)) == []


async def test_a_recall_ends_a_wait_at_once_and_refuses_the_next() -> None:
    recall = Recall(asyncio.Event())
    await recall.wait(0)
    waiting = asyncio.create_task(recall.wait(60))
    await asyncio.sleep(0)
    recall.call()
    with pytest.raises(Stopped):
        await waiting
    with pytest.raises(Stopped):
        await recall.wait(0)


class OneDown(FakeBraze):
    """Refuses the key of the first destination, takes the second's."""

    refused = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer planted-rest-key":
            self.refused += 1
            return REFUSED
        return super().__call__(request)


def _with_second_destination(workspace: Workspace) -> Workspace:
    document: dict[str, Any] = as_document(workspace)
    (first,) = document["destinations"]
    second = {**first, "id": "braze-us", "config": {**first["config"], "restApiKey": "key-of-the-second"}}
    links = [{**link, "destination": "braze-us"} for link in document["connections"]]
    return parse_workspace(
        {**document, "destinations": [first, second], "connections": [*document["connections"], *links]}
    )


async def _send(running: Running, name: str) -> None:
    events = [
        {"type": "track", "event": f"{name}-{number}", "messageId": f"{name}-{number}", "anonymousId": f"a-{number}"}
        for number in range(20)
    ]
    answer = await running.client.post("/v1/batch", json={"batch": events}, auth=("wk-web", ""))
    assert answer.text == "ok"


async def _order(braze: FakeBraze) -> list[str]:
    """Names that arrived twice."""
    names = braze.event_names
    return sorted({name for name in names if names.count(name) > 1})
