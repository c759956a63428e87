"""Connections as the admin API shows them: with what is in force for their source type, and keys masked."""

from collections.abc import Iterable
from typing import Any

import msgspec

from policies.capabilities import CAPABILITIES, Mode
from policies.connection import Connection, Destination, Source, Workspace


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A source."""

    id: str
    name: str
    type: str
    write_key: str
    enabled: bool
    definition: str
    sdk: str


class DestinationView(msgspec.Struct, frozen=True, kw_only=True):
    """A destination in its stored form: per-source-type maps as they are, the REST key masked or by the name of its variable."""

    id: str
    name: str
    enabled: bool
    config: dict[str, Any]


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection."""

    id: str
    enabled: bool
    paused: bool
    """Its destination is held by an operator: events are accepted and queue up."""
    mode: Mode
    """The connection mode in force for the source's type."""
    supported_modes: list[Mode]
    source: SourceView
    destination: DestinationView


class ConnectionList(msgspec.Struct, frozen=True, kw_only=True):
    """All connections of the revision in force."""

    revision: str
    ruleset: str
    connections: list[ConnectionView]


def connection_list(workspace: Workspace, *, paused: Iterable[str]) -> ConnectionList:
    """Every connection, in the order of the document."""
    held = frozenset(paused)
    views = [
        connection_view(connection, paused=connection.destination.id in held) for connection in workspace.connections
    ]
    return ConnectionList(revision=workspace.revision, ruleset=workspace.ruleset, connections=views)


def connection_view(connection: Connection, *, paused: bool) -> ConnectionView:
    """One connection."""
    source, destination = connection.source, connection.destination
    return ConnectionView(
        id=connection.id,
        enabled=connection.enabled,
        paused=paused,
        mode=destination.mode_for(source.type),
        supported_modes=list(CAPABILITIES[source.type].modes),
        source=_source(source),
        destination=_destination(destination),
    )


def _source(source: Source) -> SourceView:
    return SourceView(
        id=source.id,
        name=source.name,
        type=source.type,
        write_key=source.write_key,
        enabled=source.enabled,
        definition=source.definition,
        sdk=source.sdk,
    )


def _destination(destination: Destination) -> DestinationView:
    key = destination.rest_api_key
    return DestinationView(
        id=destination.id,
        name=destination.name,
        enabled=destination.enabled,
        config={**destination.config, **({"restApiKey": str(key)} if key else {})},
    )
