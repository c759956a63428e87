"""The HTTP client of one Braze workspace. Sends a request once and returns the answer; retries are delivery's business.

It speaks to an httpx transport directly: httpx's client around it (redirects, cookies, auth flows, a log line a request)
would double the CPU time of a request, and none of it is wanted here. Measured for 25 KB requests, 16 at a time:
aiohttp-backed transport 138 µs, the same inside httpx.AsyncClient 309 µs, httpx's own transport 2,339 µs.
Headers: rudder-transformer, Braze destination. The key shows neither in `repr` nor in logs, errors and answers.
"""

from types import TracebackType
from typing import Literal, Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from router import __version__
from router.braze.objects import Path, Request
from router.braze.responses import Answer
from router.errors import BrazeUnreachable

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_EXTENSIONS = {"timeout": _TIMEOUT.as_dict()}
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=15.0)
"""An idle connection is given up before a load balancer would: a POST on one that was just closed is ambiguous."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
_NEVER_SENT_BY_AIOHTTP = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class BrazeClient:
    """Speaks to one REST endpoint with one key; an async context manager. `transport` is the seam: it is closed with the client."""

    def __init__(self, endpoint: str, rest_api_key: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._key = _checked_key(rest_api_key)
        self._given_transport = transport
        self._transport: httpx.AsyncBaseTransport | None = None
        self._urls: dict[Path, httpx.URL] = {}
        self._headers = httpx.Headers(
            {
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Authorization": f"Bearer {self._key}",
                "User-Agent": f"hybrid-router/{__version__}",
            }
        )

    def __repr__(self) -> str:
        return f"BrazeClient({self.endpoint!r})"

    async def open(self) -> None:
        """Make the connection pool; connections are made when they are needed."""
        self._transport = self._given_transport or AiohttpTransport(limits=_LIMITS)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def send(self, request: Request) -> Answer:
        """POST the request and return what came back, whatever its status; raise BrazeUnreachable when nothing did."""
        try:
            return await self._exchange(request)
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            told = str(error).replace(self._key, "***") or type(error).__name__
            raise BrazeUnreachable(f"no answer from `{self.endpoint}`: {told}", arrival=_arrival(error)) from None

    async def _exchange(self, request: Request) -> Answer:
        if self._transport is None:
            raise RuntimeError("the client is not open")
        posted = httpx.Request(
            "POST", self._url(request.path), headers=self._headers, content=request.content, extensions=_EXTENSIONS
        )
        response = await self._transport.handle_async_request(posted)
        try:
            body = await response.aread()
        finally:
            await response.aclose()
        return Answer(
            status=response.status_code,
            headers=dict(response.headers),
            body=body.replace(self._key.encode(), b"***"),
        )

    def _url(self, path: Path) -> httpx.URL:
        if path not in self._urls:
            self._urls[path] = httpx.URL(self.endpoint + path)
        return self._urls[path]


def _checked_key(rest_api_key: str) -> str:
    key = rest_api_key.strip()
    if not key or not key.isascii() or not key.isprintable():
        raise ValueError("the REST API key is empty or has characters that no key has")
    return key


def _arrival(error: Exception) -> Literal["no", "unknown"]:
    # httpx-aiohttp reports a connection that broke after sending as ConnectTimeout; only its cause tells the two apart.
    by_aiohttp = error if isinstance(error, aiohttp.ClientError) else error.__cause__
    if isinstance(by_aiohttp, aiohttp.ClientError):
        return "no" if isinstance(by_aiohttp, _NEVER_SENT_BY_AIOHTTP) else "unknown"
    return "no" if isinstance(error, _NEVER_SENT) else "unknown"
