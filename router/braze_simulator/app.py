"""The application: the simulator's own pages and controls under /_sim, the REST host everywhere else."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route

from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.device.entry import sdk_entry
from router.braze_simulator.host import RestHost
from router.braze_simulator.inspection import control, reading
from router.braze_simulator.inspection.guard import Guard
from router.braze_simulator.inspection.page import page_route
from router.braze_simulator.inspection.seeding import seed
from router.braze_simulator.inspection.snapshot import show_snapshot
from router.braze_simulator.workspace import Workspace

READERS: Mapping[str, reading.Reader] = {
    "/health": reading.show_health,
    "/users": reading.show_users,
    "/users/{braze_id}": reading.show_user,
    "/requests": reading.show_requests,
    "/requests/{id}": reading.show_request,
    "/datapoints": reading.show_data_points,
    "/discards": reading.show_discards,
    "/events": reading.show_events,
    "/duplicates": reading.show_duplicates,
    "/order-violations": reading.show_order_violations,
    "/ratelimits": reading.show_rate_limits,
    "/subscriptions": reading.show_subscriptions,
    "/config": reading.show_config,
    "/faults": control.show_faults,
    "/snapshot": show_snapshot,
}
CHANGERS: Mapping[str, control.Changer] = {
    "/reset": control.reset,
    "/settle": control.settle_now,
    "/clock": control.move_clock,
    "/config": control.change_config,
    "/faults": control.add_faults,
    "/seed": seed,
    "/snapshot": control.replace_state,
}


_ANY_PAGE = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["POST"], allow_headers=["*"])
"""Web pages on other ports may write as devices do."""


def create_app(config: SimulatorConfig | None = None) -> Starlette:
    """A simulated Braze workspace as an ASGI application; `app.state.workspace` is its state, for use in process."""
    workspace = Workspace(config or SimulatorConfig())
    guard = Middleware(Guard, workspace=workspace)
    own = Mount("/_sim", routes=_own_routes(workspace), middleware=[guard])
    to_page = Route("/_sim", _to_page, methods=["GET"])
    app = Starlette(routes=[to_page, own, Mount("/", app=RestHost(workspace))])
    app.state.workspace = workspace
    return app


async def _to_page(_request: Request) -> RedirectResponse:
    return RedirectResponse("/_sim/")


def _own_routes(workspace: Workspace) -> list[Route]:
    remove_faults = reading.reading(control.remove_faults, workspace)
    return [
        page_route(workspace),
        Route("/sdk", sdk_entry(workspace), methods=["POST", "OPTIONS"], middleware=[_ANY_PAGE]),
        Route("/faults", remove_faults, methods=["DELETE"]),
        Route("/faults/{id}", remove_faults, methods=["DELETE"]),
        *(Route(path, reading.reading(read, workspace), methods=["GET"]) for path, read in READERS.items()),
        *(Route(path, control.changing(change, workspace), methods=["POST"]) for path, change in CHANGERS.items()),
    ]
