"""From plain data to a typed workspace: what is wrong is found in one pass, with pointers and ways to mend it."""

import copy
from typing import Any

import pytest

from policies.connection import as_document
from policies.problems import Invalid, Problem, did_you_mean, pointer
from policies.workspace import parse_workspace

GOOD: dict[str, Any] = {
    "version": 1,
    "ruleset": "rudderstack",
    "sources": [{"id": "shop", "type": "web", "write_key": "wk-1", "sdk": "web-v1.1", "definition": "Javascript"}],
    "destinations": [
        {
            "id": "braze",
            "config": {
                "dataCenter": "EU-01",
                "restApiKey": "env.KEY",
                "connectionMode": {"web": "hybrid"},
                "trackAnonymousUser": {"web": True, "android": None},
                "supportDedup": True,
            },
        }
    ],
    "connections": [{"id": "c1", "source": "shop", "destination": "braze", "enabled": False}],
}


def changed(at: str, value: Any) -> dict[str, Any]:
    """GOOD with the value at a pointer replaced."""
    data = copy.deepcopy(GOOD)
    *parents, last = at.strip("/").split("/")
    holder: Any = data
    for part in parents:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    holder[int(last) if isinstance(holder, list) else last] = value
    return data


def problems(data: Any) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as caught:
        parse_workspace(data)
    return caught.value.problems


def test_a_good_file_becomes_a_workspace() -> None:
    workspace = parse_workspace(GOOD)
    connection = workspace.connections[0]
    settings = connection.destination.settings_for("web")
    assert workspace.ruleset == "rudderstack"
    assert connection.id == "shop:braze"
    assert (connection.enabled, connection.source.sdk, connection.source.pointer) == (False, "web-v1.1", "/sources/0")
    assert (settings.mode, settings.track_anonymous_user, settings.support_dedup) == ("hybrid", True, True)
    assert "restApiKey" not in connection.destination.config
    assert workspace.unknown == ()
    assert workspace.connections_of("shop") == workspace.connections
    assert workspace.connections_of("nobody") == ()


CASES: list[tuple[str, Any, str, str]] = [
    ("/version", 2, "/version", "version is `2`, not 1"),
    ("/version", True, "/version", "version is `true`, not 1"),
    ("/ruleset", "strict", "/ruleset", "`strict` is no ruleset"),
    ("/sources", {}, "/sources", "not a list"),
    ("/sources/0", "x", "/sources/0", "a source must be a mapping, this is a text"),
    ("/sources/0/id", None, "/sources/0/id", "there is no id"),
    ("/sources/0/id", "", "/sources/0/id", "there is no id"),
    ("/sources/0/id", 5, "/sources/0/id", "id must be a text, not `5`"),
    ("/sources/0/type", "javascript", "/sources/0/type", "`javascript` is no source type"),
    ("/sources/0/type", None, "/sources/0/type", "the source has no type"),
    ("/sources/0/enabled", "yes", "/sources/0/enabled", "enabled must be true or false, not `yes`"),
    ("/sources/0/sdk", "ios", "/sources/0/sdk", "`ios` is no SDK of source type web"),
    (
        "/sources/0",
        {"id": "a", "type": "cloud", "sdk": "web"},
        "/sources/0/sdk",
        "`web` is no SDK of source type cloud",
    ),
    ("/destinations/0/id", None, "/destinations/0/id", "there is no id"),
    ("/destinations/0/type", "GA4", "/destinations/0/type", "destination type `GA4` is out of scope"),
    (
        "/destinations/0/config",
        None,
        "/destinations/0/config",
        "the destination's config must be a mapping, this is nothing",
    ),
    ("/destinations/0/config", object(), "/destinations/0/config", "this is something else"),
    (
        "/destinations/0/config/dataCenter",
        "EU-09",
        "/destinations/0/config/dataCenter",
        "`EU-09` is no Braze data centre",
    ),
    ("/destinations/0/config/dataCenter", None, "/destinations/0/config/dataCenter", "there is no dataCenter"),
    (
        "/destinations/0/config/connectionMode/web",
        "hybird",
        "/destinations/0/config/connectionMode/web",
        "`hybird` is not allowed here",
    ),
    ("/destinations/0/config/supportDedup", "yes", "/destinations/0/config/supportDedup", "`yes` is not allowed here"),
    (
        "/destinations/0/config/whitelistedEvents",
        "x",
        "/destinations/0/config/whitelistedEvents",
        "`x` is not allowed here",
    ),
    ("/connections/0/source", "shp", "/connections/0/source", "there is no source `shp`"),
    ("/connections/0/destination", None, "/connections/0/destination", "there is no destination"),
    ("/sources", [GOOD["sources"][0]] * 2, "/sources/1/id", "source id `shop` is used twice"),
    (
        "/sources",
        [GOOD["sources"][0], {**GOOD["sources"][0], "id": "b"}],
        "/sources/1/write_key",
        "write key `wk-1` is used twice",
    ),
    ("/destinations", [GOOD["destinations"][0]] * 2, "/destinations/1/id", "destination id `braze` is used twice"),
    ("/connections", [GOOD["connections"][0]] * 2, "/connections/1", "connection `shop:braze` is used twice"),
]


@pytest.mark.parametrize(("at", "value", "where", "message"), CASES)
def test_what_is_wrong_is_said_with_its_place_and_a_way_to_mend_it(
    at: str, value: Any, where: str, message: str
) -> None:
    found = [problem for problem in problems(changed(at, value)) if problem.pointer == where]
    assert found, problems(changed(at, value))
    assert message in found[0].message
    assert found[0].fix


def test_a_file_that_is_no_mapping_is_refused() -> None:
    assert problems([])[0].message == "a connection file must be a mapping, this is a list"


