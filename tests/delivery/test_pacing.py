"""Pacing: the bucket's bounds as pure maths, and what several processes do together on a real server."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from router.braze.objects import Path
from router.delivery.pacing import (
    GROUPS,
    LAPSE_SECONDS,
    LONGEST_WAIT,
    Bucket,
    Holding,
    Pace,
    Pacer,
    Rates,
    paces,
)
from router.errors import StoreUnavailable
from router.store.store import Store

pytestmark = pytest.mark.anyio

TRACK: Path = "/users/track"
MERGE: Path = "/users/merge"
KEY = "hr:pace:{braze-eu:track}"
FOREVER = 1_000_000


class Server:
    """A store that counts how often it was asked, and the record behind it."""

    def __init__(self, store: Store, redis: "Redis") -> None:
        self.redis = redis
        self.asked = 0
        self._store = store

    async def run(self, calls: Sequence[tuple[str, Sequence[str], Sequence[Any]]]) -> list[Any]:
        self.asked += len(calls)
        return await self._store.run(calls)

    async def field(self, name: str) -> float:
        return float(await self.redis.hget(KEY, name) or 0)


@pytest.fixture
async def server(store: Store, valkey_url: str) -> AsyncIterator[Server]:
    """A server with an empty record."""
    async with Redis.from_url(valkey_url, protocol=2) as redis:
        yield Server(store, redis)


def pacer(
    store: Any, *, clock: Callable[[], float] = time.time, destination: str = "braze-eu", **rates: float
) -> Pacer:
    return Pacer(store, account=destination, destination=destination, rates=Rates(**rates), clock=clock)


async def take_for(seconds: float, one: Pacer, path: Path = TRACK) -> int:
    """How many requests may go in this time when they come as fast as they can."""
    taken, end = 0, time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        wait = await one.take(path)
        if wait:
            await asyncio.sleep(min(wait, max(0.0, end - now)))
        else:
            taken += 1
    return taken


def test_every_endpoint_belongs_to_a_limit_group() -> None:
    assert set(GROUPS) == set(get_args(Path))


def test_braze_s_limits_are_the_pace_of_any_window() -> None:
    found = paces(Rates())
    assert {
        group: round((pace.burst + window) * pace.rate)
        for group, pace, window in zip(found, found.values(), (3, 60, 60), strict=True)
    } == {"track": 3000, "users": 20_000, "subscriptions": 5000}


@given(st.lists(st.floats(0, 0.5), min_size=50, max_size=400), st.integers(1, 100))
def test_no_window_sees_more_than_its_limit(pauses: list[float], limit: int) -> None:
    bucket, now, went = Bucket(Pace.within(limit, seconds=3)), 1000.0, list[float]()
    for pause in pauses:
        now += pause
        for _ in range(3):
            if not bucket.take(now):
                went.append(now)
    assert went
    # Where a twentieth of the window allows less than one request, one may go at once all the same.
    for start in went:
        assert sum(start <= moment < start + 3 for moment in went) <= limit + 1


@given(st.integers(1, 10_000))
def test_whoever_waits_as_long_as_told_gets_a_place(limit: int) -> None:
    bucket, now, waited = Bucket(Pace.within(limit, seconds=3)), 1000.0, 0
    for _ in range(1000):
        wait = bucket.take(now)
        waited += wait > 0
        now += wait
        assert not wait or bucket.take(now) == 0.0
    assert waited > 0 or limit > 5000


def test_a_paused_bucket_gives_nothing_until_the_pause_is_over_and_no_burst_then() -> None:
    bucket = Bucket(Pace(rate=10, burst=0.5))
    bucket.pause(20, now=100)
    assert bucket.take(100) == pytest.approx(20.1)
    assert [bucket.take(120.1), bucket.take(120.1)] == [0.0, pytest.approx(0.1)]


def test_a_process_asks_for_as_many_places_as_it_uses_before_they_lapse() -> None:
    holding, now, asked = Holding(Pace(rate=1000, burst=1)), 0.0, list[int]()
    for _ in range(8):
        assert holding.use(now) is None
        asked.append(holding.wanted)
        holding.put(holding.wanted, ready=now)
        while holding.use(now) == 0.0:
            pass
    assert asked == [1, 2, 4, 8, 16, 32, 50, 50]


def test_places_not_used_lapse_and_fewer_are_asked_for() -> None:
    holding = Holding(Pace(rate=1000, burst=1))
    holding.wanted = 40
    holding.put(40, ready=5.0)
    assert [holding.use(4.5), holding.use(5.0), holding.use(5.1)] == [0.5, 0.0, 0.0]
    assert (holding.use(5.01 + LAPSE_SECONDS), holding.wanted) == (None, 2)


async def test_requests_that_come_slowly_go_at_once(server: Server) -> None:
    one = pacer(server)
    assert [await one.take(TRACK) for _ in range(100)] == [0.0] * 100


async def test_few_requests_cost_a_round_trip(server: Server) -> None:
    one = pacer(server, track_per_second=FOREVER)
    assert [await one.take(TRACK) for _ in range(20_000)] == [0.0] * 20_000
    assert server.asked < 40


async def test_two_processes_share_one_pace_and_neither_starves(server: Server) -> None:
    rate = 200.0
    one, other = pacer(server, track_per_second=rate), pacer(server, track_per_second=rate)
    taken = await asyncio.gather(take_for(1.0, one), take_for(1.0, other))
    pace = Pace.within(rate * 3, seconds=3)
    most = pace.rate * (pace.burst + 1.0)
    assert 0.5 * most <= sum(taken) <= most + 2 * pace.rate * 0.05
    assert min(taken) >= sum(taken) / 4


async def test_many_lanes_of_one_process_share_its_places(server: Server) -> None:
    one = pacer(server, track_per_second=200)
    taken = await asyncio.gather(*(take_for(0.5, one) for _ in range(16)))
    assert sum(taken) <= 200 * (0.15 + 0.5) + 10
    assert server.asked < 60


async def test_a_waiting_request_is_told_to_ask_again_within_seconds(server: Server) -> None:
    one = pacer(server, track_per_second=1 / 60)
    assert await one.take(TRACK) == 0.0
    assert await one.take(TRACK) == LONGEST_WAIT


async def test_one_process_s_429_holds_the_others_too(server: Server) -> None:
    one, other = pacer(server), pacer(server)
    await one.throttled(TRACK, 30)
    assert [await one.take(TRACK), await other.take(TRACK)] == [pytest.approx(LONGEST_WAIT, abs=0.1)] * 2
    assert [await one.take(MERGE), await other.take(MERGE)] == [0.0, 0.0]
    assert await pacer(server, destination="braze-us").take(TRACK) == 0.0


async def test_after_a_429_requests_come_one_after_another_and_more_slowly(server: Server) -> None:
    one = pacer(server, track_per_second=100)
    await one.throttled(TRACK, 0.2)
    assert await take_for(0.2, one) <= 1
    assert 8 <= await take_for(0.5, one) <= 30


async def test_429s_of_the_same_moment_slow_the_pace_down_once(server: Server) -> None:
    lanes = [pacer(server) for _ in range(8)]
    await asyncio.gather(*(lane.throttled(TRACK, 0.0) for lane in lanes))
    assert await server.field("share") == 0.5


async def test_429s_one_after_another_slow_the_pace_down_to_a_thirty_second(server: Server) -> None:
    one, shares = pacer(server), list[float]()
    for _ in range(7):
        await server.redis.hset(KEY, "paused", "1")
        await one.throttled(TRACK, 10.0)
        shares.append(await server.field("share"))
    assert shares == [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 32, 1 / 32]


async def test_the_pace_is_back_to_full_after_a_minute(server: Server) -> None:
    one = pacer(server, track_per_second=100)
    await one.throttled(TRACK, None)
    long_ago = (time.time() - 61) * 1e6
    await server.redis.hset(KEY, mapping={"since": long_ago, "paused": long_ago, "at": long_ago})
    fresh = pacer(server, track_per_second=100)
    assert 40 <= await take_for(0.5, fresh) <= 70


async def test_a_429_without_a_hint_pauses_for_a_second(server: Server) -> None:
    one, other = pacer(server), pacer(server)
    await one.throttled(TRACK, None)
    assert await other.take(TRACK) == pytest.approx(1.0, abs=0.1)


def rate_headers(*, remaining: int, seconds: int, limit: int = 3000) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(seconds),
    }


async def test_what_braze_has_left_is_spread_over_the_rest_of_its_window(server: Server) -> None:
    one, other = pacer(server), pacer(server)
    await one.answered(TRACK, rate_headers(remaining=100, seconds=2))
    assert await server.field("ration") == 50
    assert 8 <= sum(await asyncio.gather(take_for(0.5, one), take_for(0.5, other))) <= 40


async def test_nothing_left_holds_all_processes_until_the_window_is_over(server: Server) -> None:
    one, other = pacer(server), pacer(server)
    await one.answered(TRACK, rate_headers(remaining=0, seconds=3))
    assert [await one.take(TRACK), await other.take(TRACK)] == [pytest.approx(3.0, abs=0.1)] * 2
    assert await server.field("share") == 0.0


async def test_a_new_window_brings_the_full_pace_back(server: Server) -> None:
    one = pacer(server, track_per_second=200)
    await one.answered(TRACK, rate_headers(remaining=1, seconds=1))
    assert await take_for(0.8, one) <= 2
    await asyncio.sleep(0.3)
    assert await take_for(0.3, one) >= 25


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "application/json"},
        rate_headers(remaining=2900, seconds=2),
        rate_headers(remaining=0, seconds=0),
        rate_headers(remaining=0, seconds=-7),
    ],
)
async def test_while_plenty_is_left_an_answer_costs_nothing(headers: dict[str, str], server: Server) -> None:
    one = pacer(server)
    await one.answered(TRACK, headers)
    assert server.asked == 0


async def test_reset_may_be_a_time_of_day(server: Server) -> None:
    one = pacer(server, clock=lambda: 1_800_000_000.0)
    await one.answered(TRACK, rate_headers(remaining=0, seconds=1_800_000_002))
    assert await pacer(server).take(TRACK) == pytest.approx(2.0, abs=0.1)


async def test_a_rate_of_zero_means_no_pacing(server: Server) -> None:
    one = pacer(server, track_per_second=0)
    await one.throttled(TRACK, 30)
    await one.answered(TRACK, rate_headers(remaining=0, seconds=9))
    assert (await one.take(TRACK), server.asked) == (0.0, 0)
    assert (await one.take(MERGE), server.asked) == (0.0, 1)


async def test_a_server_clock_that_was_set_back_holds_nobody_for_long(server: Server) -> None:
    await server.redis.hset(KEY, "at", str((time.time() + 900) * 1e6))
    assert await pacer(server).take(TRACK) <= 0.1


async def test_the_record_is_not_kept_for_ever(server: Server) -> None:
    await pacer(server).take(TRACK)
    assert 0 < await server.redis.ttl(KEY) <= 7200


class Away:
    """A store that does not answer; the other kind answers that the script failed."""

    def __init__(self, error: Exception, *, as_answer: bool = False) -> None:
        self.asked = 0
        self._error = error
        self._as_answer = as_answer

    async def run(self, calls: Sequence[tuple[str, Sequence[str], Sequence[Any]]]) -> list[Any]:
        self.asked += 1
        if self._as_answer:
            return [self._error]
        raise self._error


@pytest.mark.parametrize(
    "store", [Away(StoreUnavailable("down")), Away(RuntimeError("script"), as_answer=True)], ids=["down", "failing"]
)
async def test_while_the_store_is_away_a_process_keeps_the_pace_alone(store: Away) -> None:
    one = pacer(store, track_per_second=100)
    assert 25 <= await take_for(0.5, one) <= 100 * (0.15 + 0.5) + 2
    assert store.asked == 1
    await one.throttled(TRACK, 30)
    assert await one.take(TRACK) == pytest.approx(LONGEST_WAIT, abs=0.1)


async def test_the_store_is_asked_again_when_it_may_be_back() -> None:
    now, store = [100.0], Away(StoreUnavailable("down"))
    one = Pacer(store, account="one", destination="braze-eu", rates=Rates(), ticks=lambda: now[0])
    for seconds in (0.0, 0.5, 1.5, 2.0, 2.6):
        now[0] = 100.0 + seconds
        assert await one.take(TRACK) == 0.0
    assert store.asked == 3


async def test_any_order_of_operations_leaves_a_pace_that_goes_on(server: Server) -> None:
    rng = random.Random(7)
    one, other = (pacer(server, track_per_second=1000) for _ in range(2))
    for _ in range(300):
        actor = rng.choice((one, other))
        move = rng.random()
        if move < 0.8:
            await actor.take(TRACK)
        elif move < 0.9:
            await actor.answered(TRACK, rate_headers(remaining=rng.choice((0, 5, 200)), seconds=1))
        else:
            await actor.throttled(TRACK, rng.choice((0.0, 0.01, 0.05)))
    assert await take_for(2.0, one) > 5
