"""The ASGI application of one process: gateway, probes and admin API, with CORS around everything."""

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from router.control.admin import admin_routes
from router.gateway.cors import Cors
from router.gateway.events_api import EVENT_PATHS, EventsApi
from router.gateway.probes import Probes
from router.runtime import Runtime

log = structlog.get_logger()


def create_app(runtime: Runtime) -> ASGIApp:
    """Build the application."""
    routes: list[BaseRoute] = [*event_routes(runtime), *probe_routes(runtime), *admin_routes(runtime)]
    return Cors(Starlette(routes=routes, exception_handlers={Exception: unexpected}))


def event_routes(runtime: Runtime) -> list[BaseRoute]:
    """`/v1/*`."""
    api = EventsApi(runtime)
    endpoints = {name: api.single(name) for name in EVENT_PATHS} | {"batch": api.batch()}
    taking: list[BaseRoute] = [Route(f"/v1/{name}", endpoint, methods=["POST"]) for name, endpoint in endpoints.items()]
    others: list[BaseRoute] = [Route(f"/v1/{name}", api.wrong_method, methods=_NOT_POST) for name in endpoints]
    return [*taking, *others, Route("/v1/{path:path}", api.unknown_path, methods=["POST", *_NOT_POST])]


def probe_routes(runtime: Runtime) -> list[BaseRoute]:
    """Health and metrics."""
    probes = Probes(runtime)
    return [
        Route("/", probes.health, methods=["GET"]),
        Route("/health", probes.health, methods=["GET"]),
        Route("/ready", probes.ready, methods=["GET"]),
        Route("/version", probes.version, methods=["GET"]),
        Route("/metrics", probes.metrics, methods=["GET"]),
    ]


async def unexpected(request: Request, error: Exception) -> Response:
    """A defect of ours: logged with its traceback, answered without."""
    log.error("unexpected error", path=request.url.path, exc_info=error)
    return PlainTextResponse("internal error\n", status_code=500)


_NOT_POST = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
