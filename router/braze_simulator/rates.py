"""Rate limits: fixed windows per bucket, and the two dialects in which Braze reports them.

Limits: Braze docs, API limits. Short windows start at multiples of their length, hourly ones at the top of the hour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import msgspec

from router.braze_simulator.calls import Bucket
from router.braze_simulator.config import SimulatorConfig

Dialect = Literal["general-epoch", "mau-delta"]


class Window(msgspec.Struct, frozen=True):
    """At most `limit` requests in each `seconds`; an infinite number when `limit` is None."""

    limit: int
    seconds: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a bucket's window stands after a request was counted. `allowed` is false when it was one too many."""

    allowed: bool
    limit: int
    remaining: int
    reset_at: float
    retry_after: int


FIXED_WINDOWS: dict[Bucket, tuple[Window, ...]] = {
    "bulk": (Window(50, 1),),
    "sync": (Window(500, 60),),
    "users20k": (Window(20_000, 60),),
    "rename": (Window(1_000, 60),),
    "remove": (Window(1_000, 60),),
    "subset": (Window(5_000, 60),),
    "shared250k": (Window(250_000, 3600),),
}

FIELD_EXPORT_WINDOW = Window(40, 1)
"""For an export that lists its fields and asks for no message history."""


def windows(bucket: Bucket, config: SimulatorConfig) -> tuple[Window, ...]:
    """The windows of one bucket, the one that headers describe first; none when limits are off."""
    if config.rate_plan == "off":
        return ()
    if bucket == "track":
        return _track_windows(config)
    if bucket == "export":
        return (Window(250 if config.export_onboarded_after_2024_08_22 else 2_500, 60),)
    return FIXED_WINDOWS[bucket]


def _track_windows(config: SimulatorConfig) -> tuple[Window, ...]:
    if config.rate_plan == "mau":
        return (Window(config.mau.hourly, 3600), Window(config.mau.burst_3s, 3))
    return (Window(50_000, 60),) if config.rate_plan == "legacy" else (Window(3_000, 3),)


class Rates:
    """Counts of the current windows. Every authenticated request is counted, failures too."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], tuple[int, int]] = {}

    def count(self, bucket: str, limits: tuple[Window, ...], now: float) -> Standing | None:
        """Count one request; None when the bucket has no limit. Refused requests do not fill the other windows."""
        if not limits:
            return None
        standings = [self._standing(bucket, window, now) for window in limits]
        refused = [standing for standing in standings if not standing.allowed]
        if refused:
            return max(refused, key=_reset_at)
        for window in limits:
            self._add(bucket, window, now)
        return standings[0]

    def view(self, bucket: Bucket, limits: tuple[Window, ...], now: float) -> list[Mapping[str, int]]:
        """How much of each window is used, for inspection."""
        return [
            {"limit": window.limit, "seconds": window.seconds, "used": self._used(bucket, window, now)}
            for window in limits
        ]

    def _standing(self, bucket: str, window: Window, now: float) -> Standing:
        used = self._used(bucket, window, now)
        reset_at = (now // window.seconds + 1) * window.seconds
        return Standing(
            allowed=used < window.limit,
            limit=window.limit,
            remaining=max(0, window.limit - used - 1),
            reset_at=reset_at,
            retry_after=max(1, math.ceil(reset_at - now)),
        )

    def _used(self, bucket: str, window: Window, now: float) -> int:
        period, used = self._counts.get((bucket, window.seconds), (-1, 0))
        return used if period == now // window.seconds else 0

    def _add(self, bucket: str, window: Window, now: float) -> None:
        self._counts[bucket, window.seconds] = (int(now // window.seconds), self._used(bucket, window, now) + 1)


def rate_headers(standing: Standing | None, dialect: Dialect) -> dict[str, str]:
    """The headers for one standing (Braze docs: API limits for one dialect, track page's MAU section for the other)."""
    if standing is None:
        return {}
    if dialect == "mau-delta" and not standing.allowed:
        return {"X-Ratelimit-Retry-After": str(standing.retry_after)}
    reset = standing.retry_after if dialect == "mau-delta" else math.ceil(standing.reset_at)
    return {
        "X-RateLimit-Limit": str(standing.limit),
        "X-RateLimit-Remaining": str(standing.remaining if standing.allowed else 0),
        "X-RateLimit-Reset": str(reset),
    }


def _reset_at(standing: Standing) -> float:
    return standing.reset_at
