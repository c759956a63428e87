"""RudderStack's JSON configs: the server's `workspaceConfig` and an SDK's `sourceConfig`.

Both nest destinations in sources, with the config flattened for that source; ours keeps one stored config per destination.
Source: rudder-server, backend-config/types.go; rudder-sdk-js, configManager.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.capabilities import HYBRID_CLOUD_FILTER, SOURCE_TYPES
from policies.problems import pointer
from router.config.document import Document
from router.config.draft import Draft, Imported, Origin

_SOURCE_KEYS = frozenset(
    """id name writeKey enabled workspaceId destinations connections sourceDefinition sourceDefinitionId config createdBy
    createdAt updatedAt deleted transient secretVersion liveEventsConfig originalId internalSecret dataplanes
    dgSourceTrackingPlanConfig trackingPlan geoEnrichment eventSchemas isTest""".split()  # noqa: SIM905 - reads better
)
_DESTINATION_KEYS = frozenset(
    """id name enabled workspaceId revisionId isProcessorEnabled isConnectionEnabled originalId version config secretConfig
    transformations destinationDefinition destinationDefinitionId shouldApplyDeviceModeTransformation createdAt updatedAt
    propagateEventsUntransformedOnError deleted rootStorageEnabled liveEventsConfig""".split()  # noqa: SIM905
)
_WORKSPACE_KEYS = frozenset(
    """enableMetrics workspaceId updatedAt createdAt sources connections eventReplays libraries credentials accounts
    accountDefinitions settings flags""".split()  # noqa: SIM905
)
_DEFINITION_TYPES = {"javascript": "web", "ios_swift": "iosSwift", "android_kotlin": "androidKotlin"}
"""Source definition names that stand for another type, where a definition names no type."""


def read_workspace_config(documents: list[Document]) -> Imported:
    """`workspaceConfig`: every source with its destinations, and the `connections` map."""
    document = documents[0]
    draft, data = Draft(document), document.data
    draft.leftovers(data, _WORKSPACE_KEYS, (document, ""))
    if _blocked_events(data):
        draft.note((document, "/settings/eventBlocking"), "event blocking is out of scope")
    switches = {_link(item.get("sourceId"), item.get("destinationId")): item for item in _connections(data)}
    for number, source in enumerate(_objects(data.get("sources"))):
        _source(draft, source, (document, pointer("sources", number)), switches)
    return draft.finish()


def read_source_config(documents: list[Document]) -> Imported:
    """`sourceConfig`: one source with the destinations that its SDK learns of."""
    document = documents[0]
    draft, data = Draft(document), document.data
    draft.leftovers(data, {"source", "consentManagementMetadata"}, (document, ""))
    if data.get("consentManagementMetadata"):
        draft.note(
            (document, "/consentManagementMetadata"),
            "resolution strategies of the workspace are not part of a connection",
            "they are what `consent.resolution_strategy` means in `device-calls`",
        )
    source = data["source"]
    connections = _objects(source.get("connections"))
    switches = {_link(source.get("id"), item.get("destinationId")): item for item in connections}
    _source(draft, source, (document, "/source"), switches)
    return draft.finish()


def _source(draft: Draft, source: Mapping[str, Any], origin: Origin, switches: Mapping[str, Mapping[str, Any]]) -> None:
    draft.leftovers(source, _SOURCE_KEYS, origin)
    if source.get("deleted") is True:
        draft.note(origin, f"source `{source.get('id')}` is deleted and left out")
        return
    _source_notes(draft, source, origin)
    definition = _object(source.get("sourceDefinition"))
    source_type = _source_type(definition)
    draft.source(
        {
            "id": source.get("id"),
            "name": source.get("name"),
            "type": source_type,
            "write_key": source.get("writeKey"),
            "enabled": source.get("enabled"),
            "definition": definition.get("name"),
        },
        origin,
        {"type": "/sourceDefinition/type", "write_key": "/writeKey"},
    )
    for number, destination in enumerate(_objects(source.get("destinations"))):
        at = (origin[0], origin[1] + pointer("destinations", number))
        switch = switches.get(_link(source.get("id"), destination.get("id")), {})
        _destination(draft, destination, at, source_id=source.get("id"), source_type=source_type, switch=switch)


def _destination(
    draft: Draft,
    destination: Mapping[str, Any],
    origin: Origin,
    *,
    source_id: Any,
    source_type: str,
    switch: Mapping[str, Any],
) -> None:
    definition = _object(destination.get("destinationDefinition"))
    kind, destination_id = str(definition.get("name")), destination.get("id")
    if kind.upper() != "BRAZE" or not isinstance(destination_id, str):
        draft.note(origin, f"destination `{destination_id}` of type `{kind}` is out of scope and left out")
        return
    draft.leftovers(destination, _DESTINATION_KEYS, origin)
    _destination_notes(draft, destination, definition, origin, source_type=source_type)
    draft.destination(
        {"id": destination_id, "name": destination.get("name"), "type": "BRAZE", "enabled": destination.get("enabled")},
        origin,
        {},
    )
    config_at = (origin[0], f"{origin[1]}/config")
    draft.config(destination_id, _object(destination.get("config")), config_at, source_type)
    _mode(draft, destination, origin, source_type)
    enabled = switch.get("enabled", destination.get("isConnectionEnabled"))
    draft.connection({"source": source_id, "destination": destination_id, "enabled": enabled}, origin)


def _mode(draft: Draft, destination: Mapping[str, Any], origin: Origin, source_type: str) -> None:
    """`isProcessorEnabled` is the control plane's answer to "does the server deliver"; it must fit the connection mode."""
    delivers, at = destination.get("isProcessorEnabled"), (origin[0], f"{origin[1]}/isProcessorEnabled")
    mode = draft.stated(destination["id"], "connectionMode", source_type)
    if not isinstance(delivers, bool):
        return
    if mode is None and not draft.stated(destination["id"], "useNativeSDK", source_type):
        stated = "cloud" if delivers else "device"
        draft.setting(destination["id"], ("connectionMode", stated), at, source_type)
        draft.note(at, f"there is no connectionMode; isProcessorEnabled makes it `{stated}`")
    elif mode is not None and delivers is (mode == "device"):
        draft.note(
            at, f"isProcessorEnabled is {str(delivers).lower()}, but connectionMode `{mode}` says otherwise and counts"
        )


