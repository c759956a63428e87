"""rudder-cli's YAML becomes a connection file."""

from typing import Any

import pytest

from policies.connection import Workspace
from router.config.connections import workspace_of
from router.config.document import parse_documents
from router.config.draft import Imported
from router.config.rudder_cli import read_rudder_cli

SOURCE = """
kind: event-stream-source
spec: {id: shop, name: Shop, type: javascript, enabled: true}
"""
CONNECTIONS = """
kind: event-stream-connections
spec:
  connections:
    - {id: c, source: "#event-stream-source:shop", destination: "#destination:braze", enabled: false}
"""
DESTINATION = """
kind: destination
spec:
  id: braze
  display_name: Braze EU
  type: braze
  config:
    data_center: EU-01
"""


def read(*documents: str) -> Imported:
    return read_rudder_cli(parse_documents("\n---\n".join(documents), file="project.yaml"))


def workspace(*documents: str) -> Workspace:
    return workspace_of(read(*documents).document)


def config_from(*lines: str) -> Any:
    return workspace(DESTINATION + "".join(f"    {line}\n" for line in lines)).destinations[0].config


def test_a_project_becomes_a_workspace() -> None:
    found = workspace(CONNECTIONS, DESTINATION, SOURCE)
    (connection,) = found.connections
    assert (connection.source.type, connection.source.name, connection.destination.name) == ("web", "Shop", "Braze EU")
    assert connection.enabled is False
    assert connection.source.definition == "javascript"


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("app_key: abc", "appKey", "abc"),
        ("support_dedup: true", "supportDedup", True),
        ("ios_api_key: abc", "iOSApiKey", "abc"),
        ("use_native_sdk: {android_kotlin: true}", "useNativeSDK", {"androidKotlin": True}),
        ("use_native_sdk: true", "useNativeSDK", True),
        ("track_anonymous_user: {web: true}", "trackAnonymousUser", {"web": True}),
        ("connection_mode: {javascript: hybrid, ios_swift: device}", "connectionMode", {"web": "hybrid", "iosSwift": "device"}),
        ("event_filtering: {whitelist: [A, {eventName: B}]}", "whitelistedEvents", [{"eventName": "A"}, {"eventName": "B"}]),
        ("event_filtering: {whitelist: [A]}", "eventFilteringOption", "whitelistedEvents"),
        ("event_filtering: {blacklist: []}", "eventFilteringOption", "blacklistedEvents"),
        (
            "consent_management: {web: [{provider: custom, resolution_strategy: or, consents: [m, {consent: n}]}]}",
            "consentManagement",
            {"web": [{"provider": "custom", "resolutionStrategy": "or", "consents": [{"consent": "m"}, {"consent": "n"}]}]},
        ),
        (
            "consent_management: {web: [odd, {provider: ketch}]}",
            "consentManagement",
            {"web": ["odd", {"provider": "ketch", "consents": None}]},
        ),
        ("mystery_setting: 1", "mysterySetting", 1),
    ],
)  # fmt: skip
def test_braze_keys_are_translated(line: str, key: str, value: Any) -> None:
    assert config_from(line)[key] == value


def test_a_consent_list_that_is_none_is_refused_where_it_stands() -> None:
    document = read(DESTINATION + "    consent_management: {web: none}\n").document
    assert document.data["destinations"][0]["config"]["consentManagement"] == {"web": "none"}


@pytest.mark.parametrize(
    ("stated", "variable"), [('"{{ .BRAZE_KEY }}"', "BRAZE_KEY"), ("env.OTHER", "OTHER"), ("plain", None)]
)
def test_variables_become_environment_references(stated: str, variable: str | None) -> None:
    key = workspace(DESTINATION + f"    rest_api_key: {stated}\n").destinations[0].rest_api_key
    assert key is not None
    assert key.variable == variable


@pytest.mark.parametrize(
    ("document", "at", "message"),
    [
        (SOURCE, "/spec", "rudder-cli files hold no write key for source `shop`"),
        (SOURCE.replace("javascript", "python"), "/spec/type", "source type `python` is taken for a server source"),
        (SOURCE.replace("enabled: true", "shiny: 1"), "/spec/shiny", "unknown key `shiny` is not carried over"),
        (
            SOURCE.replace("enabled: true", "governance: {validations: {tracking_plan: x}}"),
            "/spec/governance",
            "tracking plans are out of scope",
        ),
        (DESTINATION.replace("braze\n", "ga4\n", 2), "/spec", "is out of scope and left out"),
        (
            DESTINATION.replace("  config:", "  transformation: t\n  config:"),
            "/spec/transformation",
            "user transformations",
        ),
        (CONNECTIONS.replace("enabled: false", "config: {}"), "/spec/connections/0/config", "unknown key `config`"),
        ("kind: tracking-plan\nspec: {}", "/kind", "resources of kind `tracking-plan` are out of scope"),
        ("- not\n- a resource", "/kind", "resources of kind `None`"),
    ],
)
def test_what_is_not_carried_over_is_reported(document: str, at: str, message: str) -> None:
    assert [note.message for note in read(document).notes if note.pointer == at and message in note.message]


def test_connections_that_are_no_list_connect_nothing() -> None:
    assert workspace(SOURCE, "kind: event-stream-connections\nspec: {connections: none}").connections == ()


def test_a_reference_may_be_a_plain_id() -> None:
    plain = CONNECTIONS.replace("#event-stream-source:", "").replace("#destination:", "")
    assert workspace(SOURCE, DESTINATION, plain).connections[0].id == "shop:braze"


def test_places_lead_into_the_document_that_said_it() -> None:
    document = read(SOURCE, DESTINATION).document
    line, _ = document.place("/destinations/0/config/dataCenter")
    assert document.lines[line - 1].strip() == "data_center: EU-01"
