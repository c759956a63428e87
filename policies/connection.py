"""Sources, destinations and the connections between them, in RudderStack's own field names.

Built from plain data by `policies.workspace`; says nothing about files (`router.config` reads those).
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

import msgspec

from policies.capabilities import Mode, SourceType
from policies.problems import Problem
from policies.sdks import Sdk
from policies.secret import Secret

Ruleset = Literal["documented", "rudderstack"]
RULESETS: tuple[Ruleset, ...] = get_args(Ruleset)
EventFilteringOption = Literal["disable", "whitelistedEvents", "blacklistedEvents"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A place events come from; `type` is RudderStack's source definition type, the one authority on the platform."""

    id: str
    type: SourceType
    write_key: str = ""
    name: str = ""
    enabled: bool = True
    definition: str = ""
    """Source definition name (`Javascript`, `Braze` …) where the type alone does not tell."""
    sdk: str = ""
    """Id of the SDK that sends (`policies.sdks`), where it is not the default one of the source type."""
    pointer: str = ""


class BrazeSettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The Braze destination's config as one source type sees it: per-source-type maps already resolved."""

    connection_mode: Mode | None = None
    use_native_sdk: bool = msgspec.field(default=False, name="useNativeSDK")
    data_center: str = ""
    app_key: str = ""
    use_platform_specific_api_keys: bool = False
    android_api_key: str = ""
    ios_api_key: str = msgspec.field(default="", name="iOSApiKey")
    web_api_key: str = ""
    event_filtering_option: EventFilteringOption = "disable"
    whitelisted_events: list[Any] = msgspec.field(default_factory=list)
    blacklisted_events: list[Any] = msgspec.field(default_factory=list)
    track_anonymous_user: bool = False
    support_dedup: bool = False
    enable_subscription_group_in_group_call: bool = False
    enable_nested_array_operations: bool = False
    send_purchase_event_with_extra_properties: bool = False
    use_ecommerce_recommended_events: bool = False
    enable_braze_logging: bool = False
    enable_push_notification: bool = False
    allow_user_supplied_javascript: bool = False
    consent_management: list[Any] | None = None
    one_trust_cookie_categories: list[Any] = msgspec.field(default_factory=list)
    ketch_consent_purposes: list[Any] = msgspec.field(default_factory=list)

    @property
    def mode(self) -> Mode:
        """The connection mode; where it is not set, what the older switch `useNativeSDK` says."""
        return self.connection_mode or ("device" if self.use_native_sdk else "cloud")


ANY_SOURCE = "*"
"""Stands in a per-source-type map for every source type that it does not name (our extension)."""

PER_SOURCE_KEYS = frozenset(
    {
        "connectionMode",
        "useNativeSDK",
        "useNativeSDKToSend",
        "trackAnonymousUser",
        "enableBrazeLogging",
        "enablePushNotification",
        "allowUserSuppliedJavascript",
        "consentManagement",
        "oneTrustCookieCategories",
        "ketchConsentPurposes",
    }
)
"""Keys that RudderStack stores as a map from source type to value, and delivers as the value."""

