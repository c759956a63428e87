"""What the `{id}` of a connection call names: one connection (`<source id>:<destination id>`), or a destination with all of its own."""

import msgspec
from starlette.requests import Request

from policies.connection import Connection, Destination, Workspace
from policies.problems import did_you_mean
from router.control.problem_json import Refused
from router.runtime import Runtime


class Target(msgspec.Struct, frozen=True):
    """A destination, and the connections to it that are meant."""

    id: str
    destination: Destination
    connections: tuple[Connection, ...]

    @property
    def is_one(self) -> bool:
        """Whether a single connection was named."""
        return self.id != self.destination.id

    def covers(self, pointer: str) -> bool:
        """Whether a value of the connection document, pointed to by ids, concerns it."""
        parts = {("ruleset",), ("destinations", self.destination.id)}
        for connection in self.connections:
            parts |= {("sources", connection.source.id), ("connections", connection.id)}
        names = tuple(pointer.split("/")[1:3])
        return names in parts or names[:1] in parts


async def workspace_in_force(runtime: Runtime) -> Workspace:
    """The connections as the store has them now: also what another process made a moment ago, before this one has followed."""
    await runtime.refresh()
    return runtime.table.workspace


async def target_of(request: Request, runtime: Runtime) -> Target:
    """What the request's path names in the connections in force; raises Refused (404)."""
    return _target(request, await workspace_in_force(runtime))


def _target(request: Request, workspace: Workspace) -> Target:
    name = str(request.path_params["id"])
    for connection in workspace.connections:
        if connection.id == name:
            return Target(name, connection.destination, (connection,))
    for destination in workspace.destinations:
        if destination.id == name:
            own = tuple(item for item in workspace.connections if item.destination.id == name)
            return Target(name, destination, own)
    known = [*(item.id for item in workspace.connections), *(item.id for item in workspace.destinations)]
    raise Refused(
        404, "no such connection", f"there is no connection or destination `{name}`; {did_you_mean(name, known)}"
    )
