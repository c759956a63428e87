"""A destination that refuses us, throttles us or is down is left alone for a while by all its lanes; its queues wait."""

import structlog

log = structlog.get_logger()

REFUSED_SECONDS = 30.0
_FAILURES = 8


class Circuit:
    """Open = nobody sends to the destination until the rest is over; the next request is the probe."""

    def __init__(self, destination: str) -> None:
        self._destination = destination
        self._open_until = 0.0
        self._failures = 0
        self.reason = ""

    def rest(self, now: float) -> float:
        """Seconds still to wait; 0 when requests may go."""
        return max(0.0, self._open_until - now)

    def refused(self, now: float, reason: str) -> None:
        """Braze refuses every request: wrong key, missing permission, no such endpoint. An operator must act."""
        self._open(now + REFUSED_SECONDS, reason)

    def throttled(self, now: float, seconds: float) -> None:
        """Braze asks for patience: one lane's 429 speaks for all."""
        self._open_until = max(self._open_until, now + seconds)

    def failed(self, now: float, seconds: float, reason: str) -> None:
        """A request failed in a way that passes; after several in a row all lanes wait as long as that one."""
        self._failures += 1
        if self._failures >= _FAILURES:
            self._open(now + seconds, reason)

    def close(self) -> None:
        """A request went through."""
        if self.reason:
            log.info("destination released", destination=self._destination)
        self.reason = ""
        self._failures = 0
        self._open_until = 0.0

    def _open(self, until: float, reason: str) -> None:
        if not self.reason:
            log.error("destination held", destination=self._destination, reason=reason)
        self.reason = reason
        self._open_until = max(self._open_until, until)
