"""A stand-in for Braze that costs next to nothing: answers every POST with 201 and counts. For measuring our side alone."""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

_ANSWER = b'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{"message":"success"}'


class Sink:
    """Counts requests and bytes; `async with Sink() as sink` listens on a free loopback port."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes = 0
        self.url = ""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Sink":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self._count), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._server is not None:
            self._server.close()

    def _count(self, size: int) -> None:
        self.requests += 1
        self.bytes += size


class _Connection(asyncio.Protocol):
    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count
        self._size = 0
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._count(self._size)
        self._size = 0
        self._transport.write(_ANSWER)
