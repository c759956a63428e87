"""Data regulations over HTTP, at `/v2/regulations` as RudderStack's API has them and at `/admin/v1/regulations`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from policies.problems import Invalid
from router.control.audit import write_down
from router.control.bodies import json_answer, read_body
from router.control.operation import Operation, Parameter
from router.control.problem_json import Refused, field_errors
from router.regulations.progress import Stage, Target
from router.regulations.regulation import Links, Regulation, RegulationRequest, RegulationType, regulation_of
from router.runtime import Runtime
from router.store.regulations import Kept, NoSuchRegulation, TooManySuppressed
from router.timestamps import format_time

PATHS = ("/v2/regulations", "/admin/v1/regulations")
_MOST = 100
_LONGEST_CURSOR = 100
_State = Literal["pending", "done", "failed"]

log = structlog.get_logger()


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """A regulation that is in force from now on."""

    id: str
    users: int
    message: str = "Created"


class RegulationSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A regulation without its users."""

    id: str
    regulation_type: RegulationType
    source_ids: tuple[str, ...]
    destination_ids: tuple[str, ...]
    user_count: int
    created_at: str
    cancelled_at: str | None
    status: Literal["suppressed", "pending", "done", "failed", "cancelled"]
    """`suppressed`: in force, nothing to delete; `pending`, `done`, `failed`: the deletion."""


class RegulationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Regulations, newest first."""

    regulations: list[RegulationSummary]
    after_cursor: str | None
    """Asks for the next page; null = there is none."""


class UserDeletion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where one user stands at one destination."""

    user_id: str
    status: _State
    reason: str | None
    """Why Braze does not delete the user, in its words."""


class DestinationDeletion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The deletion at one destination."""

    destination: str
    status: _State
    stage: Stage
    sweep: int
    reason: str | None
    """Why it does not go on, where it does not."""
    requests: int
    discarded_dead_letters: int
    started_at: str | None
    changed_at: str | None
    users: list[UserDeletion]


class UserName(msgspec.Struct, frozen=True, rename="camel"):
    """A user of a regulation."""

    user_id: str


class RegulationDetails(RegulationSummary, frozen=True, kw_only=True, rename="camel"):
    """A regulation with its users, and how far their deletion is."""

    users: list[UserName]
    deletions: list[DestinationDeletion]


class RegulationsApi:
    """Create, list, show, cancel."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._regulations = runtime.regulations
        self._watch = runtime.watch

    def operations(self) -> list[Operation]:
        """What this noun offers, on both of its paths."""
        return [operation for path in PATHS for operation in self._operations(path)]

    async def create(self, request: Request) -> Response:
        """Suppress users from now on, and delete them at Braze where that is asked for."""
        regulation, links = self._regulation(await read_body(request, RegulationRequest))
        await write_down(self._runtime.store, request, action="regulation.create", target=regulation.id)
        try:
            await self._regulations.create(regulation, links)
        except TooManySuppressed as error:
            raise Refused(409, "too many suppressed users", str(error)) from error
        await self._watch.refresh()
        _log("regulation.create", regulation)
        answer = json_answer(Created(id=regulation.id, users=len(regulation.user_ids)), status=201)
        answer.headers["Location"] = f"{request.url.path.rstrip('/')}/{regulation.id}"
        return answer

    async def newest(self, request: Request) -> Response:
        """Regulations, newest first, without their users; `after_cursor` of one answer asks for the next."""
        count, after = request.query_params.get("count", str(_MOST)), request.query_params.get("after_cursor", "")
        if not (count.isascii() and count.isdigit() and len(count) < 5 and 0 < int(count) <= _MOST):
            raise Refused(400, "count is out of range", f"a whole number from 1 to {_MOST}")
        if len(after) > _LONGEST_CURSOR:
            raise Refused(400, "no such cursor", "give the after_cursor of an earlier answer")
        kept = await self._regulations.newest(after=after, count=int(count))
        cursor = kept[-1].regulation.id if len(kept) == int(count) else None
        summaries = [RegulationSummary(**_summary(each)) for each in kept]
        return json_answer(RegulationPage(regulations=summaries, after_cursor=cursor))

    async def show(self, request: Request) -> Response:
        """One regulation, with where each user stands at each destination."""
        with _found():
            return json_answer(_details(await self._regulations.show(request.path_params["id"])))

    async def cancel(self, request: Request) -> Response:
        """Lift the suppression; a deletion that is under way stops where it is. Users deleted by then stay deleted."""
        with _found():
            kept = await self._regulations.show(request.path_params["id"])
        regulation = kept.regulation
        if not kept.cancelled_at:
            await write_down(self._runtime.store, request, action="regulation.cancel", target=regulation.id)
            await self._watch.refresh()
            unlinked = self._watch.suppressions.users_only_under(regulation.id)
            await self._regulations.cancel(regulation, at=format_time(self._runtime.now()), unlinked=unlinked)
            await self._watch.refresh()
            _log("regulation.cancel", regulation)
        return json_answer(_details(await self._regulations.show(regulation.id)))

    def _operations(self, path: str) -> list[Operation]:
        return [
            Operation(
                f"POST {path}",
                self.create,
                role="operator",
                body=RegulationRequest,
                answer=Created,
                status=201,
                problems=(409,),
            ),
            Operation(
                f"GET {path}",
                self.newest,
                role="viewer",
                answer=RegulationPage,
                problems=(400,),
                parameters=(_COUNT, _AFTER),
            ),
            Operation(f"GET {path}/{{id}}", self.show, role="viewer", answer=RegulationDetails),
            Operation(f"DELETE {path}/{{id}}", self.cancel, role="operator", answer=RegulationDetails),
        ]

    def _regulation(self, asked: RegulationRequest) -> tuple[Regulation, Links]:
        workspace = self._runtime.table.workspace
        try:
            return regulation_of(
                asked,
                sources={source.id for source in workspace.sources},
                destinations={destination.id for destination in workspace.destinations},
                id=self._runtime.new_id(),
                created_at=format_time(self._runtime.now()),
            )
        except Invalid as error:
            errors = field_errors(error.problems)
            raise Refused(422, "the body is not valid", str(error), errors=errors) from error


