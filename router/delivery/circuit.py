"""A destination that refuses our key, or does not exist, is left alone for a while; its queue waits."""

import structlog

log = structlog.get_logger()

REST_SECONDS = 30.0


class Circuit:
    """Open = nobody sends to the destination until the rest is over; the next request is the probe."""

    def __init__(self, destination: str) -> None:
        self._destination = destination
        self._open_until = 0.0
        self.reason = ""

    def rest(self, now: float) -> float:
        """Seconds still to wait; 0 when requests may go."""
        return max(0.0, self._open_until - now)

    def open(self, now: float, reason: str) -> None:
        """Braze refused us as a whole."""
        if not self.reason:
            log.error("destination held: Braze refuses every request", destination=self._destination, reason=reason)
        self.reason = reason
        self._open_until = now + REST_SECONDS

    def close(self) -> None:
        """A request went through."""
        if self.reason:
            log.info("destination released", destination=self._destination)
        self.reason = ""
        self._open_until = 0.0
