"""`/admin/v1`: what operators see and do. One line per endpoint; each noun has a module of its own."""

import os

from starlette.routing import BaseRoute, Route

from router.control.dead_letters import DeadLettersApi
from router.control.destinations import DestinationsApi
from router.control.guard import Guard
from router.control.status import StatusApi
from router.control.what_if import WhatIfApi
from router.runtime import Runtime


def admin_routes(runtime: Runtime) -> list[BaseRoute]:
    """Routes under /admin/v1/."""
    guarded = Guard(runtime.settings.token, os.environ)
    status, what_if = StatusApi(runtime), WhatIfApi(runtime)
    letters, destinations = DeadLettersApi(runtime), DestinationsApi(runtime)
    return [
        Route("/admin/v1/status", guarded(status.show), methods=["GET"]),
        Route("/admin/v1/simulate", guarded(what_if.simulate), methods=["POST"]),
        Route("/admin/v1/dead-letters", guarded(letters.newest), methods=["GET"]),
        Route("/admin/v1/dead-letters/{id}", guarded(letters.show), methods=["GET"]),
        Route("/admin/v1/dead-letters/{id}/retry", guarded(letters.retry), methods=["POST"]),
        Route("/admin/v1/dead-letters/{id}/discard", guarded(letters.discard), methods=["POST"]),
        Route("/admin/v1/destinations/{id}/pause", guarded(destinations.pause), methods=["POST"]),
        Route("/admin/v1/destinations/{id}/resume", guarded(destinations.resume), methods=["POST"]),
    ]
