"""The HTTP client of one Braze workspace. Sends a request once and returns the answer; retries are delivery's business.

Headers: rudder-transformer, Braze destination. The key shows neither in `repr` nor in logs, errors and answers.
"""

from types import TracebackType
from typing import Self

import httpx

from router import __version__
from router.braze.objects import Request
from router.braze.responses import Answer
from router.braze.transports import HttpTransport, HttpxTransport, Transport
from router.errors import BrazeUnreachable


class BrazeClient:
    """Speaks to one REST endpoint with one key; an async context manager. `transport` is the seam: it is closed with the client."""

    def __init__(self, endpoint: str, rest_api_key: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._key = _checked_key(rest_api_key)
        self._given_transport = transport
        self._transport: Transport | None = None
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Authorization": f"Bearer {self._key}",
            "User-Agent": f"hybrid-router/{__version__}",
        }

    def __repr__(self) -> str:
        return f"BrazeClient({self.endpoint!r})"

    async def open(self) -> None:
        """Make the connection pool; connections are made when they are needed."""
        given = self._given_transport
        self._transport = HttpTransport() if given is None else HttpxTransport(given)

    async def retire(self) -> None:
        """Another client takes over: keep no connection. What is still to be sent gets connections that close after it."""
        if self._transport is not None:
            await self._transport.retire()

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
        if self._transport is None:
            raise RuntimeError("the client is not open")
        try:
            answer = await self._transport.post(
                self.endpoint + request.path, headers=self._headers, content=request.content
            )
        except BrazeUnreachable as error:
            told = str(error).replace(self._key, "***")
            raise BrazeUnreachable(f"no answer from `{self.endpoint}`: {told}", arrival=error.arrival) from None
        body = answer.body.replace(self._key.encode(), b"***")
        return Answer(status=answer.status, headers=answer.headers, body=body)


def _checked_key(rest_api_key: str) -> str:
    key = rest_api_key.strip()
    if not key or not key.isascii() or not key.isprintable():
        raise ValueError("the REST API key is empty or has characters that no key has")
    return key
