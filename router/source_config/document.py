"""The shape of a source config: the superset of what RudderStack's SDKs decode. No field is ever left out.

Swift and Kotlin refuse the whole document when one field is missing; legacy Android stops all events when `config` has no
`statsCollection` (rudder-sdk-android#429); JavaScript wants `source.id`, `source.config` and `source.destinations`.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

UNDATED = "1970-01-01T00:00:00.000Z"
"""A connection file has no dates, and SDKs only want a text there: none of them compares it."""


class Switch(msgspec.Struct, frozen=True):
    """Something on or off."""

    enabled: bool = False


class StatsCollection(msgspec.Struct, frozen=True):
    """Whether the SDK reports its own errors and metrics to RudderStack; never, here."""

    errors: Switch = Switch()
    metrics: Switch = Switch()


class SourceSettings(msgspec.Struct, frozen=True, rename="camel"):
    """`source.config`."""

    stats_collection: StatsCollection = StatsCollection()


class LiveEvents(
    msgspec.Struct, frozen=True, rename={"event_upload": "eventUpload", "event_upload_ts": "eventUploadTS"}
):
    """RudderStack's live view of events; off."""

    event_upload: bool = False
    event_upload_ts: int = 0


class SourceDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What kind of source this is."""

    id: str
    name: str
    display_name: str
    category: str | None
    type: str
    options: Mapping[str, str]


class DestinationDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Braze; `displayName` is what SDKs find their integration by."""

    name: Literal["BRAZE"] = "BRAZE"
    display_name: Literal["Braze"] = "Braze"
    updated_at: str = UNDATED


class DestinationEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One destination as the SDKs of a source see it."""

    id: str
    name: str
    enabled: bool
    config: Mapping[str, Any]
    destination_definition_id: str = "BRAZE"
    destination_definition: DestinationDefinition = DestinationDefinition()
    updated_at: str = UNDATED
    should_apply_device_mode_transformation: bool = False
    propagate_events_untransformed_on_error: bool = False


class ConnectionEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One connection of the source; no SDK reads it."""

    id: str
    source_id: str
    destination_id: str
    enabled: bool
    deleted: bool = False
    created_at: str = UNDATED
    updated_at: str = UNDATED


class SourceEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The source itself."""

    id: str
    name: str
    write_key: str
    enabled: bool
    source_definition_id: str
    source_definition: SourceDefinition
    connections: tuple[ConnectionEntry, ...]
    destinations: tuple[DestinationEntry, ...]
    workspace_id: str = "hybrid-router"
    transient: bool = False
    deleted: bool = False
    secret_version: int | None = None
    created_by: str = ""
    created_at: str = UNDATED
    updated_at: str = UNDATED
    config: SourceSettings = SourceSettings()
    live_events_config: LiveEvents = LiveEvents()


class Provider(msgspec.Struct, frozen=True, rename="camel"):
    """How the web SDK counts the consents of one consent management provider."""

    provider: str
    resolution_strategy: str


class ConsentManagementMetadata(msgspec.Struct, frozen=True):
    """RudderStack's own strategies; the web SDK counts any other provider as `and`."""

    providers: tuple[Provider, ...] = (Provider("oneTrust", "and"), Provider("ketch", "or"))


class SourceConfig(msgspec.Struct, frozen=True, rename="camel"):
    """What `/sourceConfig` answers."""

    source: SourceEntry
    consent_management_metadata: ConsentManagementMetadata = ConsentManagementMetadata()