def test_every_problem_of_a_file_is_reported_at_once() -> None:
    data = changed("/sources/0/type", "javascript")
    data["version"] = 3
    assert [problem.pointer for problem in problems(data)] == ["/version", "/sources/0/type"]


def test_a_text_is_told_from_a_number_and_an_empty_file_has_one_problem() -> None:
    assert problems(changed("/version", "1"))[0].message == 'version is `"1"`, not 1'
    assert len(problems(None)) == 1
    assert [problem.pointer for problem in problems(changed("/sources", 3))] == ["/sources"]


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("javascript", "use `web`"),
        ("andriod", "did you mean `android`?"),
        (
            "mainframe",
            "use one of: amp, android, androidKotlin, cloud, cordova, flutter, ios, iosSwift, reactnative, shopify, unity, warehouse, web",
        ),
    ],
)
def test_a_wrong_source_type_gets_the_closest_right_one(value: str, fix: str) -> None:
    assert problems(changed("/sources/0/type", value))[0].fix == fix


def test_unknown_keys_are_kept_and_noted() -> None:
    data = changed("/destinations/0/config/suportDedup", True)
    data["sources"][0]["colour"] = "red"
    data["destinations"][0]["config"]["connectionMode"]["web2"] = "cloud"
    workspace = parse_workspace(data)
    noted = {problem.pointer: problem.fix for problem in workspace.unknown}
    assert noted == {
        "/sources/0/colour": "remove it",
        "/destinations/0/config/suportDedup": "did you mean `supportDedup`?",
        "/destinations/0/config/connectionMode/web2": "did you mean `web`?",
    }
    assert workspace.destinations[0].config["suportDedup"] is True


def test_a_scalar_mode_holds_for_every_source_type() -> None:
    workspace = parse_workspace(changed("/destinations/0/config/connectionMode", "cloud"))
    assert workspace.destinations[0].mode_for("unity") == "cloud"


@pytest.mark.parametrize(("native", "mode"), [(True, "device"), (False, "cloud")])
def test_the_older_switch_stands_in_for_a_missing_mode(native: bool, mode: str) -> None:
    data = changed("/destinations/0/config/useNativeSDK", {"web": native})
    del data["destinations"][0]["config"]["connectionMode"]
    assert parse_workspace(data).destinations[0].mode_for("web") == mode


def test_pointers_are_escaped() -> None:
    assert pointer("a/b", "~c", 3) == "/a~1b/~0c/3"


def test_a_hint_names_the_closest_word_or_all_of_them() -> None:
    assert did_you_mean("hybird", ["hybrid", "cloud"]) == "did you mean `hybrid`?"
    assert did_you_mean("xyz", ["b", "a"]) == "use one of: a, b"
    assert did_you_mean("xyz", ["b", "a"], otherwise="remove it") == "remove it"


def test_the_reasons_are_the_text_of_the_error() -> None:
    assert str(Invalid([Problem(pointer="", message="no"), Problem(pointer="/a", message="bad")])) == "/: no; /a: bad"


@pytest.mark.parametrize("value", [["planted"], {"a": "planted"}, True])
def test_a_key_of_the_wrong_type_is_not_shown(value: Any) -> None:
    (problem,) = problems(changed("/destinations/0/config/restApiKey", value))
    assert (problem.pointer, problem.message) == ("/destinations/0/config/restApiKey", "restApiKey must be a text")


@pytest.mark.parametrize("name", ["restAPIKey", "rest_api_key", "RESTAPIKEY", "apiKey", "restApiKey ", "clientSecret"])
def test_a_key_under_a_misspelt_name_is_noted_and_not_kept(name: str) -> None:
    data = copy.deepcopy(GOOD)
    data["destinations"][0]["config"][name] = "planted"
    workspace = parse_workspace(data)
    assert "planted" not in str(as_document(workspace))
    assert f"/destinations/0/config/{name}" in {problem.pointer for problem in workspace.unknown}


@pytest.mark.parametrize(
    ("value", "inside", "kept"),
    [
        ({"restApiKey": "planted", "a": 1}, "/restApiKey", {"a": 1}),
        ([{"b": {"auth_token": "planted"}}, 2], "/0/b/auth_token", [{"b": {}}, 2]),
        ({"PASSWORDS": ["planted"]}, "/PASSWORDS", {}),
    ],
)
def test_a_key_that_sounds_like_a_secret_is_noted_and_not_kept_however_deep(value: Any, inside: str, kept: Any) -> None:
    data = copy.deepcopy(GOOD)
    data["destinations"][0]["config"]["extra"] = value
    workspace = parse_workspace(data)
    assert workspace.destinations[0].config["extra"] == kept
    assert f"/destinations/0/config/extra{inside}" in {problem.pointer for problem in workspace.unknown}


def test_what_rudderstack_nests_in_a_config_is_kept() -> None:
    nested = {
        "connectionMode": {"web": "hybrid"},
        "consentManagement": {
            "web": [{"provider": "ketch", "resolutionStrategy": "or", "consents": [{"consent": "a"}]}]
        },
        "oneTrustCookieCategories": {"web": [{"oneTrustCookieCategory": "C1"}]},
        "ketchConsentPurposes": {"web": [{"purpose": "token"}]},
        "whitelistedEvents": [{"eventName": "Password Changed"}],
        "webApiKey": "an app identifier",
    }
    data = copy.deepcopy(GOOD)
    data["destinations"][0]["config"] |= nested
    assert nested.items() <= parse_workspace(data).destinations[0].config.items()


def test_a_config_nested_too_deep_is_a_problem() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"a": [deep]}
    (problem,) = problems(changed("/destinations/0/config/extra", deep))
    assert (problem.pointer, problem.message) == ("/destinations/0/config/extra", "this is nested too deep")
