"""`/admin/v1/connections`: see, validate, make and change connections. Every change is a revision.

A connection is named `<source id>:<destination id>`. Modes, filter and consent live in the destination's config, so that a
change of them holds for every source of the types it names; the answer says which connections it affects.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policies import edits
from policies.edits import Document
from policies.lint.finding import Finding
from policies.lint.rules import lint
from policies.problems import Invalid
from policies.workspace import parse_workspace
from router.control.bodies import json_answer, read_body, wrong_field
from router.control.changing import CHANGING, PROBLEMS, Changed, Changing, Intent
from router.control.connection_views import ConnectionList, ConnectionView, connection_list, connection_view
from router.control.operation import Operation
from router.control.problem_json import Refused, field_errors
from router.control.reasons import Reason
from router.control.targets import target_of, workspace_in_force
from router.runtime import Runtime

_PATH = "/admin/v1/connections"
_MASK = "***"
_Data = dict[str, Any]


class NewConnection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connection to make, or to put in the place of one: source and destination whole, or the id of one that is there."""

    source: str | _Data
    destination: str | _Data
    reason: Reason
    enabled: bool = True


class ConnectionPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A merge patch (RFC 7396) of the destination's config: filter, consent, flags, modes."""

    config: _Data
    reason: Reason


class NewDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole connection document, as in a connection file."""

    document: _Data
    reason: Reason


class Validity(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection document that can be used would be, and what lint thinks of it."""

    valid: bool
    revision: str
    findings: list[Finding]


class ConnectionsApi:
    """The endpoints."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._changing = Changing(runtime)

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        change: dict[str, Any] = {"role": "admin", "answer": Changed, "parameters": CHANGING, "problems": PROBLEMS}
        return [
            Operation(f"GET {_PATH}", self.show_all, role="viewer", answer=ConnectionList),
            Operation(f"POST {_PATH}", self.create, body=NewConnection, status=201, other=(200,), **change),
            Operation(f"PUT {_PATH}", self.replace_all, body=NewDocument, **change),
            Operation(f"POST {_PATH}/validate", self.validate, role="viewer", body=dict[str, Any], answer=Validity),
            Operation(f"GET {_PATH}/{{id}}", self.show, role="viewer", answer=ConnectionView),
            Operation(f"PUT {_PATH}/{{id}}", self.replace, body=NewConnection, **change),
            Operation(f"PATCH {_PATH}/{{id}}", self.patch, body=ConnectionPatch, **change),
        ]

    async def show_all(self, request: Request) -> Response:
        """Every connection with the mode in force, keys masked. The ETag is the revision: give it back as If-Match."""
        workspace = await workspace_in_force(self._runtime)
        shown = connection_list(workspace, paused=await self._runtime.store.paused())
        return json_answer(shown, etag=workspace.revision)

    async def show(self, request: Request) -> Response:
        """One connection; under the id of a destination, the first of its own."""
        target = await target_of(request, self._runtime)
        if not target.connections:
            raise Refused(404, "no such connection", f"nothing is connected to `{target.id}`")
        paused = target.destination.id in await self._runtime.store.paused()
        return json_answer(connection_view(target.connections[0], paused=paused), etag=self._runtime.table.revision)

    async def validate(self, request: Request) -> Response:
        """Judge a connection document without changing anything: problems with pointers, or what lint finds."""
        try:
            workspace = parse_workspace(await read_body(request, _Data))
        except Invalid as invalid:
            raise Refused(422, "the connections are not valid", errors=field_errors(invalid.problems)) from invalid
        return json_answer(Validity(valid=True, revision=workspace.revision, findings=lint(workspace)))

    async def create(self, request: Request) -> Response:
        """Make a connection, with its source and destination where they are not there yet."""
        asked = await read_body(request, NewConnection)
        source, destination = _name(asked.source, "source"), _name(asked.destination, "destination")
        putting = _putting("connection.create", asked, source, destination)

        def edit(document: Document) -> Document:
            """Judged at each try, on what is current then: of several that make the same, one does."""
            if edits.find_link(document, source, destination):
                raise Refused(409, "the connection exists already", f"PUT {_PATH}/{source}:{destination} replaces it")
            _require_new(document, asked)
            return putting.edit(document)

        changed = await self._changing.make(request, msgspec.structs.replace(putting, edit=edit))
        return json_answer(changed, status=200 if changed.dry_run else 201, etag=changed.revision)

    async def replace(self, request: Request) -> Response:
        """Put source, destination and state of a connection in the place of what they are."""
        asked = await read_body(request, NewConnection)
        source, destination = _name(asked.source, "source"), _name(asked.destination, "destination")
        target = await target_of(request, self._runtime)
        if target.id != f"{source}:{destination}":
            raise wrong_field("/source", f"the body is about `{source}:{destination}`, the path about `{target.id}`")
        return await self._changing.answer(request, _putting("connection.replace", asked, source, destination))

    async def replace_all(self, request: Request) -> Response:
        """Put a whole connection document in the place of the one in force, as a changed connection file would."""
        asked = await read_body(request, NewDocument)
        intent = Intent(
            action="connections.replace",
            target="connections",
            reason=asked.reason,
            edit=lambda _: _unmasked(asked.document),
            whole="/document",
        )
        return await self._changing.answer(request, intent)

    async def patch(self, request: Request) -> Response:
        """Change single values of the destination's config: event filter, consent, flags."""
        asked = await read_body(request, ConnectionPatch)
        target = await target_of(request, self._runtime)
        name = target.destination.id
        intent = Intent(
            action="connection.config",
            target=target.id,
            reason=asked.reason,
            edit=lambda document: edits.patch_config(document, name, _unmasked_config(asked.config)),
            body={f"/destinations/{name}/config": "/config"},
        )
        return await self._changing.answer(request, intent)


