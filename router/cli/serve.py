"""`hybrid-router serve`."""

import asyncio
import os
from typing import Any

import click

from router.cli.serving import settings_from, settings_options, stop_on_signals
from router.config.connections import read_connections, require_secrets
from router.config.settings import Settings


@click.command(
    epilog="Example: BRAZE_REST_KEY=… hybrid-router serve --connections connections.yaml --redis-url redis://127.0.0.1:6379"
)
@settings_options(
    "connections",
    "host",
    "port",
    "redis_url",
    "data_dir",
    "fsync",
    "partitions",
    "braze_url",
    "admin_token",
    "dedup_window_seconds",
    "max_body_bytes",
    "max_queued_events",
    "store_timeout_seconds",
    "shutdown_seconds",
    "track_batching",
    "log_format",
    "log_level",
)
def serve(settings_file: str | None, **flags: Any) -> None:
    """Gateway, admin API and delivery in one process, for production.

    Every flag is also an environment variable (HYBRID_ROUTER_PORT …) and a key of the settings file.
    """
    settings = settings_from(flags, settings_file)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    import structlog

    from router.http_server import gateway_server
    from router.logs import configure_logs
    from router.service import Service
    from router.store.embedded import EmbeddedValkey

    configure_logs(form=settings.log_format, level=settings.log_level)
    log = structlog.get_logger()
    workspace, document = read_connections(settings.connections)
    require_secrets(workspace, document, os.environ)
    for unknown in workspace.unknown:
        log.warning("unknown key in the connection file", problem=str(document.locate(unknown)))
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    valkey = None if settings.redis_url else EmbeddedValkey(settings.data_dir, fsync=settings.fsync)
    redis_url = valkey.start() if valkey else settings.redis_url
    try:
        service = Service(settings=settings, workspace=workspace, environment=os.environ, redis_url=redis_url)
        async with service:
            server = gateway_server(
                service.app, host=settings.host, port=settings.port, graceful_seconds=settings.shutdown_seconds
            )
            log.info("serving", url=f"http://{settings.host}:{settings.port}", revision=workspace.revision)
            await server.serve_until(stopping)
    finally:
        if valkey:
            valkey.stop()
