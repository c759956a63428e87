"""Recordings over HTTP: order one, see how far it is, fetch its masked events, end it. For admins: lists may keep people's data."""

import math
import secrets
from typing import Annotated, Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from policies.problems import did_you_mean
from router.control.audit import write_down
from router.control.bodies import json_answer, read_body, wrong_field
from router.control.caller import caller_of
from router.control.operation import Operation, Parameter
from router.control.problem_json import Refused
from router.recording.masking import Masking
from router.recording.recording import LONGEST_SECONDS, MOST_EVENTS, Recording
from router.runtime import Runtime
from router.store.recordings import NoSuchRecording

_MOST_AT_ONCE = 1000
_MOST_OPEN = 10

log = structlog.get_logger()


class NewRecording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose events, how many, for how long at most, of which share of the devices, and how they are masked."""

    source: str
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_EVENTS)]
    within_seconds: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_SECONDS)]
    rate: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    masking: Masking = Masking()


class RecordingState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a recording is."""

    id: str
    source: str
    count: int
    rate: float
    masking: Masking
    ordered_by: str
    recorded: int
    skipped: int
    """Events that were too many at once, or too large."""
    seconds_left: float
    finished: bool


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One envelope, and its place in the recording."""

    id: str
    source: str
    message: Any


class RecordedEvents(msgspec.Struct, frozen=True, kw_only=True):
    """A page of envelopes, in the order of recording."""

    events: list[RecordedEvent]
    next: str
    """`after` of the next page; the same again while nothing more is recorded."""


class EndedRecording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording that takes nothing more and of which nothing is kept."""

    id: str
    removed: bool = True


_AFTER = Parameter(
    name="after",
    schema={"type": "string", "pattern": r"^(\d{1,15}-\d{1,15})?$"},
    description="Id of the last event seen.",
)


class RecordingsApi:
    """`/admin/v1/recordings`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._recordings = runtime.recordings

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        one = "/admin/v1/recordings/{id}"
        return [
            Operation(
                "POST /admin/v1/recordings",
                self.order,
                role="admin",
                body=NewRecording,
                answer=RecordingState,
                status=201,
                problems=(409,),
                examples={"a minute of the shop": {"source": "web-shop", "count": 1000, "within_seconds": 60}},
            ),
            Operation(f"GET {one}", self.show, role="admin", answer=RecordingState),
            Operation(
                f"GET {one}/events",
                self.events,
                role="admin",
                answer=RecordedEvents,
                problems=(400,),
                parameters=(_AFTER,),
            ),
            Operation(f"DELETE {one}", self.end, role="admin", answer=EndedRecording),
        ]

    async def order(self, request: Request) -> Response:
        """Begin to record: every process takes part within a second. Events are masked before they are written anywhere."""
        wanted = await read_body(request, NewRecording)
        sources = [source.id for source in self._runtime.table.workspace.sources]
        if wanted.source not in sources:
            raise wrong_field(
                "/source", f"there is no source `{wanted.source}`; {did_you_mean(wanted.source, sources)}"
            )
        now = self._runtime.clock()
        if len(await self._recordings.open(now=now)) >= _MOST_OPEN:
            raise Refused(409, "there are too many recordings", f"at most {_MOST_OPEN} at a time: end one, or wait")
        recording = Recording(
            id=secrets.token_hex(8),
            source=wanted.source,
            count=wanted.count,
            until=now + wanted.within_seconds,
            rate=wanted.rate,
            masking=wanted.masking,
            key=secrets.token_hex(32),
            ordered_by=caller_of(request).name,
        )
        await write_down(
            self._runtime.store, request, action="recording.order", target=f"{wanted.source} {recording.id}"
        )
        await self._recordings.order(recording)
        await self._runtime.recorder.refresh()
        log.info("recording ordered", id=recording.id, source=recording.source, by=recording.ordered_by)
        return json_answer(await self._state(recording), status=201)

    async def show(self, request: Request) -> Response:
        """How many events it has, and how long it goes on."""
        return json_answer(await self._state(await self._find(request)))

    async def events(self, request: Request) -> Response:
        """Its events so far, at most 1000 at a time; they can be fetched for an hour after the end."""
        recording, after = await self._find(request), request.query_params.get("after", "")
        head, _, tail = after.partition("-")
        if after and not (_is_number(head) and _is_number(tail)):
            raise Refused(400, "after is no id", "give the `next` of the page before")
        samples = await self._recordings.events(recording.id, after=after, count=_MOST_AT_ONCE)
        found = [_event(sample.id, sample.envelope) for sample in samples]
        return json_answer(RecordedEvents(events=found, next=samples[-1].id if samples else after))

    async def end(self, request: Request) -> Response:
        """Stop it and forget it, with the key of its hashes."""
        recording = await self._find(request)
        await write_down(
            self._runtime.store, request, action="recording.end", target=f"{recording.source} {recording.id}"
        )
        await self._recordings.remove(recording.id)
        return json_answer(EndedRecording(id=recording.id))

    async def _find(self, request: Request) -> Recording:
        try:
            return await self._recordings.show(request.path_params["id"])
        except NoSuchRecording as error:
            raise Refused(404, "no such recording", str(error)) from error

    async def _state(self, recording: Recording) -> RecordingState:
        left = max(0.0, recording.until - self._runtime.clock())
        recorded = await self._recordings.size(recording.id)
        return RecordingState(
            id=recording.id,
            source=recording.source,
            count=recording.count,
            rate=recording.rate,
            masking=recording.masking,
            ordered_by=recording.ordered_by,
            recorded=recorded,
            skipped=await self._recordings.skipped(recording.id),
            seconds_left=left,
            finished=recorded >= recording.count or math.isclose(left, 0),
        )


def _event(sample_id: str, envelope: msgspec.Raw) -> RecordedEvent:
    decoded = msgspec.json.decode(envelope)
    return RecordedEvent(id=sample_id, source=decoded["source"], message=decoded["message"])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15
