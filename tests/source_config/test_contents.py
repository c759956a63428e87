"""The source config: what each SDK can decode, what it must not see, and that it says what the policy decides by."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from policies.capabilities import CAPABILITIES, MODES, SOURCE_TYPES, Mode, SourceType
from policies.connection import Source, Workspace, with_modes, with_source
from policies.facts import Facts
from policies.workspace import parse_workspace
from router.routing import routing_table
from router.source_config.contents import INCLUDE_KEYS, encode, source_config

STORED = {
    "dataCenter": "EU-01",
    "restApiKey": "planted-rest-key",
    "appKey": "app-default",
    "usePlatformSpecificApiKeys": True,
    "webApiKey": "app-web",
    "androidApiKey": "app-android",
    "iOSApiKey": "app-ios",
    "useNativeSDK": {"web": True, "ios": True},
    "connectionMode": {"web": "hybrid", "android": "device", "cloud": "cloud"},
    "trackAnonymousUser": {"web": True},
    "enableBrazeLogging": {"web": False},
    "supportDedup": True,
    "sendPurchaseEventWithExtraProperties": True,
    "useEcommerceRecommendedEvents": True,
    "eventFilteringOption": "blacklistedEvents",
    "blacklistedEvents": [{"eventName": "Debug Ping"}],
    "whitelistedEvents": [],
    "consentManagement": {
        "web": [{"provider": "custom", "resolutionStrategy": "or", "consents": [{"consent": "marketing"}]}]
    },
    "oneTrustCookieCategories": {"android": [{"oneTrustCookieCategory": "C0004"}]},
    "someFutureKey": "kept on the server",
}


def _workspace(*, destinations: int = 1, config: Mapping[str, Any] = STORED) -> Workspace:
    sources = [{"id": kind, "name": f"Shop {kind}", "type": kind, "write_key": f"wk-{kind}"} for kind in SOURCE_TYPES]
    names = [f"braze-{number}" for number in range(destinations)]
    return parse_workspace(
        {
            "version": 1,
            "sources": sources,
            "destinations": [{"id": name, "type": "BRAZE", "config": dict(config)} for name in names],
            "connections": [{"source": kind, "destination": name} for kind in SOURCE_TYPES for name in names],
        }
    )


def _document(workspace: Workspace, source: str) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(encode(source_config(routing_table(workspace).by_source[source])))
    return document


def _destinations(workspace: Workspace, source: str) -> list[dict[str, Any]]:
    destinations: list[dict[str, Any]] = _document(workspace, source)["source"]["destinations"]
    return destinations


class _Enabled(msgspec.Struct):
    enabled: bool


class _Stats(msgspec.Struct):
    errors: _Enabled
    metrics: _Enabled


class _SourceSettings(msgspec.Struct, rename="camel"):
    stats_collection: _Stats


class _Definition(msgspec.Struct, rename="camel"):
    name: str
    display_name: str


class _Destination(msgspec.Struct, rename="camel"):
    id: str
    name: str
    enabled: bool
    config: dict[str, Any]
    destination_definition_id: str
    destination_definition: _Definition
    updated_at: str
    should_apply_device_mode_transformation: bool
    propagate_events_untransformed_on_error: bool


class _Source(msgspec.Struct, rename="camel"):
    id: str
    name: str
    write_key: str
    enabled: bool
    workspace_id: str
    updated_at: str
    config: _SourceSettings
    destinations: list[_Destination]


class SwiftSourceConfig(msgspec.Struct):
    """What the Swift SDK decodes: not one field is optional. Kotlin, Android and JavaScript want less."""

    source: _Source


@pytest.mark.parametrize("source", SOURCE_TYPES)
def test_the_strictest_sdk_decodes_every_document(source: SourceType) -> None:
    document = encode(source_config(routing_table(_workspace()).by_source[source]))
    decoded = msgspec.json.decode(document, type=SwiftSourceConfig).source
    assert (decoded.id, decoded.name, decoded.write_key, decoded.enabled) == (
        source,
        f"Shop {source}",
        f"wk-{source}",
        True,
    )
    assert [item.destination_definition.display_name for item in decoded.destinations] in ([], ["Braze"])


@pytest.mark.parametrize("source", SOURCE_TYPES)
@pytest.mark.parametrize("mode", MODES)
def test_a_destination_is_there_exactly_when_the_mode_gives_the_device_something_to_do(
    source: SourceType, mode: Mode
) -> None:
    workspace = with_modes(_workspace(), {source: mode})
    seen = [item["config"]["connectionMode"] for item in _destinations(workspace, source)]
    assert seen == ([mode] if mode != "cloud" and mode in CAPABILITIES[source].modes else [])


def test_the_config_holds_the_included_keys_resolved_for_the_source_and_nothing_else() -> None:
    (destination,) = _destinations(_workspace(), "web")
    assert destination["config"] == {
        "connectionMode": "hybrid",
        "dataCenter": "EU-01",
        "appKey": "app-default",
        "usePlatformSpecificApiKeys": True,
        "webApiKey": "app-web",
        "androidApiKey": "app-android",
        "iOSApiKey": "app-ios",
        "supportDedup": True,
        "trackAnonymousUser": True,
        "enableBrazeLogging": False,
        "eventFilteringOption": "blacklistedEvents",
        "blacklistedEvents": [{"eventName": "Debug Ping"}],
        "whitelistedEvents": [],
        "consentManagement": STORED["consentManagement"]["web"],  # type: ignore[index]
    }


def test_a_value_that_is_stored_for_other_source_types_only_is_left_out() -> None:
    (destination,) = _destinations(_workspace(), "android")
    assert destination["config"]["oneTrustCookieCategories"] == [{"oneTrustCookieCategory": "C0004"}]
    assert not {"trackAnonymousUser", "enableBrazeLogging", "consentManagement"} & set(destination["config"])


def test_the_older_switch_becomes_device_mode_and_is_not_delivered_itself() -> None:
    (destination,) = _destinations(_workspace(), "ios")
    assert destination["config"]["connectionMode"] == "device"
    assert "useNativeSDK" not in destination["config"]


def test_support_dedup_is_there_even_where_it_is_not_set() -> None:
    """Kotlin and Swift cannot start Braze without it."""
    stored = {key: value for key, value in STORED.items() if key != "supportDedup"}
    (destination,) = _destinations(_workspace(config=stored), "android")
    assert destination["config"]["supportDedup"] is False


@pytest.mark.parametrize("source", SOURCE_TYPES)
@pytest.mark.parametrize("mode", MODES)
def test_no_document_holds_the_rest_key_or_a_key_that_is_not_included(source: SourceType, mode: Mode) -> None:
    workspace = with_modes(_workspace(), {source: mode})
    text = encode(source_config(routing_table(workspace).by_source[source])).decode()
    assert "planted-rest-key" not in text
    assert "kept on the server" not in text
    assert all(set(item["config"]) <= set(INCLUDE_KEYS) for item in _destinations(workspace, source))


def test_a_disabled_source_is_served_as_disabled_with_nothing_switched_on() -> None:
    workspace = _workspace()
    route = routing_table(_with_source_off(workspace, "web")).by_source["web"]
    source = source_config(route).source
    assert source.enabled is False
    assert [item.enabled for item in source.destinations] == [False]


def _with_source_off(workspace: Workspace, source_id: str) -> Workspace:
    off = [replace(source, enabled=source.id != source_id) for source in workspace.sources]
    sources = {source.id: source for source in off}
    connections = tuple(replace(each, source=sources[each.source.id]) for each in workspace.connections)
    return replace(workspace, sources=tuple(off), connections=connections)


def _with_connection_off(workspace: Workspace, destination_id: str) -> Workspace:
    connections = [replace(each, enabled=each.destination.id != destination_id) for each in workspace.connections]
    return replace(workspace, connections=tuple(connections))


def _with_destination_off(workspace: Workspace, destination_id: str) -> Workspace:
    connections = [
        replace(each, destination=replace(each.destination, enabled=each.destination.id != destination_id))
        for each in workspace.connections
    ]
    return replace(workspace, connections=tuple(connections))


@pytest.mark.parametrize("switch_off", [_with_connection_off, _with_destination_off])
def test_a_switched_off_connection_or_destination_is_off_for_the_sdk(switch_off: Any) -> None:
    (destination,) = _destinations(switch_off(_workspace(), "braze-0"), "web")
    assert destination["enabled"] is False


@pytest.mark.parametrize("off", ["braze-0", "braze-1"])
def test_beside_one_that_is_on_a_switched_off_destination_is_not_listed(off: str) -> None:
    """Kotlin takes the first Braze destination and legacy Android the last, on or off."""
    workspace = _with_connection_off(_workspace(destinations=2), off)
    assert [item["id"] for item in _destinations(workspace, "web")] == [
        {"braze-0": "braze-1", "braze-1": "braze-0"}[off]
    ]


def test_each_connection_is_listed_even_where_its_destination_is_not() -> None:
    document = _document(_workspace(), "cloud")["source"]
    assert document["destinations"] == []
    assert [item["id"] for item in document["connections"]] == ["cloud:braze-0"]


def test_a_braze_source_is_a_webhook_source() -> None:
    currents = Source(id="currents", type="cloud", write_key="wk-currents", definition="Braze")
    definition = _document(with_source(_workspace(), currents), "currents")["source"]["sourceDefinition"]
    assert (definition["name"], definition["category"], definition["type"]) == ("Braze", "webhook", "cloud")


def test_the_web_sdk_is_told_rudderstacks_consent_strategies() -> None:
    assert _document(_workspace(), "web")["consentManagementMetadata"] == {
        "providers": [
            {"provider": "oneTrust", "resolutionStrategy": "and"},
            {"provider": "ketch", "resolutionStrategy": "or"},
        ]
    }


def test_the_same_connections_give_the_same_bytes_and_another_mode_gives_others() -> None:
    first, second = (encode(source_config(routing_table(_workspace()).by_source["web"])) for _ in range(2))
    switched = with_modes(_workspace(), {"web": "device"})
    assert first == second
    assert encode(source_config(routing_table(switched).by_source["web"])) != first


@pytest.mark.parametrize("source", SOURCE_TYPES)
@pytest.mark.parametrize("mode", MODES)
def test_the_policy_delivers_on_the_device_only_what_the_sdk_was_given(source: SourceType, mode: Mode) -> None:
    workspace = with_modes(_workspace(), {source: mode})
    (policy,) = routing_table(workspace).by_source[source].policies
    auto = policy.decide(Facts(type="track", origin="auto", name="users.behaviors.app.SessionStart"))
    assert (auto.device.verdict == "deliver") == bool(_destinations(workspace, source))
