"""The workspace's time: real time plus an offset, or a virtual time that only moves when it is told to."""

from __future__ import annotations

import time

from router.braze_simulator.config import ClockSettings
from router.braze_simulator.times import parse_time


class Clock:
    """Seconds since the epoch. `advance` pushes either kind ahead."""

    def __init__(self, settings: ClockSettings) -> None:
        self.mode = settings.mode
        self._ahead = 0.0
        self._start = parse_time(settings.start) or 0.0

    def now(self) -> float:
        """The current time in seconds since the epoch."""
        base = self._start if self.mode == "virtual" else time.time()
        return base + self._ahead

    def advance(self, seconds: float) -> None:
        """Move time forward; negative steps are refused, because expiry never runs backwards."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self._ahead += seconds

    def set(self, moment: float) -> None:
        """Move to `moment`, which must not lie in the past."""
        self.advance(moment - self.now())

    def jump(self, moment: float) -> None:
        """Be at `moment`, whatever it was before; for restoring a snapshot."""
        self._ahead += moment - self.now()
