"""How long Braze asks us to wait and how much it takes until then, read from response headers.

Braze documents two dialects (braze.com/docs, rate limits and the MAU section of /users/track): X-RateLimit-Reset as UTC
epoch seconds or as seconds left, and on a 429 X-Ratelimit-Retry-After. Retry-After is what proxies send.
"""

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from math import isfinite

import msgspec

LONGEST = 3600.0
"""Braze's longest window is the clock hour; a longer hint is a misunderstanding and is cut to this."""

_EPOCH_FROM = 1e8
"""Smaller numbers are seconds left, larger ones epoch seconds."""

_THROTTLED = ("x-ratelimit-retry-after", "retry-after", "x-ratelimit-reset")
_UNAVAILABLE = ("retry-after", "x-ratelimit-retry-after")


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a rate limit's window, and the seconds until the next one begins."""

    limit: float
    remaining: float
    seconds: float


def quota(headers: Mapping[str, str], *, now: float) -> Quota | None:
    """The state of the window that the headers describe; None where they do not say all of it, or it is over."""
    lower = {name.lower(): value for name, value in headers.items()}
    reset = _first(lower, ("x-ratelimit-reset",), now)
    limit, remaining = (_number(lower.get(f"x-ratelimit-{name}", "")) for name in ("limit", "remaining"))
    if limit is None or remaining is None or not reset:
        return None
    return Quota(limit=limit, remaining=max(0.0, remaining), seconds=reset)


def throttle_delay(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds to wait after a 429, between 0 and an hour; None when no header says it."""
    return _first(headers, _THROTTLED, now)


def unavailable_delay(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds to wait after a 408 or 5xx; the rate limit's own reset says nothing about those."""
    return _first(headers, _UNAVAILABLE, now)


def _first(headers: Mapping[str, str], names: Sequence[str], now: float) -> float | None:
    lower = {name.lower(): value for name, value in headers.items()}
    hints = (_seconds(lower[name], now) for name in names if name in lower)
    return next((min(max(hint, 0.0), LONGEST) for hint in hints if hint is not None), None)


def _seconds(value: str, now: float) -> float | None:
    number = _number(value)
    if number is None:
        return _seconds_until(value, now)
    return number if number < _EPOCH_FROM else number - now


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _seconds_until(date: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError):
        return None
