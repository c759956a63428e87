"""What would happen to one event, with the connections in force or as they might be: the JSON of `explain --json`, in a list."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policies.capabilities import SourceType
from policies.connection import Workspace
from router.control.bodies import decode_body, json_answer, read_bytes
from router.control.operation import Operation
from router.control.overlay import Overlay, laid_over
from router.control.problem_json import FieldError, Refused
from router.errors import InvalidJson, RouterError
from router.runtime import Runtime
from router.simulation.circumstances import Circumstances
from router.simulation.envelopes import Envelope, parse_envelope
from router.simulation.outcome import Outcome
from router.simulation.simulate import Simulation


class WhatIf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event under connections that are not in force."""

    event: msgspec.Raw
    """Envelope or bare message."""
    overlay: Overlay
    source_type: SourceType | None = None
    """Take a bare message as coming from a source of this type, connected to every destination."""


class WhatIfApi:
    """`/admin/v1/simulate`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """What this noun offers. It changes and sends nothing, so viewers may use it."""
        return [
            Operation(
                "POST /admin/v1/simulate",
                self.simulate,
                role="viewer",
                body=dict[str, Any],
                answer=list[Outcome],
                examples=_EXAMPLES,
            ),
        ]

    async def simulate(self, request: Request) -> Response:
        """Explain one event; sends nothing.

        The body is an envelope `{"source": …, "message": …}`, a bare message, or `{"event": …, "overlay": …}`: an envelope or
        bare message, and what should be different. An overlay may have `modes` (source type → mode), `config` (destination id →
        merge patch), `ruleset`, and `revision` (start from that one); `source_type` beside it is for a bare message. A body with
        the key `overlay` and no others than these three is one with an overlay.
        """
        asked = _asked(await read_bytes(request))
        workspace = await self._workspace(asked.overlay)
        try:
            envelope = parse_envelope(bytes(asked.event))
            simulation = Simulation(workspace, source_type=asked.source_type)
            if self._is_suppressed(simulation, envelope):
                circumstances = Circumstances(suppressed=True)
                simulation = Simulation(workspace, source_type=asked.source_type, circumstances=circumstances)
            outcomes = simulation.explain(envelope)
        except InvalidJson as error:
            raise Refused(400, "the body is no event", str(error)) from error
        except RouterError as error:
            raise Refused(422, "the event has no connection", str(error)) from error
        return json_answer(outcomes)

    def _is_suppressed(self, simulation: Simulation, envelope: Envelope) -> bool:
        """Whether a regulation that is in force now holds for the event."""
        suppressions = self._runtime.watch.suppressions
        if not suppressions:
            return False
        _, route, facts = simulation.classified(envelope)
        return suppressions.suppresses(facts.user_id, facts.anonymous_id, route.source.id)

    async def _workspace(self, overlay: Overlay) -> Workspace:
        if not overlay.revision:
            return laid_over(self._runtime.table.workspace, overlay)
        configuration = self._runtime.configuration
        if await configuration.revisions.document(overlay.revision) is None:
            error = FieldError(pointer="/overlay/revision", detail=f"there is no revision `{overlay.revision}`")
            raise Refused(422, "the overlay is not valid", error.detail, errors=[error])
        return laid_over(await configuration.workspace(overlay.revision), overlay)


def _asked(body: bytes) -> WhatIf:
    try:
        keys = set(msgspec.json.decode(body, type=dict[str, msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        keys = set()  # no object: said in the words for an event
    if "overlay" in keys and keys <= set(WhatIf.__struct_fields__):
        return decode_body(body, WhatIf)
    return WhatIf(event=msgspec.Raw(body), overlay=Overlay())


_EVENT = {"type": "track", "userId": "u-1", "event": "Order Completed", "properties": {"total": 12.5}}
_EXAMPLES = {
    "envelope": {"source": "web-shop", "message": _EVENT},
    "bare": _EVENT,
    "overlay": {"event": {"source": "web-shop", "message": _EVENT}, "overlay": {"modes": {"web": "device"}}},
}
