"""How fast requests may go: one bucket per Braze account and limit group, shared by all processes through the store.

Limits and headers: braze.com/docs, API limits and /users/track. A process takes places several at a time, about as many as it
uses up in a moment, so that few requests cost a round trip and little is lost with a process that has no more to send.
The bucket itself is `store/scripts/pace.lua`; while the store is away, each process keeps one of its own.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec
import structlog

from router.braze.objects import Path
from router.braze.retry_hints import Quota, quota
from router.errors import StoreUnavailable

Group = Literal["track", "users", "subscriptions"]

GROUPS: Mapping[Path, Group] = {
    "/users/track": "track",
    "/users/identify": "users",
    "/users/merge": "users",
    "/users/alias/new": "users",
    "/users/delete": "users",
    "/v2/subscription/status/set": "subscriptions",
}
"""Endpoints that Braze counts together."""

LAPSE_SECONDS = 0.2
"""How long a process keeps places that it does not use."""

LONGEST_WAIT = 5.0
"""Seconds after which a request that waits asks again, since other processes may have learnt more meanwhile."""

_AHEAD = 1.0
"""Seconds for which a place is given in advance, so that processes take turns; further ahead nobody queues."""

_MOST_AT_ONCE = 0.05
"""Seconds' worth of places that one process takes in one go."""

_SCARCE = 0.1
"""Part of Braze's quota below which the rest is spread over its window."""

_RATION_EVERY = 0.1
_STORE_AGAIN_AFTER = 1.0
_PAUSE_WITHOUT_HINT = 1.0
_MICROSECONDS = 1_000_000

log = structlog.get_logger()


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """What the account's contract allows over all processes; 0 = as fast as it goes."""

    track_per_second: float = 1_000.0
    users_per_minute: float = 20_000.0
    subscriptions_per_minute: float = 5_000.0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Requests a second, and how many seconds' worth of them may go at once."""

    rate: float
    burst: float

    @classmethod
    def within(cls, limit: float, *, seconds: float) -> "Pace":
        """The pace at which no window of so many seconds, wherever it begins, sees more than `limit` requests."""
        burst = seconds / 20
        return cls(rate=limit / (seconds + burst), burst=burst)


def paces(rates: Rates) -> dict[Group, Pace]:
    """The pace of each group that is paced at all. Braze counts /users/track by three seconds, the others by the minute."""
    windows: dict[Group, tuple[float, float]] = {
        "track": (rates.track_per_second * 3, 3.0),
        "users": (rates.users_per_minute, 60.0),
        "subscriptions": (rates.subscriptions_per_minute, 60.0),
    }
    return {group: Pace.within(limit, seconds=seconds) for group, (limit, seconds) in windows.items() if limit > 0}


class Bucket:
    """The bucket of one process alone; every time is an argument. `due` is when all places given are used up at this pace."""

    def __init__(self, pace: Pace) -> None:
        self._each = 1 / pace.rate
        self._burst = max(pace.burst, self._each)
        self._due = 0.0

    def take(self, now: float) -> float:
        """Take a place: 0 when there is one, else the seconds until then (and none is taken)."""
        due = max(self._due, now) + self._each
        wait = due - self._burst - now
        if wait > 1e-9:
            return wait
        self._due = due
        return 0.0

    def pause(self, seconds: float, *, now: float) -> None:
        """Give no place for so long, and only one after another then."""
        self._due = max(self._due, now + seconds + self._burst)


class Holding:
    """The places that a process holds; every time is an argument. `wanted` follows how many it uses up before they lapse."""

    def __init__(self, pace: Pace) -> None:
        self._most = max(1, int(pace.rate * _MOST_AT_ONCE))
        self._places = 0
        self._used = 0
        self._ready = 0.0
        self.wanted = 1

    def use(self, now: float) -> float | None:
        """Use a place: 0 when there is one, else the seconds until there may be, None when more must be asked for."""
        if now < self._ready:
            return self._ready - now
        if self._places and now > self._ready + LAPSE_SECONDS:
            self._places, self.wanted = 0, max(1, self._used)
        elif self._places:
            self._places -= 1
            self._used += 1
            return 0.0
        elif self._used:
            self.wanted = min(2 * self.wanted, self._most)
        self._used = 0
        return None

    def put(self, places: int, *, ready: float) -> None:
        """Hold so many places from then on, and no others."""
        self._places, self._used, self._ready = places, 0, ready

    def drop(self, *, until: float) -> None:
        """Hold nothing until then, and begin small."""
        self.put(0, ready=max(self._ready, until))
        self.wanted = 1


