"""One HTTP/1.1 connection to Braze, for one request at a time. The bytes are httptools' business, who may use it the pool's."""

import asyncio
from typing import cast

import httptools

from router.braze.responses import Answer


class Broken(Exception):
    """The connection ended, or spoke no HTTP, before the answer was complete."""


class HttpConnection(asyncio.Protocol):
    """Made by `loop.create_connection`."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._open = True
        self._begin()

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent on it."""
        return self._open and self._answer is None

    async def exchange(self, request: bytes) -> Answer:
        """Send the bytes of a request, wait for its answer; raises Broken. After any other exception the connection is of no use."""
        if not self.reusable:
            raise Broken("the connection was closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close it once everything is sent."""
        self._open = False
        self._transport.close()

    def abort(self) -> None:
        """Close it at once; an answer that is under way is lost."""
        self._open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: it is open."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        if self._answer is None:  # nobody has asked anything
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(f"the answer is no HTTP: {error}")
            self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """asyncio: it is closed. That is how an answer without a stated length ends, and only such a one."""
        self._open = False
        if self._head_read and not ({"content-length", "transfer-encoding"} & self._headers.keys()):
            self.on_message_complete()
        self._fail(f"the connection broke before the answer was complete: {error or 'closed by the other side'}")

    def on_message_begin(self) -> None:
        """httptools: the first byte of an answer. One that nobody waits for must not be taken for the next request's."""
        self._open = self._open and self._answer is not None

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: one header line."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """httptools: the head is read."""
        self._head_read = True

    def on_body(self, piece: bytes) -> None:
        """httptools: part of the body."""
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """httptools: the answer is complete; one that only says that another follows (1xx) does not count."""
        status = self._parser.get_status_code()
        if status >= 200:
            self._give(Answer(status=status, headers=self._headers, body=b"".join(self._pieces)))
        self._begin()

    def _begin(self) -> None:
        self._head_read = False
        self._headers: dict[str, str] = {}
        self._pieces: list[bytes] = []

    def _give(self, answer: Answer) -> None:
        # An answer to a request that is not all sent yet refuses it; the rest of it must not be read as the next one.
        self._open = self._open and self._parser.should_keep_alive() and not self._transport.get_write_buffer_size()
        self.idle_since = asyncio.get_running_loop().time()
        waiting, self._answer = self._answer, None
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _fail(self, reason: str) -> None:
        waiting, self._answer = self._answer, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(Broken(reason))
