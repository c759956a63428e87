"""Pause and resume a destination: its events are accepted and queue up, nothing is sent. (Disabling blocks them instead.)"""

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from router.control.audit import write_down
from router.control.bodies import json_answer
from router.control.operation import Operation
from router.control.problem_json import Refused
from router.control.reasons import Because, read_reason
from router.control.targets import workspace_in_force
from router.runtime import Runtime

log = structlog.get_logger()


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a destination is held now."""

    destination: str
    paused: bool
    queued: int
    """Units that wait for it now."""
    backlog: str
    """What happens to them."""


class DestinationsApi:
    """`/admin/v1/destinations/{id}/…`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        return [
            Operation(
                f"POST /admin/v1/destinations/{{id}}/{endpoint.__name__}",
                endpoint,
                role="operator",
                body=Because | None,
                answer=Paused,
            )
            for endpoint in (self.pause, self.resume)
        ]

    async def pause(self, request: Request) -> Response:
        """Hold its queues; what is in flight ends."""
        return await self._change(request, paused=True)

    async def resume(self, request: Request) -> Response:
        """Deliver again."""
        return await self._change(request, paused=False)

    async def _change(self, request: Request, *, paused: bool) -> Response:
        name, store = request.path_params["id"], self._runtime.store
        workspace = await workspace_in_force(self._runtime)
        if name not in {destination.id for destination in workspace.destinations}:
            raise Refused(404, "no such destination", f"there is no destination `{name}`")
        reason = await read_reason(request)
        action = "destination.pause" if paused else "destination.resume"
        await write_down(store, request, action=action, target=name, reason=reason)
        await (store.pause(name) if paused else store.resume(name))
        log.info("destination paused" if paused else "destination resumed", destination=name, reason=reason)
        self._runtime.wake()
        queued = (await store.account()).queued.get(name, 0)
        return json_answer(Paused(destination=name, paused=paused, queued=queued, backlog=_BACKLOG[paused]))


_BACKLOG = {
    True: "what is queued, and what is accepted from now on, waits until `resume`; what is in flight ends",
    False: "what waited is delivered now, in order, with the revisions that decided it",
}