class ScriptRunner(Protocol):
    """The part of Store that is needed here."""

    async def run(self, calls: Sequence[tuple[str, Sequence[str], Sequence[Any]]]) -> list[Any]:
        """Run scripts in one pipeline; a result may be the exception its script raised."""


class SharedBucket:
    """One limit group of one account, as this process sees it."""

    def __init__(self, store: ScriptRunner, *, key: str, name: str, pace: Pace, ticks: Callable[[], float]) -> None:
        self._store = store
        self._key = key
        self._name = name
        self._pace = pace
        self._ticks = ticks
        self._holding = Holding(pace)
        self._alone = Bucket(pace)
        self._asking = asyncio.Lock()
        self._store_again_at = 0.0
        self._ration_again_at = 0.0

    async def take(self) -> float:
        """As Pacer.take."""
        wait = self._holding.use(self._ticks())
        if wait is None:
            async with self._asking:
                wait = self._holding.use(self._ticks())  # another lane may have asked meanwhile
                if wait is None:
                    wait = await self._ask()
        return min(wait, LONGEST_WAIT)

    async def throttled(self, seconds: float) -> None:
        """As Pacer.throttled."""
        now = self._ticks()
        self._holding.drop(until=now + min(seconds, LONGEST_WAIT))
        self._alone.pause(seconds, now=now)
        await self._call("throttle", int(seconds * _MICROSECONDS))

    async def ration(self, left: Quota) -> None:
        """Go on no faster than what Braze has left allows, said at most ten times a second."""
        now = self._ticks()
        if now < self._ration_again_at:
            return
        self._ration_again_at = now + _RATION_EVERY
        self._holding.drop(until=now)
        if left.remaining < 1:
            self._alone.pause(left.seconds, now=now)
        await self._call("ration", int(left.remaining), int(left.seconds * _MICROSECONDS))

    async def _ask(self) -> float:
        answer = await self._call("take", self._holding.wanted, int(_AHEAD * _MICROSECONDS))
        now = self._ticks()
        if answer is None:
            wait = self._alone.take(now)
            places = 0 if wait else 1
        else:
            places, wait = int(answer[0]), answer[1] / _MICROSECONDS
        self._holding.put(places, ready=now + min(wait, LONGEST_WAIT))
        return wait or self._holding.use(now) or 0.0

    async def _call(self, operation: str, *arguments: int) -> Any:
        """The script's answer; None while the store is away, which is found out once a second."""
        if self._ticks() < self._store_again_at:
            return None
        full = (operation, repr(self._pace.rate), int(self._pace.burst * _MICROSECONDS), *arguments)
        try:
            (answer,) = await self._store.run([("pace", (self._key,), full)])
        except StoreUnavailable as error:
            answer = error
        if isinstance(answer, Exception):
            log.warning("requests are paced by this process alone", bucket=self._name, reason=str(answer))
            self._store_again_at = self._ticks() + _STORE_AGAIN_AFTER
            return None
        return answer


class Pacer:
    """Says when requests of one destination may go; none of its operations raises when the store is away.

    `account` stands for host and key: destinations that share them share Braze's limits, and so the buckets.
    """

    def __init__(
        self,
        store: ScriptRunner,
        *,
        account: str,
        destination: str,
        rates: Rates,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._buckets = {
            group: SharedBucket(
                store, key=f"hr:pace:{{{account}:{group}}}", name=f"{destination} {group}", pace=pace, ticks=ticks
            )
            for group, pace in paces(rates).items()
        }

    async def take(self, path: Path) -> float:
        """Take a place for a request: 0 = it may go; else wait so many seconds, at most LONGEST_WAIT, and ask again."""
        bucket = self._buckets.get(GROUPS[path])
        return await bucket.take() if bucket else 0.0

    async def throttled(self, path: Path, delay: float | None) -> None:
        """Braze answered 429, with a hint or none: pause in all processes, then go on more slowly for a while."""
        bucket = self._buckets.get(GROUPS[path])
        if bucket:
            await bucket.throttled(_PAUSE_WITHOUT_HINT if delay is None else delay)

    async def answered(self, path: Path, headers: Mapping[str, str]) -> None:
        """Braze answered anything else: where little of its quota is left, spread that over the rest of its window."""
        bucket = self._buckets.get(GROUPS[path])
        left = quota(headers, now=self._clock()) if bucket else None
        if bucket and left and left.remaining < _SCARCE * left.limit:
            await bucket.ration(left)
