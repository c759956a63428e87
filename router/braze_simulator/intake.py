"""What an endpoint gets and what it gives back: the call in its workspace, and the answer with the accepted work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from router.braze_simulator.calls import Answer, Call, JsonObject, refusal
from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.faults.actions import PartialErrors
from router.braze_simulator.operations import Kind, Operation
from router.braze_simulator.workspace import Workspace

TOO_MANY_USERS = "The max number of external_ids and aliases per request was exceeded"
TOO_MANY_IDS = "The max number of ids per request was exceeded"


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One call at its endpoint. `config` may be narrower than the workspace's when a fault shrinks a
    limit; `partial` and `stale_seconds` are faults too."""

    workspace: Workspace
    call: Call
    config: SimulatorConfig
    partial: PartialErrors | None = None
    stale_seconds: float = 0.0

    def operation(self, kind: Kind, body: JsonObject, index: int) -> Operation:
        """An accepted object as work."""
        return Operation(
            kind=kind,
            body=body,
            request_id=self.call.id,
            seq=self.workspace.ids.next(),
            index=index,
            accepted_at=self.call.at,
            tag=self.call.tag,
        )

    def success(self, more: Mapping[str, Any] = MappingProxyType({}), *, status: int | None = None) -> Answer:
        """`{"message": "success"}` with counts and the like."""
        return Answer(status=status or self.config.success_status, body={"message": "success", **more})


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, the work that follows from it, and what became of each object (for /_sim/requests)."""

    answer: Answer
    operations: list[Operation] = []
    outcomes: list[dict[str, Any]] = []


def refused(status: int, message: str, **more: Any) -> Acceptance:
    """An answer that accepts nothing."""
    return Acceptance(answer=refusal(status, message, **more))


def with_errors(counts: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts, and `errors[]` where there are any."""
    return {**counts, "errors": errors} if errors else dict(counts)


def entry_error(array: str, index: int, message: str) -> dict[str, Any]:
    """One entry of `errors[]`."""
    return {"type": message, "input_array": array, "index": index}
