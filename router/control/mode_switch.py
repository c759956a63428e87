"""`POST /admin/v1/connections/{id}/modes`: another connection mode for some source types, in one safe call."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policies.capabilities import CAPABILITIES, SOURCE_TYPES, Mode, SourceType
from policies.connection import as_document, with_modes
from policies.edits import Document
from policies.problems import did_you_mean, pointer
from policies.workspace import parse_workspace
from router.control.bodies import read_body, wrong_field
from router.control.changing import CHANGING, PROBLEMS, Changed, Changing, Intent
from router.control.operation import Operation
from router.control.problem_json import FieldError, Refused
from router.control.reasons import Reason
from router.control.targets import target_of
from router.runtime import Runtime
from router.store.recordings import NoSuchRecording, Recordings

_MOST_BYTES = 16_000_000
"""Of a body with traffic; more is for `hybrid-router plan`."""
_MOST_EVENTS = 20_000
"""Of a recording that a dry run looks at."""


class ModeSwitch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`{"modes": {"web": "hybrid"}, "reason": "…"}`."""

    modes: Annotated[dict[str, str], msgspec.Meta(min_length=1)]
    """Source type → connection mode."""
    reason: Reason
    traffic: list[msgspec.Raw] = []
    """For a dry run: recorded events (envelopes or bare messages); the answer says what would become of them."""
    recording: str = ""
    """For a dry run: a recording (`POST /admin/v1/recordings`) to take events from, instead of or beside `traffic`."""


class ModeSwitchApi:
    """The endpoint."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._changing = Changing(runtime)

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        return [
            Operation(
                "POST /admin/v1/connections/{id}/modes",
                self.switch,
                role="operator",
                body=ModeSwitch,
                answer=Changed,
                parameters=CHANGING,
                problems=PROBLEMS,
            )
        ]

    async def switch(self, request: Request) -> Response:
        """Switch modes for source types of a connection's destination; a mode that a type does not support is refused.

        In force in every process within a second; `/sourceConfig` changes in the same revision; events accepted before
        keep the revision that decided them.
        """
        asked = await read_body(request, ModeSwitch, limit=_MOST_BYTES)
        modes = supported(asked.modes)
        target = await target_of(request, self._runtime)
        name = target.destination.id
        intent = Intent(
            action="connection.modes",
            target=target.id,
            reason=asked.reason,
            traffic=[*asked.traffic, *await self._recorded(asked.recording)],
            edit=lambda document: _switched(document, name, modes),
            body={f"/destinations/{name}/config/connectionMode": "/modes"},
        )
        return await self._changing.answer(request, intent)

    async def _recorded(self, recording: str) -> list[msgspec.Raw]:
        if not recording:
            return []
        recordings = Recordings(self._runtime.store)
        try:
            await recordings.show(recording)
        except NoSuchRecording as error:
            raise wrong_field("/recording", str(error)) from error
        return [sample.envelope for sample in await recordings.events(recording, after="", count=_MOST_EVENTS)]


def supported(modes: Mapping[str, str]) -> dict[SourceType, Mode]:
    """The modes as they may be set; raises Refused (422) naming what is allowed for each type that asks for something else."""
    found: dict[SourceType, Mode] = {}
    errors: list[FieldError] = []
    for source_type, mode in modes.items():
        if source_type not in SOURCE_TYPES:
            hint = did_you_mean(source_type, SOURCE_TYPES)
            errors.append(
                FieldError(pointer=f"/modes{pointer(source_type)}", detail=f"`{source_type}` is no source type; {hint}")
            )
            continue
        allowed = CAPABILITIES[source_type].modes
        if mode not in allowed:
            detail = f"`{mode}` is not supported for {source_type}; allowed: {', '.join(allowed)}"
            errors.append(FieldError(pointer=f"/modes{pointer(source_type)}", detail=detail))
        else:
            found[source_type] = mode
    if errors:
        raise Refused(422, "a mode is not supported", "; ".join(error.detail for error in errors), errors=errors)
    return found


def _switched(document: Document, destination: str, modes: Mapping[SourceType, Mode]) -> Document:
    return as_document(with_modes(parse_workspace(document), modes, destination_id=destination))
