"""Which source a write key names, and the compiled policy of each connection that leaves it. Swapped as a whole."""

from collections.abc import Mapping

import msgspec

from policies.connection import Source, Workspace
from policies.decide import Policy
from policies.decide import compile as compile_policy


class Route(msgspec.Struct, frozen=True):
    """A source and the policies of its connections, in file order."""

    source: Source
    policies: tuple[Policy, ...]


class RoutingTable(msgspec.Struct, frozen=True):
    """All routes of one revision."""

    workspace: Workspace
    by_write_key: Mapping[str, Route]
    by_source: Mapping[str, Route]

    @property
    def revision(self) -> str:
        """The revision whose rules these are."""
        return self.workspace.revision


def routing_table(workspace: Workspace) -> RoutingTable:
    """Compile every connection of a workspace."""
    routes = {source.id: _route(source, workspace) for source in workspace.sources}
    keys = {route.source.write_key: route for route in routes.values() if route.source.write_key}
    return RoutingTable(workspace, keys, routes)


def _route(source: Source, workspace: Workspace) -> Route:
    connections = workspace.connections_of(source.id)
    return Route(source, tuple(compile_policy(connection, workspace.ruleset) for connection in connections))
