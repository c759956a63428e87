"""Revisions over HTTP: the history of the connections or of one, what differs between two, and the way back."""

from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policies import edits
from policies.document_diff import Difference, differences
from policies.edits import Document
from router.control.bodies import json_answer, read_body, wrong_field
from router.control.changing import CHANGING, PROBLEMS, Changed, Changing, Intent
from router.control.operation import Operation
from router.control.paging import COUNT, page_of
from router.control.problem_json import Refused
from router.control.reasons import Reason
from router.control.targets import Target, target_of
from router.runtime import Runtime
from router.store.connections import Change

_ALL = "/admin/v1/revisions"
_ONE = "/admin/v1/connections/{id}/revisions"
_CURRENT = "current"


class RollBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which revision to go back to, and why."""

    revision: str
    reason: Reason


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Changes, newest first."""

    current: str
    revisions: list[Change]
    next: str
    """`before` of the next page; empty on the last one."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two revisions."""

    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    differences: list[Difference]


class RevisionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A revision as it was kept; literal keys are in none."""

    revision: str
    document: dict[str, Any]


class RevisionsApi:
    """The endpoints."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._revisions = runtime.configuration.revisions
        self._changing = Changing(runtime)

    def operations(self) -> list[Operation]:
        """What this noun offers, for all connections together and for one."""
        page: dict[str, Any] = {"role": "viewer", "answer": History, "parameters": COUNT, "problems": (400,)}
        back: dict[str, Any] = {
            "role": "operator",
            "body": RollBack,
            "answer": Changed,
            "parameters": CHANGING,
            "problems": PROBLEMS,
        }
        return [
            Operation(f"GET {_ALL}", self.history, **page),
            Operation(f"GET {_ALL}/{{before}}..{{after}}", self.compare, role="viewer", answer=Compared),
            Operation(f"GET {_ALL}/{{revision}}", self.show, role="viewer", answer=RevisionDocument),
            Operation(f"GET {_ONE}", self.history_of, **page),
            Operation(f"GET {_ONE}/{{before}}..{{after}}", self.compare_one, role="viewer", answer=Compared),
            Operation("POST /admin/v1/rollback", self.roll_back_all, **back),
            Operation("POST /admin/v1/connections/{id}/rollback", self.roll_back, **back),
        ]

    async def history(self, request: Request) -> Response:
        """Every change of the connections."""
        page = page_of(request)
        changes = await self._revisions.history(count=page.count, before=page.before)
        return await self._history(changes, last=changes[-1].id if len(changes) == page.count else "")

    async def history_of(self, request: Request) -> Response:
        """The changes that concern one connection."""
        target, page = await target_of(request, self._runtime), page_of(request)
        changes = await self._revisions.history(count=page.count, before=page.before)
        concerned = [change for change in changes if await self._concerns(change, target)]
        return await self._history(concerned, last=changes[-1].id if len(changes) == page.count else "")

    async def show(self, request: Request) -> Response:
        """One revision, whole."""
        name = await self._name(request.path_params["revision"])
        return json_answer(RevisionDocument(revision=name, document=dict(await self._document(name))))

    async def compare(self, request: Request) -> Response:
        """Every value that differs between two revisions; `current` stands for the one in force."""
        return json_answer(await self._compared(request))

    async def compare_one(self, request: Request) -> Response:
        """The same, as far as it concerns one connection."""
        target = await target_of(request, self._runtime)
        compared = await self._compared(request)
        concerned = [item for item in compared.differences if target.covers(item.pointer)]
        return json_answer(msgspec.structs.replace(compared, differences=concerned))

    async def roll_back(self, request: Request) -> Response:
        """Put a connection (its source, its destination, and whether they are joined) back to what it was in a revision.

        Under the id of a destination, the destination alone. A new change with the old content: the history goes on.
        """
        asked = await read_body(request, RollBack)
        target = await target_of(request, self._runtime)
        earlier = await self._earlier(asked)
        intent = Intent(
            action="connection.rollback",
            target=target.id,
            reason=asked.reason,
            edit=lambda document: _restored(document, earlier, target),
        )
        return await self._changing.answer(request, intent)

    async def roll_back_all(self, request: Request) -> Response:
        """Put every connection back to what it was in a revision."""
        asked = await read_body(request, RollBack)
        earlier = await self._earlier(asked)
        intent = Intent(
            action="connections.rollback", target="connections", reason=asked.reason, edit=lambda _: earlier
        )
        return await self._changing.answer(request, intent)

    async def _history(self, changes: Iterable[Change], *, last: str) -> Response:
        current = await self._revisions.current()
        return json_answer(History(current=current, revisions=list(changes), next=last), etag=current)

    async def _concerns(self, change: Change, target: Target) -> bool:
        before = await self._revisions.document(change.parent) if change.parent else None
        after = await self._revisions.document(change.revision)
        if before is None or after is None:
            return True
        return any(target.covers(item.pointer) for item in differences(before, after))

    async def _compared(self, request: Request) -> Compared:
        before, after = [await self._name(request.path_params[end]) for end in ("before", "after")]
        found = differences(await self._document(before), await self._document(after))
        return Compared(before=before, after=after, differences=found)

    async def _name(self, name: str) -> str:
        return await self._revisions.current() if name == _CURRENT else name

    async def _document(self, name: str) -> Document:
        document = await self._revisions.document(name)
        if document is None:
            raise Refused(404, "no such revision", f"there is no revision `{name}`")
        return document

    async def _earlier(self, asked: RollBack) -> Document:
        document = await self._revisions.document(asked.revision)
        if document is None:
            raise wrong_field("/revision", f"there is no revision `{asked.revision}`")
        return document


def _restored(document: Document, earlier: Document, target: Target) -> Document:
    if target.is_one:
        (connection,) = target.connections
        return edits.restore(document, earlier, source=connection.source.id, destination=connection.destination.id)
    entry = edits.find(earlier, "destinations", target.id)
    if entry is None:
        raise wrong_field("/revision", f"that revision has no destination `{target.id}`")
    return edits.put(document, "destinations", entry)
