"""Which source a recorded message came through."""

from policies.capabilities import SourceType
from policies.connection import Source, Workspace, with_sdk, with_source
from policies.problems import did_you_mean
from policies.sdks import Sdk
from router.classify import platform_marks
from router.errors import RouterError
from router.events import Head
from router.routing import Route, RoutingTable, routing_table
from router.simulation.envelopes import Envelope


class NoSource(RouterError):
    """A recorded message names a source that the connection file does not have."""


class Sources:
    """Finds the route of each recorded message: its envelope's source, else the forced type, the only source, the marks."""

    def __init__(self, workspace: Workspace, forced: SourceType | None = None, sdk: Sdk | None = None) -> None:
        self._workspace = workspace = with_sdk(workspace, sdk) if sdk else workspace
        self._sdk = sdk
        self._forced = forced
        self._table: RoutingTable = routing_table(workspace)
        self._stand_ins: dict[SourceType, Route] = {}

    def route(self, envelope: Envelope, message: Head) -> Route:
        """The route of one message; raises NoSource for an unknown source id."""
        if envelope.source is not None:
            return self._named(envelope.source)
        if self._forced is not None:
            return self._stand_in(self._forced)
        sources = self._workspace.sources
        if len(sources) == 1:
            return self._table.by_source[sources[0].id]
        return self._by_marks(platform_marks(message) or "cloud")

    def same(self, source: Source) -> Route | None:
        """The route of the source that another workspace's `Sources` found; None where this one has no such source."""
        if source.id in self._table.by_source:
            return self._table.by_source[source.id]
        return self._stand_in(source.type) if source.id == _stand_in_id(source.type) else None

    def _named(self, source_id: str) -> Route:
        route = self._table.by_source.get(source_id)
        if route is None:
            raise NoSource(
                f"there is no source `{source_id}` in the connection file; {did_you_mean(source_id, self._table.by_source)}"
            )
        return route

    def _by_marks(self, source_type: SourceType) -> Route:
        for source in self._workspace.sources:
            if source.type == source_type:
                return self._table.by_source[source.id]
        return self._stand_in(source_type)

    def _stand_in(self, source_type: SourceType) -> Route:
        """A source of that type connected to every destination, for messages that belong to no source of the file."""
        if source_type not in self._stand_ins:
            sdk = self._sdk.id if self._sdk and self._sdk.source_type == source_type else ""
            source = Source(id=_stand_in_id(source_type), type=source_type, sdk=sdk)
            self._stand_ins[source_type] = routing_table(with_source(self._workspace, source)).by_source[source.id]
        return self._stand_ins[source_type]


def _stand_in_id(source_type: SourceType) -> str:
    return f"any-{source_type}"
