"""Who may look and steer: everybody on this machine, and whoever has the control token.

The REST key opens the REST API only. Without a token, /_sim answers to loopback clients alone, so that a simulator
bound to a public address does not show its users to the network.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from router.braze_simulator.workspace import Workspace


class Guard:
    """ASGI middleware in front of /_sim."""

    def __init__(self, app: ASGIApp, workspace: Workspace) -> None:
        self._app = app
        self._workspace = workspace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through or refuse it."""
        refusal = self._refusal(Request(scope))
        await (self._app if refusal is None else refusal)(scope, receive, send)

    def _refusal(self, request: Request) -> JSONResponse | None:
        token = self._workspace.config.control_token
        if token is not None:
            return None if _shown_token(request, token) else _unauthorized()
        if _is_local(request):
            return None
        return JSONResponse({"message": "set control_token to use /_sim from another machine"}, 403)


def _unauthorized() -> JSONResponse:
    return JSONResponse(
        {"message": "control token required"}, 401, headers={"WWW-Authenticate": 'Basic realm="Braze simulator"'}
    )


def _shown_token(request: Request, token: str) -> bool:
    """Whether the request carries the token, as a Bearer token or, for browsers, as a Basic password."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    return secrets.compare_digest(value.encode(), token.encode())


def _is_local(request: Request) -> bool:
    """Whether the client is on this machine; a client without an address is in this process."""
    if request.client is None:
        return True
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return request.client.host in {"localhost", "testclient", ""}
