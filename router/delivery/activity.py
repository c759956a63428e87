"""What this process did lately for one destination: how much it delivered, and what went wrong last. In memory; others read its report."""

from collections import deque
from collections.abc import Callable

import msgspec

_MINUTE = 60
_MOST_CHARACTERS = 300


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A request that Braze did not take."""

    at: float
    """Seconds since 1970, by the process's clock."""
    path: str
    outcome: str
    """`throttled`, `server`, `connection`, `unauthorized`, `misconfigured`, `rejected`, `toolarge`."""
    message: str


class Activity:
    """Counts by the second for a minute, and the last failure."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seconds: deque[tuple[int, int]] = deque()
        self.last_failure: Failure | None = None

    def delivered(self, units: int) -> None:
        """So many units have just been settled as delivered."""
        second = int(self._clock())
        if self._seconds and self._seconds[-1][0] == second:
            units += self._seconds.pop()[1]
        self._seconds.append((second, units))
        self._forget(second)

    def failed(self, *, path: str, outcome: str, message: str) -> None:
        """A request was not taken."""
        self.last_failure = Failure(at=self._clock(), path=path, outcome=outcome, message=message[:_MOST_CHARACTERS])

    def last_minute(self) -> int:
        """Units delivered in the last 60 seconds."""
        self._forget(int(self._clock()))
        return sum(units for _, units in self._seconds)

    def _forget(self, second: int) -> None:
        while self._seconds and self._seconds[0][0] <= second - _MINUTE:
            self._seconds.popleft()
