"""Serving the simulator on a socket, so that faults can cut connections as a network would."""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from router.braze_simulator.wire import ABORT


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also lends the application its connection's emergency exit."""

    def on_message_begin(self) -> None:
        """Put the exit into the scope of the request that begins."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"abort": self.transport.abort}}


def server_config(app: Starlette, *, host: str = "127.0.0.1", port: int = 8081) -> uvicorn.Config:
    """How to serve a simulator: no access log (it would be one line per request), connections that can be cut."""
    return uvicorn.Config(app, host=host, port=port, http=CuttableProtocol, access_log=False, log_level="warning")
