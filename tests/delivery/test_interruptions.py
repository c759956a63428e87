"""Stops and crashes: nothing is lost or doubled over them, and what may have arrived is in doubt."""

import asyncio
from typing import Any

import httpx
import pytest

from router.config.settings import Settings
from router.store.accounting import Totals
from router.store.entries import Backlog
from tests.conftest import RunRouter
from tests.scripted_braze import OK, FakeBraze, identify, post, settled, track

pytestmark = pytest.mark.anyio


class Hanging:
    """A Braze that takes a request and does not answer."""

    def __init__(self) -> None:
        self.started = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.started.set()
        await asyncio.sleep(60)
        return OK


async def test_a_stop_in_the_middle_of_retries_leaves_the_rest_for_the_next_start(run_router: RunRouter) -> None:
    down = FakeBraze(*[httpx.Response(503)] * 1000)
    async with run_router(down) as running:
        await post(running, track(1), track(2))
        await settled(running, until=lambda totals: bool(down.calls))
    back = FakeBraze()
    async with run_router(back) as running:
        totals = await settled(running)
        assert (totals.accepted, totals.delivered) == (2, 2)
    assert down.event_names == []
    assert back.event_names == ["e1", "e2"]


async def test_what_one_request_achieved_is_not_sent_again_after_a_stop(run_router: RunRouter) -> None:
    first = FakeBraze(OK, *[httpx.Response(503)] * 1000)
    async with run_router(first) as running:
        await post(running, track(1), identify(), track(2, userId="u-1"))
        await settled(running, until=lambda totals: totals.delivered == 1 and len(first.calls) >= 2)
    second = FakeBraze()
    async with run_router(second) as running:
        assert (await settled(running)).delivered == 3
    assert first.event_names + second.event_names == ["e1", "e2"]
    assert [path for path, _ in second.taken] == ["/users/identify", "/users/track"]


async def test_a_slow_request_is_awaited_at_a_stop_and_settled(run_router: RunRouter) -> None:
    released = asyncio.Event()
    started = asyncio.Event()

    async def braze(request: httpx.Request) -> httpx.Response:
        started.set()
        await released.wait()
        return OK

    async with run_router(braze) as running:
        store = running.service.store
        await post(running, track(1))
        await started.wait()
        asyncio.get_running_loop().call_later(0.1, released.set)
        await running.service.worker.stop(within=5.0)
        assert await store.totals() == Totals(accepted=1, delivered=1)


@pytest.mark.parametrize(("handling", "dead"), [("resend", 0), ("park", 1)])
async def test_what_was_in_flight_at_a_crash_is_marked_and_resent_or_parked(
    run_router: RunRouter, handling: Any, dead: int
) -> None:
    hanging = Hanging()
    settings = Settings(partitions=4, ambiguous=handling, shutdown_seconds=0.01)
    async with run_router(hanging, settings=settings) as running:
        await post(running, track(1))
        await hanging.started.wait()
    braze = FakeBraze()
    async with run_router(braze, settings=settings) as running:
        assert await settled(running) == Totals(accepted=1, delivered=1 - dead, dead_lettered=dead, ambiguous=1)
    assert braze.event_names == ["e1"] * (1 - dead)


@pytest.mark.parametrize(("handling", "dead"), [("resend", 0), ("park", 10)])
async def test_what_was_in_flight_at_a_crash_is_marked_though_the_next_owner_reads_less_at_once(
    run_router: RunRouter, monkeypatch: pytest.MonkeyPatch, handling: Any, dead: int
) -> None:
    hanging = Hanging()
    settings = Settings(partitions=1, ambiguous=handling, shutdown_seconds=0.01)
    async with run_router(hanging, settings=settings) as running:
        await running.service.store.pause("braze-eu")
        for number in range(10):  # ten entries, which go out in one request
            await post(running, track(number))
        await running.service.store.resume("braze-eu")
        await hanging.started.wait()
    monkeypatch.setattr("router.delivery.worker._FIRST_ENTRIES", 2)
    monkeypatch.setattr("router.delivery.worker._EVENTS_A_READ", 2)
    braze = FakeBraze()
    async with run_router(braze, settings=settings) as running:
        totals = await settled(running)
    assert totals == Totals(accepted=10, delivered=10 - dead, dead_lettered=dead, ambiguous=10)
    assert len(braze.calls) == 5 * (dead == 0)


async def test_attributes_in_flight_at_a_crash_are_resent_without_doubt(run_router: RunRouter) -> None:
    hanging = Hanging()
    settings = Settings(partitions=4, ambiguous="park", shutdown_seconds=0.01)
    profile = {"type": "identify", "userId": "u-1", "messageId": "i-1", "traits": {"plan": "pro"}}
    async with run_router(hanging, settings=settings) as running:
        await post(running, profile)
        await hanging.started.wait()
    async with run_router(FakeBraze(), settings=settings) as running:
        assert await settled(running) == Totals(accepted=1, delivered=1)


async def slow(request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(0.2)
    return OK


def refusing(request: httpx.Request) -> httpx.Response:
    return httpx.Response(401, json={"message": "Invalid API key"})


@pytest.mark.parametrize("answer", [slow, refusing])
async def test_a_clean_stop_leaves_nothing_in_doubt_that_was_not_sent(run_router: RunRouter, answer: Any) -> None:
    """Parking would make dead letters of what nobody has seen."""
    settings = Settings(partitions=1, ambiguous="park")
    async with run_router(answer, settings=settings) as running:
        await post(running, *(track(number) for number in range(300)))
        await asyncio.sleep(0.4)
    async with run_router(FakeBraze(), settings=settings) as running:
        assert await settled(running) == Totals(accepted=300, delivered=300)


async def test_what_a_held_destination_waits_for_is_not_in_doubt_at_a_crash(run_router: RunRouter) -> None:
    async with run_router(refusing, settings=Settings(partitions=1)) as running:
        await post(running, track(1))
        await asyncio.sleep(0.5)
        (backlog,) = await running.service.store.peek([(0, "braze-eu")], counts=[10])
    assert isinstance(backlog, Backlog)
    assert (len(backlog.entries), backlog.in_flight) == (1, frozenset())
