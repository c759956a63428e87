"""Which messageIds were seen, in windows of the events' own time: what the store's `seen` sets do live."""

from collections.abc import Hashable


class MessageMemory:
    """Remembers an id for one to two windows from its first time on; a repeat prolongs nothing."""

    def __init__(self, window_seconds: int) -> None:
        self._window = window_seconds
        self._seen: dict[int, set[Hashable]] = {}

    def has_seen(self, message: Hashable, now: float) -> bool:
        """Whether the message came before, in this window or the one before it; a new one is remembered."""
        window = int(now // self._window)
        if message in self._seen.get(window, ()) or message in self._seen.get(window - 1, ()):
            return True
        if window not in self._seen:
            self._seen = {number: seen for number, seen in self._seen.items() if number >= max(self._seen) - 1}
        self._seen.setdefault(window, set()).add(message)
        return False
