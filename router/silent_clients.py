"""Clients that begin a request and fall silent: their connections are closed, since nothing that they hold is ever used.

uvicorn waits for the rest of a request for ever. A look at all connections every few seconds costs a request nothing.
"""

import asyncio
from collections.abc import Callable, Iterable

from router.corked import CorkedProtocol

_LONGEST_BETWEEN_LOOKS = 5.0


class ListeningProtocol(CorkedProtocol):
    """Knows when it heard from its client, and whose turn it is to speak."""

    heard_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.heard_at = self.loop.time()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.heard_at = self.loop.time()
        super().data_received(data)

    def is_owed(self) -> bool:
        """Whether the client is to send more of a request. Between two requests uvicorn's own timer runs."""
        if self.flow.read_paused:  # we do not listen
            return False
        if self.cycle is None or self.cycle.response_complete:
            return self.timeout_keep_alive_task is None
        return self.cycle.more_body


async def close_silent(connections: Callable[[], Iterable[object]], *, after: float) -> None:
    """For ever: close the connections of clients that owe us something and have been silent for `after` seconds."""
    suspects: set[ListeningProtocol] = set()
    while True:
        await asyncio.sleep(min(_LONGEST_BETWEEN_LOOKS, after / 4))
        silent = _silent(connections(), since=asyncio.get_running_loop().time() - after)
        # Seen twice: when this process itself stood still, what its clients sent meanwhile is read before the second look.
        for connection in suspects & silent:
            connection.transport.close()
        suspects = silent


def _silent(connections: Iterable[object], *, since: float) -> set[ListeningProtocol]:
    return {
        each for each in connections if isinstance(each, ListeningProtocol) and each.heard_at < since and each.is_owed()
    }