def _putting(action: str, asked: NewConnection, source: str, destination: str) -> Intent:
    link = {"source": source, "destination": destination, "enabled": asked.enabled}

    def edit(document: Document) -> Document:
        if not isinstance(asked.source, str):
            document = edits.put(document, "sources", asked.source)
        if not isinstance(asked.destination, str):
            document = edits.put(document, "destinations", _unmasked_destination(asked.destination))
        return edits.put_link(document, link)

    return Intent(
        action=action,
        target=f"{source}:{destination}",
        reason=asked.reason,
        edit=edit,
        body={
            f"/sources/{source}": "/source",
            f"/destinations/{destination}": "/destination",
            f"/connections/{source}:{destination}": "",
        },
    )


def _name(end: str | _Data, field: str) -> str:
    name = end if isinstance(end, str) else end.get("id")
    if not isinstance(name, str) or not name:
        raise wrong_field(f"/{field}/id", f"the {field} needs an id that is a text")
    return name


def _require_new(document: Document, asked: NewConnection) -> None:
    """A source or destination that is given whole must not be there: creating must not change others' connections."""
    kinds: tuple[tuple[edits.Kind, str | _Data], ...] = (("sources", asked.source), ("destinations", asked.destination))
    for kind, end in kinds:
        if not isinstance(end, str) and edits.find(document, kind, end["id"]):
            raise Refused(409, f"the {kind[:-1]} exists already", f"name it by its id: `{end['id']}`")


def _unmasked(document: _Data) -> Document:
    """The document as it was shown, with masked keys left out: they stay what they are."""
    destinations = document.get("destinations")
    if not isinstance(destinations, list):
        return document
    return {**document, "destinations": [_unmasked_destination(item) for item in destinations]}


def _unmasked_destination(destination: Any) -> Any:
    config = destination.get("config") if isinstance(destination, Mapping) else None
    return {**destination, "config": _unmasked_config(config)} if isinstance(config, Mapping) else destination


def _unmasked_config(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if (key, value) != ("restApiKey", _MASK)}
