"""RudderStack's workspaceConfig and sourceConfig become connection files."""

import json
from typing import Any

import pytest

from policies.connection import Workspace
from router.config.connections import workspace_of
from router.config.document import parse_document
from router.config.draft import Imported
from router.config.rudderstack_json import read_source_config, read_workspace_config

BRAZE = {"name": "BRAZE", "displayName": "Braze"}


def destination(**parts: Any) -> dict[str, Any]:
    config = {
        "restApiKey": "k",
        "dataCenter": "US-01",
        "appKey": "a",
        "connectionMode": "hybrid",
        **parts.pop("config", {}),
    }
    return {"id": "d", "name": "Braze", "enabled": True, "destinationDefinition": BRAZE, "config": config, **parts}


def source(*destinations: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {
        "id": "s",
        "name": "Shop",
        "writeKey": "wk",
        "enabled": True,
        "sourceDefinition": {"name": "Javascript", "type": "web"},
        "destinations": list(destinations),
        **parts,
    }


def read(*sources: dict[str, Any], **more: Any) -> Imported:
    text = json.dumps({"sources": list(sources), **more}, indent=1)
    return read_workspace_config([parse_document(text, file="w.json")])


def notes(imported: Imported) -> dict[str, str]:
    return {note.pointer: note.message for note in imported.notes}


def workspace(imported: Imported) -> Workspace:
    return workspace_of(imported.document)


def test_a_source_with_its_destination_becomes_a_connection() -> None:
    found = workspace(read(source(destination())))
    (connection,) = found.connections
    assert (connection.source.id, connection.source.type, connection.source.definition) == ("s", "web", "Javascript")
    assert connection.source.write_key == "wk"
    assert connection.destination.mode_for("web") == "hybrid"
    assert connection.destination.rest_api_key is not None
    assert connection.enabled


def test_a_destination_of_several_sources_is_one_with_a_map_of_modes() -> None:
    android = source(
        destination(config={"connectionMode": "device"}),
        id="app",
        writeKey="wk2",
        sourceDefinition={"name": "Android", "type": "android"},
    )
    imported = read(source(destination()), android)
    (found,) = workspace(imported).destinations
    assert found.config["connectionMode"] == {"web": "hybrid", "android": "device"}
    assert imported.notes == ()


def test_a_config_in_stored_form_is_taken_as_it_is() -> None:
    imported = read(source(destination(config={"connectionMode": {"web": "device", "ios": "cloud"}})))
    assert workspace(imported).destinations[0].config["connectionMode"] == {"web": "device", "ios": "cloud"}


def test_two_values_for_one_key_are_reported_and_the_first_stays() -> None:
    second = source(destination(config={"dataCenter": "EU-01"}), id="s2", writeKey="wk2")
    imported = read(source(destination()), second)
    assert notes(imported)["/sources/1/destinations/0/config/dataCenter"].startswith("`dataCenter` has another value")
    assert workspace(imported).destinations[0].config["dataCenter"] == "US-01"


def test_unknown_braze_keys_are_kept() -> None:
    found = workspace(read(source(destination(config={"mystery": 1}))))
    assert found.destinations[0].config["mystery"] == 1
    assert [problem.pointer for problem in found.unknown] == ["/destinations/0/config/mystery"]


OUT_OF_SCOPE: list[tuple[dict[str, Any], str, str]] = [
    (source(destination(), trackingPlan={"id": "t"}), "/sources/0/trackingPlan", "tracking plans are out of scope"),
    (source(dgSourceTrackingPlanConfig={"version": 1}), "/sources/0/dgSourceTrackingPlanConfig", "tracking plans"),
    (source(geoEnrichment={"enabled": True}), "/sources/0/geoEnrichment", "geo enrichment is out of scope"),
    (source(deleted=True), "/sources/0", "source `s` is deleted and left out"),
    (source(shiny=1), "/sources/0/shiny", "unknown key `shiny` is not carried over"),
    (
        source(destination(transformations=[{"id": "t"}])),
        "/sources/0/destinations/0/transformations",
        "user transformations",
    ),
    (source(destination(shiny=1)), "/sources/0/destinations/0/shiny", "unknown key"),
    (
        source(destination(shouldApplyDeviceModeTransformation=True)),
        "/sources/0/destinations/0/shouldApplyDeviceModeTransformation",
        "device mode transformations",
    ),
    (
        source(destination(destinationDefinition={"name": "GA4"})),
        "/sources/0/destinations/0",
        "destination `d` of type `GA4` is out of scope",
    ),
    (
        source(destination(isProcessorEnabled=False)),
        "/sources/0/destinations/0/isProcessorEnabled",
        "isProcessorEnabled is false, but connectionMode `hybrid` says otherwise and counts",
    ),
    (
        source(destination(destinationDefinition={**BRAZE, "config": {"supportedMessageTypes": {"cloud": []}}})),
        "/sources/0/destinations/0/destinationDefinition/config/supportedMessageTypes",
        "the definition is not flattened",
    ),
    (
        source(
            destination(
                destinationDefinition={
                    **BRAZE,
                    "config": {"hybridModeCloudEventsFilter": {"web": {"messageType": ["track"]}}},
                }
            )
        ),
        "/sources/0/destinations/0/destinationDefinition/config/hybridModeCloudEventsFilter",
        "this program's hybrid filter for web is another one",
    ),
]


@pytest.mark.parametrize(("item", "at", "message"), OUT_OF_SCOPE)
def test_what_is_out_of_scope_or_contradicts_itself_is_reported(item: dict[str, Any], at: str, message: str) -> None:
    assert message in notes(read(item))[at]


SILENT: list[dict[str, Any]] = [
    source(destination(isProcessorEnabled=True)),
    source(destination(config={"connectionMode": "device"}, isProcessorEnabled=False)),
    source(dgSourceTrackingPlanConfig={"deleted": True}),
    source(destination(destinationDefinition={**BRAZE, "config": {"supportedMessageTypes": ["track"]}})),
    source(
        destination(
            destinationDefinition={
                **BRAZE,
                "config": {"hybridModeCloudEventsFilter": {"web": {"messageType": ["track", "page", "identify"]}}},
            }
        )
    ),
]


@pytest.mark.parametrize("item", SILENT)
def test_what_fits_is_not_reported(item: dict[str, Any]) -> None:
    assert read(item).notes == ()


@pytest.mark.parametrize(("delivers", "mode"), [(True, "cloud"), (False, "device")])
def test_where_no_mode_is_stated_the_control_planes_switch_tells_it(delivers: bool, mode: str) -> None:
    item = destination(isProcessorEnabled=delivers)
    del item["config"]["connectionMode"]
    imported = read(source(item))
    assert workspace(imported).destinations[0].mode_for("web") == mode
    assert f"makes it `{mode}`" in notes(imported)["/sources/0/destinations/0/isProcessorEnabled"]


def test_the_older_switch_is_a_mode_too() -> None:
    item = destination(config={"useNativeSDK": True}, isProcessorEnabled=False)
    del item["config"]["connectionMode"]
    imported = read(source(item))
    assert (workspace(imported).destinations[0].mode_for("web"), imported.notes) == ("device", ())


@pytest.mark.parametrize(
    ("definition", "source_type"),
    [
        ({"name": "Javascript"}, "web"),
        ({"name": "ios_swift"}, "iosSwift"),
        ({"name": "ReactNative"}, "reactnative"),
        ({"name": "Node"}, "cloud"),
        ({"name": "Braze", "type": "cloud"}, "cloud"),
    ],
)
def test_a_definition_without_type_is_known_by_its_name(definition: dict[str, Any], source_type: str) -> None:
    assert workspace(read(source(sourceDefinition=definition))).sources[0].type == source_type


def test_event_blocking_is_reported() -> None:
    imported = read(settings={"eventBlocking": {"events": {"track": ["X"]}}})
    assert notes(imported) == {"/settings/eventBlocking": "event blocking is out of scope"}


@pytest.mark.parametrize(
    ("nested", "connections", "enabled"),
    [
        ({}, {}, True),
        ({"isConnectionEnabled": False}, {}, False),
        ({"isConnectionEnabled": True}, {"c": {"sourceId": "s", "destinationId": "d", "enabled": False}}, False),
        ({}, {"c": {"sourceId": "other", "destinationId": "d", "enabled": False}}, True),
    ],
)
def test_a_connection_is_on_as_the_control_plane_says(nested: Any, connections: Any, enabled: bool) -> None:
    found = workspace(read(source(destination(**nested)), connections=connections))
    assert found.connections[0].enabled is enabled


def test_every_value_knows_its_place_in_the_file() -> None:
    document = read(source(destination(config={"whitelistedEvents": [{"eventName": "A"}]}))).document
    for at, text in {
        "/sources/0/write_key": '"writeKey": "wk"',
        "/sources/0/type": '"type": "web"',
        "/destinations/0/config/connectionMode/web": '"connectionMode": "hybrid"',
        "/destinations/0/config/whitelistedEvents/0/eventName": '"eventName": "A"',
    }.items():
        line, column = document.place(at)
        assert text in document.lines[line - 1]
        assert column > 1


def test_a_source_config_is_one_source_with_what_its_sdk_learns() -> None:
    item = source(destination(config={"restApiKey": None}), connections=[{"destinationId": "d", "enabled": False}])
    data = {"source": item, "consentManagementMetadata": {"providers": []}, "more": 1}
    imported = read_source_config([parse_document(json.dumps(data))])
    (connection,) = workspace(imported).connections
    assert (connection.source.id, connection.enabled, connection.destination.rest_api_key) == ("s", False, None)
    assert set(notes(imported)) == {"/consentManagementMetadata", "/more"}


def test_a_source_config_without_more_has_no_notes() -> None:
    assert read_source_config([parse_document(json.dumps({"source": source(destination())}))]).notes == ()