CONFIG_KEYS = frozenset(field.encode_name for field in msgspec.structs.fields(BrazeSettings)) | {
    "restApiKey",
    "useNativeSDKToSend",
}
"""Braze config keys this program reads; others are reported, and kept unless they sound like secrets (`policies.unread_secrets`)."""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A Braze workspace that events go to. `config` is the stored form, less the secret `restApiKey`."""

    id: str
    config: Mapping[str, Any]
    rest_api_key: Secret | None = None
    name: str = ""
    type: str = "BRAZE"
    enabled: bool = True
    pointer: str = ""

    def config_for(self, source_type: SourceType) -> dict[str, Any]:
        """The config with every per-source-type map resolved for `source_type`, as SDKs and the transform read it."""
        return {
            key: resolved
            for key, value in self.config.items()
            if (resolved := _resolve(key, value, source_type)) is not None
        }

    def settings_for(self, source_type: SourceType) -> BrazeSettings:
        """Typed form of `config_for`; raises msgspec.ValidationError for a value of the wrong type."""
        return msgspec.convert(self.config_for(source_type), BrazeSettings)

    def mode_for(self, source_type: SourceType) -> Mode:
        """Connection mode of `source_type`."""
        return self.settings_for(source_type).mode


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A source joined to a destination."""

    source: Source
    destination: Destination
    enabled: bool = True
    pointer: str = ""

    @property
    def id(self) -> str:
        """Stable name of the connection."""
        return f"{self.source.id}:{self.destination.id}"


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one connection file says; `revision` is the hash of its content."""

    sources: tuple[Source, ...]
    destinations: tuple[Destination, ...]
    connections: tuple[Connection, ...]
    ruleset: Ruleset = "documented"
    revision: str = ""
    unknown: tuple[Problem, ...] = ()
    """Keys that mean nothing here; kept, without effect, and reported."""

    def connections_of(self, source_id: str) -> tuple[Connection, ...]:
        """The connections that leave a source, in file order."""
        return tuple(connection for connection in self.connections if connection.source.id == source_id)


def revised(workspace: Workspace) -> Workspace:
    """The same workspace, named by the hash of what it says. A literal key is left out: rotating one changes no decision."""
    digest = hashlib.sha256(msgspec.json.encode(as_document(workspace), order="deterministic")).hexdigest()
    return msgspec.structs.replace(workspace, revision=digest[:12])


def as_document(workspace: Workspace) -> dict[str, Any]:
    """The connection file that says the same, without secrets (`env.NAME` stays); `parse_workspace` reads it back."""
    return {
        "version": 1,
        "ruleset": workspace.ruleset,
        "sources": [
            {
                "id": item.id,
                "name": item.name,
                "type": item.type,
                "write_key": item.write_key,
                "enabled": item.enabled,
                "definition": item.definition,
                "sdk": item.sdk,
            }
            for item in workspace.sources
        ],
        "destinations": [
            {
                "id": item.id,
                "name": item.name,
                "type": item.type,
                "enabled": item.enabled,
                "config": {**item.config, **_reference(item.rest_api_key)},
            }
            for item in workspace.destinations
        ],
        "connections": [
            {"source": item.source.id, "destination": item.destination.id, "enabled": item.enabled}
            for item in workspace.connections
        ],
    }


def with_modes(
    workspace: Workspace, modes: Mapping[SourceType, Mode], *, destination_id: str | None = None
) -> Workspace:
    """The same workspace with the connection mode of some source types replaced, in one destination or in every one."""
    return with_destinations(
        workspace,
        [
            _destination_with_modes(item, modes) if destination_id in (None, item.id) else item
            for item in workspace.destinations
        ],
    )


def with_keys(workspace: Workspace, keys: Mapping[str, Secret]) -> Workspace:
    """The same workspace with the literal REST keys, by destination id, that a written-down one has lost."""
    return with_destinations(
        workspace,
        [
            msgspec.structs.replace(item, rest_api_key=item.rest_api_key or keys.get(item.id))
            for item in workspace.destinations
        ],
    )


def with_destinations(workspace: Workspace, destinations: Iterable[Destination]) -> Workspace:
    """The same workspace with these in place of its destinations of the same ids."""
    changed = {item.id: item for item in destinations}
    return revised(
        msgspec.structs.replace(
            workspace,
            destinations=tuple(changed.values()),
            connections=tuple(
                msgspec.structs.replace(connection, destination=changed[connection.destination.id])
                for connection in workspace.connections
            ),
        )
    )


def with_source(workspace: Workspace, source: Source) -> Workspace:
    """The same workspace with one more source, connected to every destination."""
    joined = tuple(Connection(source=source, destination=destination) for destination in workspace.destinations)
    extended = msgspec.structs.replace(
        workspace, sources=(*workspace.sources, source), connections=(*workspace.connections, *joined)
    )
    return revised(extended)


def _reference(key: Secret | None) -> dict[str, str]:
    return {"restApiKey": str(key)} if key is not None and key.variable is not None else {}


def with_sdk(workspace: Workspace, sdk: Sdk) -> Workspace:
    """The same workspace with every source of the SDK's type sending by it."""
    changed = {
        source.id: msgspec.structs.replace(source, sdk=sdk.id) if source.type == sdk.source_type else source
        for source in workspace.sources
    }
    connections = (
        msgspec.structs.replace(connection, source=changed[connection.source.id])
        for connection in workspace.connections
    )
    return revised(msgspec.structs.replace(workspace, sources=tuple(changed.values()), connections=tuple(connections)))


def _destination_with_modes(destination: Destination, modes: Mapping[SourceType, Mode]) -> Destination:
    stored = destination.config.get("connectionMode")
    by_source = stored if isinstance(stored, Mapping) else {} if stored is None else {ANY_SOURCE: stored}
    return msgspec.structs.replace(destination, config={**destination.config, "connectionMode": {**by_source, **modes}})


def _resolve(key: str, value: Any, source_type: SourceType) -> Any:
    if key in PER_SOURCE_KEYS and isinstance(value, Mapping):
        return value.get(source_type, value.get(ANY_SOURCE))
    return value
