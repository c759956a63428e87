"""HTTP servers that leave signals to their owner, so that several run on one loop and stop in order."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from router.errors import ServiceUnreachable
from router.silent_clients import ListeningProtocol, close_silent


class HttpServer(uvicorn.Server):
    """A uvicorn server on a socket that is already bound; `read_seconds` is the patience with silent clients, 0 = endless."""

    def __init__(self, config: uvicorn.Config, *, read_seconds: float = 0.0) -> None:
        super().__init__(config)
        self._read_seconds = read_seconds
        self._listener = listen(config.host, config.port)

    def connections(self) -> int:
        """How many are open."""
        return len(self.server_state.connections)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the owner's business."""
        yield

    async def serve_until(self, stopping: asyncio.Event) -> None:
        """Serve until `stopping` is set, then let open requests end."""
        serving = asyncio.create_task(self.serve(sockets=[self._listener]))
        waiting = asyncio.create_task(stopping.wait())
        closing = asyncio.create_task(self._close_silent())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        self.should_exit = True
        waiting.cancel()
        await serving
        closing.cancel()

    async def _close_silent(self) -> None:
        if self._read_seconds > 0:
            await close_silent(lambda: self.server_state.connections, after=self._read_seconds)


def gateway_server(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    graceful_seconds: float,
    read_seconds: float,
    tls: ssl.SSLContext | None = None,
) -> HttpServer:
    """The router's own server, HTTPS with `tls`; raises ServiceUnreachable when the port is taken."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=ListeningProtocol,
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(graceful_seconds)),
        timeout_keep_alive=75,
        ssl_context_factory=(lambda config, default: tls) if tls else None,
    )
    return HttpServer(config, read_seconds=read_seconds)


def free_port() -> int:
    """A loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises ServiceUnreachable when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ServiceUnreachable(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error
    listener.listen(2048)
    listener.setblocking(False)
    return listener
