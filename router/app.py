"""The ASGI application of one process: gateway, source config, probes and admin API, with CORS around everything."""

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from router.control.admin import admin_routes
from router.gateway.answers import UNKNOWN_PATH, rejection
from router.gateway.capacity import Capacity
from router.gateway.cors import Cors
from router.gateway.events_api import EVENT_PATHS, EventsApi
from router.gateway.hot_paths import HotPaths
from router.gateway.pixel import PIXEL_TYPES, pixel_endpoint
from router.gateway.probes import Probes
from router.gateway.reception import Endpoint, Reception
from router.gateway.robots import robots
from router.gateway.webhook import webhook_endpoint
from router.runtime import Runtime
from router.source_config.api import source_config_routes

log = structlog.get_logger()


def create_app(runtime: Runtime) -> ASGIApp:
    """Build the application."""
    routes: list[BaseRoute] = [
        *event_routes(runtime),
        *source_config_routes(runtime),
        *probe_routes(runtime),
        *admin_routes(runtime),
    ]
    app = Starlette(routes=routes, exception_handlers={Exception: unexpected, 404: elsewhere})
    return Cors(Capacity(HotPaths(app, hot_endpoints(runtime)), runtime))


def hot_endpoints(runtime: Runtime) -> dict[tuple[str, str], Endpoint]:
    """The endpoints worth a short cut; they have their routes as well."""
    api = EventsApi(Reception(runtime))
    single = {("POST", f"/v1/{name}"): api.single(name) for name in EVENT_PATHS}
    return {("POST", "/v1/batch"): api.batch(), **single}


def create_probe_app(runtime: Runtime) -> ASGIApp:
    """The application of a process that only delivers: health and metrics."""
    return Starlette(routes=probe_routes(runtime), exception_handlers={Exception: unexpected})


def event_routes(runtime: Runtime) -> list[BaseRoute]:
    """Everything that takes events. Another method is a 405 and another path under /v1/ a 400, never a 404."""
    reception = Reception(runtime)
    api = EventsApi(reception)
    taking = [
        ("/v1/batch", api.batch(), ["POST"]),
        *[(f"/v1/{name}", api.single(name), ["POST"]) for name in EVENT_PATHS],
        ("/beacon/v1/batch", api.beacon(), ["POST"]),
        *[(f"/pixel/v1/{name}", pixel_endpoint(reception, name), ["GET"]) for name in PIXEL_TYPES],
        ("/v1/webhook", webhook_endpoint(reception), ["GET", "POST"]),
        ("/v1/import", api.imports(), ["POST"]),
    ]
    routes: list[BaseRoute] = []
    for path, endpoint, methods in taking:
        # The refusal stands first: a route for GET would answer HEAD too, and an image asked for by HEAD is no event.
        others = [method for method in _METHODS if method not in methods]
        routes += [Route(path, api.only(", ".join(methods)), methods=others), Route(path, endpoint, methods=methods)]
    return [*routes, Route("/v1/{path:path}", api.unknown_path, methods=_METHODS)]


def probe_routes(runtime: Runtime) -> list[BaseRoute]:
    """Health, metrics, and a word to crawlers."""
    probes = Probes(runtime)
    return [
        Route("/", probes.health, methods=["GET"]),
        Route("/health", probes.health, methods=["GET"]),
        Route("/ready", probes.ready, methods=["GET"]),
        Route("/version", probes.version, methods=["GET"]),
        Route("/metrics", probes.metrics, methods=["GET"]),
        Route("/robots.txt", robots, methods=["GET"]),
    ]


async def elsewhere(request: Request, error: Exception) -> Response:
    """No route has that path; a line break in it is nothing that a route's pattern matches."""
    if request.scope["path"].startswith("/v1/"):
        return rejection(UNKNOWN_PATH)
    return PlainTextResponse("Not Found", status_code=404)


async def unexpected(request: Request, error: Exception) -> Response:
    """A defect of ours: logged with its traceback, answered without."""
    log.error("unexpected error", path=request.url.path, exc_info=error)
    return PlainTextResponse("internal error\n", status_code=500)


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
