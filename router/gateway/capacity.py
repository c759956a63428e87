"""How many SDKs are served at once: beyond that a request is refused before it is read, so that a crowd cannot fill the memory.

The refusal is a 503 with Retry-After, which SDKs answer by sending again later; a 4xx would cost the events.
Health, metrics, source config and admin API are never refused for that. Whatever is under way when a stop does not wait any
longer hears the same.
"""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from router.gateway.answers import UNAVAILABLE, rejection
from router.runtime import Runtime

_TAKE_EVENTS = ("/v1/", "/beacon/", "/pixel/")


class Capacity:
    """Wraps an ASGI app."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._serve(scope, receive, send)
        except asyncio.CancelledError:  # by the server, which stops; nobody has heard `ok`
            await self._refuse(scope, receive, send, connection="close")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_TAKE_EVENTS):
            await self._app(scope, receive, send)
            return
        settings = self._runtime.settings
        crowded = self._runtime.connections() > settings.max_connections
        if crowded or self._in_flight >= settings.max_requests:
            await self._refuse(scope, receive, send, connection="close" if crowded else "keep-alive")
            return
        self._in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight -= 1

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, *, connection: str) -> None:
        self._runtime.metrics.requests.labels(answer=UNAVAILABLE).inc()
        refusal = rejection(UNAVAILABLE)
        refusal.headers["Connection"] = connection
        await refusal(scope, receive, send)
