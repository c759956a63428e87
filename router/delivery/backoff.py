"""How long to wait before a request is made again."""

import random

from router.braze.responses import Retry

_FIRST = 1.0
_LONGEST = 60.0


def delay_before(attempt: int, retry: Retry, rng: random.Random) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1): Braze's hint plus a little, else exponential with full jitter."""
    if retry.delay is not None:
        return retry.delay + rng.uniform(0.0, 0.1 * _FIRST)
    return rng.uniform(0.0, min(_LONGEST, _FIRST * 2.0 ** min(attempt - 1, 10)))
