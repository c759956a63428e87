"""How a change of the connections is made: edit, judge, compare, and commit only if nobody was faster.

Everything that changes a connection comes through here, so that each change is one revision, one entry in the audit log,
guarded by If-Match, and can be tried first with `dry_run=true`.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from policies.connection import Connection, Destination, Workspace, as_document
from policies.document_diff import Difference, differences
from policies.edits import Document, by_id, find
from policies.lint.finding import Finding
from policies.lint.rules import lint
from policies.matrix import Changes, changes
from policies.problems import Invalid, Problem
from policies.unread_secrets import unread_secrets
from policies.workspace import parse_workspace
from router.config.connections import missing_secrets
from router.control.bodies import json_answer
from router.control.caller import caller_of
from router.control.operation import Parameter
from router.control.problem_json import Refused, field_errors
from router.runtime import Runtime
from router.simulation.plan.planning import plan
from router.simulation.plan.report import Plan
from router.store.audit import Act
from router.store.connections import Moved

Edit = Callable[[Document], Document]
_MOST_TRIES = 5

log = structlog.get_logger()


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller wants: the act for the audit log, and the edit."""

    action: str
    target: str
    reason: str
    edit: Edit
    body: Mapping[str, str] = {}
    """Where what the edit writes stands in the body: pointer into the document, by ids → pointer into the body."""
    traffic: Sequence[msgspec.Raw] = ()
    """Events to try a dry run on: envelopes or bare messages."""
    whole: str = ""
    """Where the body holds the document as a whole: its pointer; problems are pointed to by number then."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What a change does, or did."""

    action: str
    target: str
    dry_run: bool
    changed: bool
    """False: the connections say that already, and no revision was made."""
    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    revision: str
    """The revision that is in force now."""
    affects: list[str]
    """Connections whose config, source or state differs."""
    differences: list[Difference]
    note: str
    left_behind: dict[str, int] = {}
    """Destinations that the change takes away (`force`) → units queued for them: they wait until the destination is back."""
    findings: list[Finding] = []
    """What lint finds in the connections after the change and did not find before."""
    matrix: Changes | None = None
    """Of a dry run: what changes in the decision matrix, and which events would move path, be lost or doubled by it."""
    traffic: Plan | None = None
    """Of a dry run with traffic: what would have become of these events."""


class Changing:
    """Makes changes in one process; the others follow within a second."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def answer(self, request: Request, intent: Intent) -> Response:
        """Make the change that a request asks for, or only say what it would do; raises Refused."""
        changed = await self.make(request, intent)
        return json_answer(changed, etag=changed.revision)

    async def make(self, request: Request, intent: Intent) -> Changed:
        """The same, as data."""
        for _ in range(_MOST_TRIES):
            await self._runtime.refresh()
            before = self._runtime.table.workspace
            require_match(request, before.revision)
            after = self._judged(intent, before)
            left = await self._left_behind(before, after)
            if left and not is_forced(request):
                raise _leaves_behind(left)
            if is_dry_run(request):
                return msgspec.structs.replace(await asyncio.to_thread(_tried, intent, before, after), left_behind=left)
            if after.revision == before.revision:
                return _changed(intent, before, after, dry_run=False)
            try:
                await self._commit(request, intent, before, after)
            except Moved:
                continue  # the edit is made again, on what is current now; If-Match is looked at again too
            return msgspec.structs.replace(_changed(intent, before, after, dry_run=False), left_behind=left)
        raise Refused(409, "the connections change all the time", "others were faster five times; try again")

    async def _left_behind(self, before: Workspace, after: Workspace) -> dict[str, int]:
        """Units that are queued for the destinations that a change takes away: nothing would deliver them."""
        kept = {item.id for item in after.destinations}
        removed = {item.id for item in before.destinations} - kept
        if not removed:
            return {}
        left = (await self._runtime.store.account()).left_behind(kept)
        return {name: units for name, units in left.items() if name in removed}

    def _judged(self, intent: Intent, before: Workspace) -> Workspace:
        """The workspace that the edit makes, with this process's keys; raises Refused with everything that is wrong."""
        configuration = self._runtime.configuration
        document = intent.edit(as_document(before))
        try:
            after = parse_workspace(document)
        except Invalid as invalid:
            raise _invalid(invalid.problems, intent, document) from invalid
        literal = [_literal_key(item) for item in after.destinations if _is_literal(item)]
        literal += [_unread_secret(item, at) for item in after.destinations for at in _unread_secrets(item, document)]
        after = configuration.with_keys(after)
        missing = missing_secrets(after, configuration.environment)
        known = missing_secrets(before, configuration.environment)
        new = [problem for name, problem in missing.items() if name not in known]
        if literal or new:
            raise _invalid(literal or new, intent, document)
        return after

    async def _commit(self, request: Request, intent: Intent, before: Workspace, after: Workspace) -> None:
        caller = caller_of(request)
        act = Act(
            who=caller.name,
            role=caller.role,
            action=intent.action,
            target=intent.target,
            reason=intent.reason,
            request_id=caller.request_id,
            before=before.revision,
            after=after.revision,
        )
        await self._runtime.configuration.revisions.commit(after, act, expected=before.revision)
        log.info("connections changed by an operator", **_said(act))
        await self._runtime.refresh()


def require_match(request: Request, revision: str) -> None:
    """Raise Refused (412) when the request has If-Match and none of its lines names the revision in force; empty names none."""
    lines = request.headers.getlist("if-match")
    wanted = [tag.strip().removeprefix("W/").strip('"') for line in lines for tag in line.split(",")]
    if lines and wanted != ["*"] and revision not in wanted:
        detail = f"revision `{revision}` is in force; look at what has changed and decide again"
        raise Refused(412, "the connections have changed", detail, headers={"ETag": f'"{revision}"'})


