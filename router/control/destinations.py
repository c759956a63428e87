"""Pause and resume a destination: its events are accepted and queue up, nothing is sent. (Disabling blocks them instead.)"""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.control.problem_json import problem
from router.runtime import Runtime

log = structlog.get_logger()


class DestinationsApi:
    """`/admin/v1/destinations/{id}/…`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def pause(self, request: Request) -> Response:
        """Hold its queues; what is in flight ends."""
        return await self._change(request, paused=True)

    async def resume(self, request: Request) -> Response:
        """Deliver again."""
        return await self._change(request, paused=False)

    async def _change(self, request: Request, *, paused: bool) -> Response:
        name = request.path_params["id"]
        if name not in {destination.id for destination in self._runtime.table.workspace.destinations}:
            return problem(404, "no such destination", f"there is no destination `{name}`")
        store = self._runtime.store
        await (store.pause(name) if paused else store.resume(name))
        log.info("destination paused" if paused else "destination resumed", destination=name)
        self._runtime.wake()
        return JSONResponse({"destination": name, "paused": paused})