def _log(action: str, regulation: Regulation) -> None:
    """Without the users."""
    log.info(action, regulation=regulation.id, type=regulation.type, users=len(regulation.user_ids))


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except NoSuchRegulation as error:
        raise Refused(404, "no such regulation", str(error)) from error


def _summary(kept: Kept) -> dict[str, Any]:
    regulation = kept.regulation
    return {
        "id": regulation.id,
        "regulation_type": regulation.type,
        "source_ids": regulation.source_ids,
        "destination_ids": regulation.destination_ids,
        "user_count": len(regulation.user_ids),
        "created_at": regulation.created_at,
        "cancelled_at": kept.cancelled_at or None,
        "status": _status(kept),
    }


def _status(kept: Kept) -> str:
    if kept.cancelled_at:
        return "cancelled"
    if kept.deletion is None:
        return "suppressed"
    states = {target.status for target in kept.deletion.targets.values()}
    return next(state for state in ("pending", "failed", "done") if state in states)


def _details(kept: Kept) -> RegulationDetails:
    users = kept.regulation.user_ids
    targets = kept.deletion.targets.items() if kept.deletion else ()
    return RegulationDetails(
        **_summary(kept),
        users=[UserName(user) for user in users],
        deletions=[_deletion(destination, target, users) for destination, target in targets],
    )


def _deletion(destination: str, target: Target, users: tuple[str, ...]) -> DestinationDeletion:
    return DestinationDeletion(
        destination=destination,
        status=target.status,
        stage=target.stage,
        sweep=target.sweep,
        reason=target.reason or None,
        requests=target.attempts,
        discarded_dead_letters=target.discarded_letters,
        started_at=target.started_at or None,
        changed_at=target.changed_at or None,
        users=[
            UserDeletion(user_id=user, status=target.status_of(user), reason=target.failed.get(user)) for user in users
        ],
    )


_COUNT = Parameter(
    name="count",
    schema={"type": "integer", "minimum": 1, "maximum": _MOST, "default": _MOST},
    description="How many, at most.",
)
_AFTER = Parameter(
    name="after_cursor",
    schema={"type": "string", "maxLength": _LONGEST_CURSOR},
    description="The `after_cursor` of an earlier answer.",
)