def is_dry_run(request: Request) -> bool:
    """Whether only the consequences are asked for; raises Refused (400) for a word that is neither yes nor no."""
    return _is_asked_for(request, "dry_run")


def is_forced(request: Request) -> bool:
    """Whether destinations may go that have a backlog; raises Refused (400) for a word that is neither yes nor no."""
    return _is_asked_for(request, "force")


def _is_asked_for(request: Request, name: str) -> bool:
    word = request.query_params.get(name, "false").lower()
    if word not in ("true", "false", "1", "0"):
        raise Refused(400, f"{name} is true or false", f"`{word}` is neither")
    return word in ("true", "1")


def _leaves_behind(left: Mapping[str, int]) -> Refused:
    told = ", ".join(f"{units} units for `{name}`" for name, units in left.items())
    fix = "disable its connections and let its queue run empty first, or give force=true: they wait until it is back"
    return Refused(409, "a destination that would go has a backlog", f"queued: {told}; {fix}")


def connections_that_differ(before: Workspace, after: Workspace) -> list[str]:
    """Ids of the connections for which something differs: their state, their source, or the config as their source type has it."""
    old, new = (
        {item.id: _in_force(item, workspace) for item in workspace.connections} for workspace in (before, after)
    )
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


DRY_RUN = Parameter(name="dry_run", schema={"type": "boolean", "default": False}, description="Change nothing.")
IF_MATCH = Parameter(
    name="If-Match",
    place="header",
    schema={"type": "string"},
    description="Change only if this revision (an ETag) is in force.",
)
FORCE = Parameter(
    name="force",
    schema={"type": "boolean", "default": False},
    description="Take destinations away even if units are queued for them; these wait until the destination is back.",
)
CHANGING = (DRY_RUN, FORCE, IF_MATCH)
"""What every change of the connections reads."""
PROBLEMS = (400, 409, 412, 422)
"""What every change of the connections may answer."""


def _tried(intent: Intent, before: Workspace, after: Workspace) -> Changed:
    """A dry run; takes as long as it takes to decide every case, so it is no work for the event loop."""
    changed = _changed(intent, before, after, dry_run=True)
    lines = [bytes(event) for event in intent.traffic]
    return msgspec.structs.replace(
        changed, matrix=changes(before, after), traffic=plan(before, after, lines) if lines else None
    )


def _changed(intent: Intent, before: Workspace, after: Workspace, *, dry_run: bool) -> Changed:
    return Changed(
        action=intent.action,
        target=intent.target,
        dry_run=dry_run,
        changed=after.revision != before.revision,
        before=before.revision,
        after=after.revision,
        revision=before.revision if dry_run else after.revision,
        affects=connections_that_differ(before, after),
        differences=differences(as_document(before), as_document(after)),
        findings=_new_findings(before, after),
        note=_NOTES[dry_run] if after.revision != before.revision else "nothing to change: it is so already",
    )


def _new_findings(before: Workspace, after: Workspace) -> list[Finding]:
    known = _found(before)
    return [finding for finding in _found(after) if finding not in known]


def _found(workspace: Workspace) -> list[Finding]:
    """With pointers by ids, which are the same before and after."""
    document = as_document(workspace)
    return [msgspec.structs.replace(each, pointer=by_id(each.pointer, document)) for each in lint(workspace)]


_NOTES = {
    True: "nothing was changed",
    False: "in force in every process within a second; events accepted before keep the revision that decided them",
}


def _in_force(connection: Connection, workspace: Workspace) -> Any:
    source, destination = connection.source, connection.destination
    config = destination.config_for(source.type)
    source = msgspec.structs.replace(source, pointer="")
    return workspace.ruleset, connection.enabled, source, destination.enabled, destination.rest_api_key, config


def _said(act: Act) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(act).items() if value and name != "details"}


def _invalid(problems: Iterable[Problem], intent: Intent, document: Document) -> Refused:
    placed = [
        msgspec.structs.replace(problem, pointer=_in_body(problem.pointer, intent, document)) for problem in problems
    ]
    return Refused(422, "the connections would not be valid", errors=field_errors(placed))


def _in_body(at: str, intent: Intent, document: Document) -> str:
    """The pointer into the body for a pointer into the document; by ids alone where the body does not hold that part."""
    if intent.whole:
        return intent.whole + at
    at = by_id(at, document)
    inside = [start for start in intent.body if at == start or at.startswith(f"{start}/")]
    start = max(inside, key=len, default=None)
    return at if start is None else intent.body[start] + at[len(start) :]


def _is_literal(destination: Destination) -> bool:
    return destination.rest_api_key is not None and destination.rest_api_key.variable is None


def _unread_secrets(destination: Destination, document: Document) -> list[str]:
    """Pointers into its config as the edit wrote it; the destination itself does not have them any more."""
    return unread_secrets((find(document, "destinations", destination.id) or {}).get("config") or {})


def _unread_secret(destination: Destination, inside: str) -> Problem:
    return Problem(
        pointer=f"{destination.pointer}/config{inside}",
        message="the name of an unknown key sounds like a secret",
        fix="remove it; the REST key is `restApiKey: env.NAME`",
    )


def _literal_key(destination: Destination) -> Problem:
    return Problem(
        pointer=f"{destination.pointer}/config/restApiKey",
        message="a literal key would be kept in every revision",
        fix="write `env.NAME`, and set NAME where the router runs",
    )
