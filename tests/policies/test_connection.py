"""Workspaces as values: revisions, changed modes, added sources, secrets that do not show."""

from typing import Any

import msgspec
import pytest

from policies.connection import (
    Destination,
    Source,
    Workspace,
    as_document,
    revised,
    with_keys,
    with_modes,
    with_sdk,
    with_source,
)
from policies.data_centers import DATA_CENTERS, normal_data_center
from policies.sdks import SDKS
from policies.secret import Secret
from policies.terms import config_pointer, terms_of
from policies.workspace import parse_workspace


def workspace(**config: Any) -> Workspace:
    return parse_workspace(
        {
            "version": 1,
            "sources": [{"id": "shop", "type": "web"}, {"id": "app", "type": "android"}],
            "destinations": [{"id": "braze", "config": {"dataCenter": "EU-01", "restApiKey": "planted-key", **config}}],
            "connections": [{"source": "shop", "destination": "braze"}, {"source": "app", "destination": "braze"}],
        }
    )


def test_the_revision_names_the_content() -> None:
    assert workspace().revision == workspace().revision
    assert len(workspace().revision) == 12
    assert workspace().revision != workspace(supportDedup=True).revision


@pytest.mark.parametrize("field", ["type", "write_key", "enabled", "definition", "sdk"])
def test_whatever_of_a_source_decides_changes_the_revision(field: str) -> None:
    one = workspace()
    other: dict[str, Any] = {
        "type": "ios",
        "write_key": "x",
        "enabled": False,
        "definition": "Braze",
        "sdk": "web-v1.1",
    }
    source = msgspec.structs.replace(one.sources[0], **{field: other[field]})
    assert revised(msgspec.structs.replace(one, sources=(source, *one.sources[1:]))).revision != one.revision


@pytest.mark.parametrize(
    ("stored", "web", "android"),
    [
        ({"web": "cloud", "android": "cloud"}, "hybrid", "cloud"),
        ("device", "hybrid", "device"),
        (None, "hybrid", "cloud"),
    ],
)
def test_modes_are_replaced_for_the_named_source_types_alone(stored: Any, web: str, android: str) -> None:
    switched = with_modes(workspace(connectionMode=stored), {"web": "hybrid"})
    destination = switched.connections[0].destination
    assert (destination.mode_for("web"), destination.mode_for("android")) == (web, android)
    assert switched.destinations == (destination,)
    assert switched.revision != workspace(connectionMode=stored).revision


def test_an_added_source_is_connected_to_every_destination() -> None:
    extended = with_source(workspace(), Source(id="any-ios", type="ios"))
    assert [connection.id for connection in extended.connections_of("any-ios")] == ["any-ios:braze"]
    assert extended.revision != workspace().revision


def test_a_config_value_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        Destination(id="braze", config={"supportDedup": "yes"}).settings_for("web")


@pytest.mark.parametrize(
    ("stored", "at"),
    [
        ({"web": "hybrid"}, "/destinations/0/config/connectionMode/web"),
        ("hybrid", "/destinations/0/config/connectionMode"),
        ({"android": "hybrid"}, "/destinations/0/config/connectionMode"),
        ({"*": "hybrid"}, "/destinations/0/config/connectionMode/*"),
    ],
)
def test_a_pointer_leads_to_the_value_that_counts(stored: Any, at: str) -> None:
    connection = workspace(connectionMode=stored).connections[0]
    assert config_pointer(connection, "connectionMode") == at
    assert terms_of(connection, "documented").mode_pointer == at


def test_the_mode_of_the_older_switch_is_pointed_to() -> None:
    connection = workspace(useNativeSDK={"web": True}).connections[0]
    assert terms_of(connection, "documented").mode_pointer == "/destinations/0/config/useNativeSDK/web"


def test_a_secret_never_shows() -> None:
    key = workspace().destinations[0].rest_api_key
    assert key is not None
    assert (str(key), repr(key)) == ("***", "Secret(***)")
    assert "planted-key" not in repr(workspace())
    assert (key.reveal({}), key.variable) == ("planted-key", None)


def test_rotating_a_key_changes_no_revision() -> None:
    assert workspace(restApiKey="other-key").revision == workspace().revision


def test_a_workspace_survives_being_written_down() -> None:
    switched = with_modes(workspace(connectionMode="device"), {"web": "hybrid"})
    read = parse_workspace(as_document(switched))
    assert (read.revision, read.unknown) == (switched.revision, ())
    assert read.destinations[0].mode_for("android") == "device"


def test_a_reference_names_its_variable() -> None:
    key = Secret("env.BRAZE_KEY")
    assert (str(key), key.variable) == ("env.BRAZE_KEY", "BRAZE_KEY")
    assert key.reveal({"BRAZE_KEY": "abc"}) == "abc"
    with pytest.raises(KeyError, match="BRAZE_KEY"):
        key.reveal({})


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_data_centres_are_found_however_they_are_typed() -> None:
    assert normal_data_center(" us-03\n") == "US-03"
    assert {"US-01", "US-10", "EU-03", "AU-01", "JP-01"} <= DATA_CENTERS.keys()


def test_a_literal_key_that_was_lost_in_writing_down_is_given_back() -> None:
    written = parse_workspace(as_document(workspace()))
    assert written.destinations[0].rest_api_key is None
    back = with_keys(written, {"braze": Secret("planted-key"), "other": Secret("x")})
    assert back.destinations == workspace().destinations
    assert back.revision == written.revision
    kept = with_keys(workspace(restApiKey="env.KEY"), {"braze": Secret("planted-key")})
    assert str(kept.connections[0].destination.rest_api_key) == "env.KEY"


def test_an_sdk_is_that_of_every_source_of_its_type_and_of_no_other() -> None:
    before = workspace()
    after = with_sdk(before, SDKS["web-v1.1"])
    assert [source.sdk for source in after.sources] == ["web-v1.1", ""]
    assert [connection.source.sdk for connection in after.connections] == ["web-v1.1", ""]
    assert after.revision != before.revision
