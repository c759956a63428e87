"""A process that lost a partition without noticing sends nothing more from it, whatever it was waiting for."""

import asyncio
import time

import httpx
import pytest
import redis

from router.config.settings import Settings
from router.store import keys
from router.store.accounting import Totals
from tests.conftest import Running, RunRouter
from tests.scripted_braze import FakeBraze, post, settled, track

pytestmark = pytest.mark.anyio

SETTINGS = Settings(partitions=1)


def down(seconds: int) -> httpx.Response:
    return httpx.Response(500, json={"message": "x"}, headers={"Retry-After": str(seconds)})


def steal(valkey_url: str) -> None:
    """Another process has the partition from now on."""
    with redis.Redis.from_url(valkey_url) as connection:
        connection.set(keys.lease(0), "another:99", px=60_000)


async def first_call(running: Running, braze: FakeBraze) -> None:
    await post(running, track(1))
    await settled(running, until=lambda _: bool(braze.calls))


async def test_a_lane_whose_lease_was_taken_while_it_waited_ends(run_router: RunRouter, valkey_url: str) -> None:
    braze = FakeBraze(down(2))
    async with run_router(braze, settings=SETTINGS) as running:
        await first_call(running, braze)
        steal(valkey_url)
        started = time.monotonic()
        while running.service.worker._lanes:
            assert time.monotonic() - started < 4.0
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)
        assert len(braze.calls) == 1


async def test_a_process_that_hears_nothing_of_its_lost_lease_asks_before_it_sends_again(
    run_router: RunRouter, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a freeze, or while its renewals do not get through."""
    braze = FakeBraze(*[down(1)] * 100)
    async with run_router(braze, settings=SETTINGS) as running:

        async def nothing(**_: object) -> None: ...

        await first_call(running, braze)
        monkeypatch.setattr(running.service.worker._leases, "renew", nothing)
        steal(valkey_url)
        calls = len(braze.calls)
        await asyncio.sleep(3.5)
        assert len(braze.calls) == calls
        assert not running.service.worker._lanes


async def test_what_is_given_up_after_an_answer_that_says_nothing_is_in_doubt(run_router: RunRouter) -> None:
    not_taken = httpx.Response(502, json={"message": "x"}, headers={"Retry-After": "1"})
    braze = FakeBraze(not_taken, *[httpx.Response(504, json={"message": "x"})] * 100)
    settings = Settings(partitions=1, give_up_server_hours=0.8 / 3600)
    async with run_router(braze, settings=settings) as running:
        await post(running, track(1))
        totals = await settled(running)
    assert totals == Totals(accepted=1, dead_lettered=1, ambiguous=1)
