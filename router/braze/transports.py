"""Two ways of posting to Braze: connections of our own for production, and any httpx transport for tests and in-process servers.

Why of our own: docs/decisions/0009. Measured for 25 KB requests, 16 at a time, CPU time of one: this 25–35 µs, aiohttp 140 µs,
httpx around aiohttp 309 µs, httpx's own transport 2,339 µs.
"""

import asyncio
import socket
import ssl
import zlib
from collections import deque
from collections.abc import Mapping
from typing import Literal, Protocol
from urllib.parse import urlsplit

import aiohappyeyeballs
import httpx
import msgspec

from router.braze.http_connection import Broken, HttpConnection
from router.braze.responses import Answer
from router.errors import BrazeUnreachable

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 30.0
_KEEP_ALIVE_SECONDS = 15.0
"""An idle connection is given up before a load balancer would: a POST on one that was just closed is ambiguous."""

_NEXT_ADDRESS_SECONDS = 0.25
_EXTENSIONS = {"timeout": httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS).as_dict()}
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)

Arrival = Literal["no", "unknown"]
Origin = tuple[str, int, bool]
"""Host, port, and whether it speaks TLS."""


class Transport(Protocol):
    """Posts once; raises BrazeUnreachable when nothing comes back. Neither follows redirects nor repeats anything."""

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Answer:
        """The answer, whatever its status."""

    async def retire(self) -> None:
        """Close idle connections, and from now on every other one as soon as it is idle."""

    async def aclose(self) -> None:
        """Close all connections."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a URL leads."""

    origin: Origin
    request_line: str
    """With the Host header."""

    @classmethod
    def of(cls, url: str) -> "Place":
        """Raises ValueError for anything but an http or https URL with a host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it is no http or https URL")
        tls = parts.scheme == "https"
        authority = parts.netloc.rpartition("@")[2].encode("idna").decode()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(
            origin=(parts.hostname, parts.port or (443 if tls else 80), tls),
            request_line=f"POST {target} HTTP/1.1\r\nHost: {authority}\r\n",
        )


class HttpTransport:
    """Keep-alive connections, one for each request at a time: a destination has as many requests out as it has lanes at work."""

    def __init__(self) -> None:
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[Origin, deque[HttpConnection]] = {}
        self._places: dict[str, Place] = {}
        self._keeps = True

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Answer:
        """As Transport.post."""
        try:
            place = self._places.get(url) or self._places.setdefault(url, Place.of(url))
            connection = self._idle_connection(place) or await self._connect(place)
        except (OSError, ValueError, TimeoutError) as error:
            raise _unreachable(error, "no") from None
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                answer = _inflated(await connection.exchange(_head(place, headers, len(content)) + content))
        except BaseException as error:
            connection.abort()
            if isinstance(error, (Broken, OSError, TimeoutError, ValueError, zlib.error)):
                raise _unreachable(error, "unknown") from None
            raise
        self._keep(place, connection)
        return answer

    async def retire(self) -> None:
        """As Transport.retire."""
        self._keeps = False
        await self.aclose()

    async def aclose(self) -> None:
        """As Transport.aclose."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle = {}

    def _idle_connection(self, place: Place) -> HttpConnection | None:
        """The one used last; those that were idle for too long are closed."""
        connections = self._idle.get(place.origin)
        oldest = asyncio.get_running_loop().time() - _KEEP_ALIVE_SECONDS
        while connections and (connections[0].idle_since < oldest or not connections[0].reusable):
            connections.popleft().close()
        while connections:
            connection = connections.pop()
            if connection.reusable:
                return connection
        return None

    def _keep(self, place: Place, connection: HttpConnection) -> None:
        if connection.reusable and self._keeps:
            self._idle.setdefault(place.origin, deque()).append(connection)
        else:
            connection.close()

    async def _connect(self, place: Place) -> HttpConnection:
        host, port, tls = place.origin
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_CONNECT_SECONDS):
            addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            connected = await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS)
            _, connection = await loop.create_connection(
                HttpConnection,
                sock=connected,
                ssl=self._context() if tls else None,
                server_hostname=host if tls else None,
            )
        return connection

    def _context(self) -> ssl.SSLContext:
        self._tls = self._tls or httpx.create_ssl_context()
        return self._tls


class HttpxTransport:
    """An httpx transport, without a client around it."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Answer:
        """As Transport.post."""
        try:
            return await self._exchange(
                httpx.Request("POST", url, headers=headers, content=content, extensions=_EXTENSIONS)
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unreachable(error, "no" if isinstance(error, _NEVER_SENT) else "unknown") from None

    async def retire(self) -> None:
        """As Transport.retire; the transport is its owner's, who may use it elsewhere."""

    async def aclose(self) -> None:
        """As Transport.aclose."""
        await self._transport.aclose()

    async def _exchange(self, request: httpx.Request) -> Answer:
        response = await self._transport.handle_async_request(request)
        try:
            body = await response.aread()
        finally:
            await response.aclose()
        return Answer(status=response.status_code, headers=response.headers, body=body)


def _head(place: Place, headers: Mapping[str, str], length: int) -> bytes:
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    return f"{place.request_line}{lines}Content-Length: {length}\r\n\r\n".encode()


def _inflated(answer: Answer) -> Answer:
    """We ask for no compression; some proxies compress all the same."""
    if answer.headers.get("content-encoding", "identity") == "identity":
        return answer
    body = zlib.decompress(answer.body, wbits=_GZIP_OR_ZLIB)
    return msgspec.structs.replace(answer, body=body)


def _unreachable(error: BaseException, arrival: Arrival) -> BrazeUnreachable:
    return BrazeUnreachable(str(error) or type(error).__name__, arrival=arrival)
