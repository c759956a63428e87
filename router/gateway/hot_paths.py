"""The endpoints that take nearly all requests, found by one look-up instead of a walk through every route."""

from collections.abc import Mapping

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from router.gateway.reception import Endpoint

log = structlog.get_logger()


class HotPaths:
    """Answers exact (method, path) pairs itself and leaves everything else to `app`."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        self._app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        try:
            response = await endpoint(Request(scope, receive))
        except Exception as error:  # a defect of ours: said in the log, answered like any other 500
            log.error("unexpected error", path=scope["path"], exc_info=error)
            response = PlainTextResponse("internal error\n", status_code=500)
        await response(scope, receive, send)
