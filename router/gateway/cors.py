"""CORS as RudderStack's gateway does it (rs/cors): any origin echoed, credentials allowed, preflight 204; outermost layer.

Starlette's own middleware answers preflights differently and misses errors raised outside it.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OPERATORS = ("/admin", "/console", "/v2/")
"""Paths that no other site's pages are invited to."""
_METHODS = {b"GET", b"POST", b"HEAD", b"OPTIONS"}
_Headers = list[tuple[bytes, bytes]]


class Cors:
    """Wraps an ASGI app; what only operators use is left alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_OPERATORS):
            await self._app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        origin = asked.get(b"origin")
        wanted = asked.get(b"access-control-request-method")
        if scope["method"] == "OPTIONS" and wanted is not None:
            await _preflight(send, _preflight_headers(origin, wanted, asked.get(b"access-control-request-headers")))
            return
        await self._app(scope, receive, _with_headers(send, _actual_headers(origin)))


def _actual_headers(origin: bytes | None) -> _Headers:
    headers: _Headers = [(b"vary", b"Origin")]
    if origin is not None:
        headers += [(b"access-control-allow-origin", origin), (b"access-control-allow-credentials", b"true")]
    return headers


def _preflight_headers(origin: bytes | None, method: bytes, names: bytes | None) -> _Headers:
    headers: _Headers = [
        (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]
    if origin is None or method.upper() not in _METHODS:
        return headers
    headers += [(b"access-control-allow-origin", origin), (b"access-control-allow-methods", method.upper())]
    if names:
        headers.append((b"access-control-allow-headers", names))
    return [*headers, (b"access-control-allow-credentials", b"true"), (b"access-control-max-age", b"900")]


async def _preflight(send: Send, headers: _Headers) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _with_headers(send: Send, headers: _Headers) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *headers]
        await send(message)

    return send_with_headers
