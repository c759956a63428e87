"""What the `{id}` of a connection call names: one connection (`<source id>:<destination id>`), or a destination with all of its own."""

import msgspec
from starlette.requests import Request

from policies.connection import Connection, Destination, Workspace
from policies.problems import did_you_mean
from router.control.problem_json import Refused


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


def target_of(request: Request, workspace: Workspace) -> Target:
    """What the request's path names; raises Refused (404)."""
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
