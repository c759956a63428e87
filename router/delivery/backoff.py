"""How long to wait before a request is made again, and when to give it up; each class of failure has limits of its own."""

import random
from collections.abc import Mapping
from typing import Literal

import msgspec

from router.braze.responses import Retry

Cause = Literal["throttled", "server", "connection"]
_FIRST = 1.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Of one class of failure."""

    longest_wait: float
    """Seconds; Braze's own hint may be longer."""
    give_up_after: float = 0.0
    """Seconds since the first failure after which the request becomes dead letters; 0 = never."""


DEFAULT_LIMITS: Mapping[Cause, Limits] = {
    "throttled": Limits(longest_wait=60.0),
    "server": Limits(longest_wait=60.0),
    "connection": Limits(longest_wait=30.0),
}


def delay_before(attempt: int, retry: Retry, limits: Limits, rng: random.Random) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1): Braze's hint and a little more, else exponential, full jitter."""
    if retry.delay is not None:
        return retry.delay + rng.uniform(0.0, 0.1 * _FIRST)
    return rng.uniform(0.0, min(limits.longest_wait, _FIRST * 2.0 ** min(attempt - 1, 16)))


def given_up(limits: Limits, *, failing_for: float) -> bool:
    """Whether a request that has failed for so many seconds is given up."""
    return 0.0 < limits.give_up_after <= failing_for