def _source_notes(draft: Draft, source: Mapping[str, Any], origin: Origin) -> None:
    for key in ("dgSourceTrackingPlanConfig", "trackingPlan"):
        plan = _object(source.get(key))
        if plan and not plan.get("deleted"):
            draft.note(
                (origin[0], origin[1] + pointer(key)),
                "tracking plans are out of scope: events are not checked against one",
            )
    if _object(source.get("geoEnrichment")).get("enabled") is True:
        draft.note((origin[0], f"{origin[1]}/geoEnrichment"), "geo enrichment is out of scope")


def _destination_notes(
    draft: Draft,
    destination: Mapping[str, Any],
    definition: Mapping[str, Any],
    origin: Origin,
    *,
    source_type: str,
) -> None:
    document, at = origin
    if destination.get("transformations"):
        draft.note(
            (document, f"{at}/transformations"), "user transformations are out of scope: events arrive untransformed"
        )
    if destination.get("shouldApplyDeviceModeTransformation") is True:
        draft.note(
            (document, f"{at}/shouldApplyDeviceModeTransformation"), "device mode transformations are out of scope"
        )
    _definition_notes(
        draft, _object(definition.get("config")), (document, f"{at}/destinationDefinition/config"), source_type
    )


def _definition_notes(draft: Draft, config: Mapping[str, Any], origin: Origin, source_type: str) -> None:
    document, at = origin
    if isinstance(config.get("supportedMessageTypes"), Mapping):
        draft.note(
            (document, f"{at}/supportedMessageTypes"),
            "the definition is not flattened: RudderStack's server would check neither message type nor hybrid filter",
            "this program uses its own table of what Braze supports",
        )
    stated = _object(_object(config.get("hybridModeCloudEventsFilter")).get(source_type)).get("messageType")
    ours = next((types for kind, types in HYBRID_CLOUD_FILTER.items() if kind == source_type), frozenset())
    if isinstance(stated, list) and set(map(str, stated)) != ours:
        where = (document, f"{at}/hybridModeCloudEventsFilter")
        draft.note(where, f"this program's hybrid filter for {source_type} is another one")


def _source_type(definition: Mapping[str, Any]) -> str:
    kind, name = definition.get("type"), str(definition.get("name", ""))
    if isinstance(kind, str) and kind:
        return kind
    known = {each.lower(): each for each in SOURCE_TYPES} | _DEFINITION_TYPES
    return known.get(name.lower(), "cloud" if name else "")


def _link(source_id: Any, destination_id: Any) -> str:
    return f"{source_id} → {destination_id}"


def _connections(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    connections = data.get("connections")
    yield from _objects(list(connections.values()) if isinstance(connections, Mapping) else connections)


def _blocked_events(data: Mapping[str, Any]) -> Any:
    return _object(_object(data.get("settings")).get("eventBlocking")).get("events")


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(items: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(items, list):
        yield from (item for item in items if isinstance(item, Mapping))
