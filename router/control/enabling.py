"""Switch a connection or a destination off and on again. Off means: both paths are blocked (`…/disabled`); the answer says
what happens to the backlog."""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policies import edits
from policies.edits import Document
from router.control.bodies import json_answer, read_body
from router.control.changing import CHANGING, PROBLEMS, Changed, Changing, Intent
from router.control.operation import Operation
from router.control.reasons import Because
from router.control.targets import Target, target_of
from router.runtime import Runtime


class Enabled(Changed, frozen=True, kw_only=True):
    """A change that switches something off or on."""

    queued: int
    """Units that wait for the destination now."""
    backlog: str
    """What happens to them."""


class EnablingApi:
    """`/admin/v1/connections/{id}/enable` and `/disable`; under the id of a destination, the destination itself."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._changing = Changing(runtime)

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        return [
            Operation(
                f"POST /admin/v1/connections/{{id}}/{endpoint.__name__}",
                endpoint,
                role="operator",
                body=Because,
                answer=Enabled,
                parameters=CHANGING,
                problems=PROBLEMS,
            )
            for endpoint in (self.enable, self.disable)
        ]

    async def enable(self, request: Request) -> Response:
        """Switch on. What was blocked meanwhile stays blocked."""
        return await self._switch(request, enabled=True)

    async def disable(self, request: Request) -> Response:
        """Switch off: from now on events are blocked on both paths. To keep them instead, pause the destination."""
        return await self._switch(request, enabled=False)

    async def _switch(self, request: Request, *, enabled: bool) -> Response:
        asked = await read_body(request, Because)
        target = await target_of(request, self._runtime)
        what = "connection" if target.is_one else "destination"
        intent = Intent(
            action=f"{what}.{'enable' if enabled else 'disable'}",
            target=target.id,
            reason=asked.reason,
            edit=_edit(target, enabled=enabled),
        )
        changed = await self._changing.make(request, intent)
        account = await self._runtime.store.account()
        answer = Enabled(
            **msgspec.structs.asdict(changed),
            queued=account.queued.get(target.destination.id, 0),
            backlog=_BACKLOG[(what, enabled)],
        )
        return json_answer(answer, etag=changed.revision)


def _edit(target: Target, *, enabled: bool) -> Callable[[Document], Document]:
    if not target.is_one:
        return lambda document: edits.enable(document, "destinations", target.id, enabled=enabled)
    source = target.connections[0].source.id
    link = {"source": source, "destination": target.destination.id, "enabled": enabled}
    return lambda document: edits.put_link(document, link)


_BACKLOG = {
    ("connection", True): "what is queued is delivered as before",
    ("connection", False): "what is queued was decided before and is still delivered; pause the destination to hold it",
    ("destination", True): "what was held is delivered now, in order, with the revisions that decided it",
    ("destination", False): "what is queued is held until the destination is enabled again; nothing of it is lost",
}
