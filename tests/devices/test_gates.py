"""The gates of a device through `device-calls`: recorded vectors of RudderStack's web SDK, and every SDK's own reading."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from policies.sdks import SDKS
from policies.startup import is_hybrid, is_non_cloud
from router import devices
from router.cli.device_calls import device_calls
from router.devices.replay import Case, replay

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "conformance" / "device-gates.json").read_text())
TRACK = {"type": "track", "event": "A", "userId": "u", "properties": {}}
WORKING = {"appKey": "k", "dataCenter": "US-03", "supportDedup": False}


def run(case: dict[str, Any]) -> dict[str, Any]:
    """A case's answer, as JSON goes in and comes out of the command."""
    story = replay(msgspec.json.decode(json.dumps(case), type=Case), devices)
    answer: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(story))
    return answer


def rule_for(event: dict[str, Any], *, sdk: str = "web", config: Any = None, consent: Any = None) -> str:
    case = {"sdk": sdk, "config": config or {}, "consent": consent, "steps": [{"event": event}]}
    rule: str = run(case)["steps"][0]["rule"]
    return rule


def vectors(section: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", VECTORS[section], ids=range(len(VECTORS[section])))


@vectors("filter")
def test_the_event_filter_denies_what_the_web_sdk_denies(vector: dict[str, Any]) -> None:
    rule = rule_for({**TRACK, "type": vector["type"], "event": vector["event"]}, config=vector["config"])
    if isinstance(vector["denied"], str):
        assert rule == "device/sdk-error"
    else:
        assert (rule == "device/event-filter") is vector["denied"]


@vectors("consent")
def test_consent_is_judged_as_the_web_sdk_judges_it(vector: dict[str, Any]) -> None:
    state = vector["state"]
    consent = {
        "provider": vector["mgr"],
        "initialized": state.get("init", True),
        "allowed": state.get("allowed", []),
        "resolution_strategy": state.get("rs"),
    }
    rule = rule_for(TRACK, config=vector["config"], consent=consent)
    assert (rule != "device/consent") is vector["consented"], vector["note"]


@vectors("integrations")
def test_the_integrations_object_lets_through_what_the_web_sdk_lets_through(vector: dict[str, Any]) -> None:
    rule = rule_for({**TRACK, "integrations": vector["integrations"]})
    assert rule == ("device/deliver" if vector["device"] else "device/integrations-object")


@vectors("mode")
def test_destinations_are_sorted_as_the_web_sdk_sorts_them(vector: dict[str, Any]) -> None:
    config = vector["config"]
    assert (is_non_cloud(config), is_hybrid(config)) == (vector["nonCloud"], vector["hybrid"])


IDENTIFY = {"type": "identify", "userId": "u"}
MODES: list[tuple[str, Any, str]] = [
    # SDK, connectionMode as received, rule for an identify of a known user
    ("web", "hybrid", "device/hybrid-identity"),
    ("web", "device", "device/deliver"),
    ("web", "cloud", "device/deliver"),
    ("web", "Hybrid", "device/deliver"),
    ("web", None, "device/deliver"),
    ("web-v1.1", "hybrid", "device/hybrid-identity"),
    ("android", "device", "device/deliver"),
    ("android", "Device", "device/hybrid-goes-by-cloud"),
    ("android", "cloud", "device/hybrid-goes-by-cloud"),
    ("android", None, "device/hybrid-goes-by-cloud"),
    ("ios", "DEVICE", "device/deliver"),
    ("ios", 5, "device/hybrid-goes-by-cloud"),
    ("androidKotlin", "hybrid", "device/hybrid-goes-by-cloud"),
    ("androidKotlin", "device", "device/deliver"),
    ("androidKotlin", "cloud", "device/sdk-not-loaded"),
    ("iosSwift", "Device", "device/sdk-not-loaded"),
    ("iosSwift-v2", "hybrid", "device/deliver"),
    ("iosSwift-v2", None, "device/deliver"),
    ("reactnative", "hybrid", "device/hybrid-goes-by-cloud"),
    ("flutter-ios", "device", "device/deliver"),
    ("unity", "device", "device/sdk-not-loaded"),
]


@pytest.mark.parametrize(("sdk", "mode", "rule"), MODES)
def test_the_mode_is_read_as_that_sdks_code_reads_it(sdk: str, mode: Any, rule: str) -> None:
    assert rule_for(IDENTIFY, sdk=sdk, config={**WORKING, "connectionMode": mode}) == rule


@pytest.mark.parametrize("sdk", SDKS)
def test_no_sdk_hands_alias_to_braze(sdk: str) -> None:
    for mode in ("device", "hybrid"):
        rule = rule_for({"type": "alias", "userId": "u"}, sdk=sdk, config={**WORKING, "connectionMode": mode})
        assert rule == "device/type-unsupported"


EVENTS: list[tuple[dict[str, Any], str]] = [
    ({}, "device/type-unsupported"),
    ({"type": 5}, "device/type-unsupported"),
    ({"type": "Track", "event": "A"}, "device/type-unsupported"),
    ({"type": "track", "event": "A", "userId": 0}, "device/anonymous-not-tracked"),
    ({"type": "track", "event": "A", "userId": 7}, "device/deliver"),
    ({"type": "track", "event": "A", "userId": " "}, "device/deliver"),
    ({"type": "track", "event": "A", "userId": "u", "properties": None}, "device/sdk-error"),
    ({"type": "track", "event": "A", "userId": "u"}, "device/deliver"),
    ({"type": "track", "context": {"origin": "auto"}}, "device/auto-generated"),
    ({"type": "track", "event": "A", "userId": "u", "context": None}, "device/deliver"),
]


@pytest.mark.parametrize(("event", "rule"), EVENTS)
def test_an_event_is_judged_as_it_stands(event: dict[str, Any], rule: str) -> None:
    assert rule_for(event) == rule


def test_consent_keeps_braze_from_loading_whatever_the_event() -> None:
    config = {"consentManagement": [{"provider": "custom", "consents": [{"consent": "x"}]}]}
    refused = {"provider": "custom", "allowed": []}
    for event in (TRACK, IDENTIFY, {"type": "track", "context": {"origin": "auto"}}):
        assert rule_for(event, config=config, consent=refused) == "device/consent"
    assert rule_for(TRACK, config=config, consent={"provider": "custom", "allowed": ["x"]}) == "device/deliver"


def test_pre_consent_keeps_braze_from_loading_until_the_consent_manager_speaks() -> None:
    waiting = {"provider": "oneTrust", "initialized": False, "pre_consent": True}
    assert rule_for(TRACK, consent=waiting) == "device/consent"


def test_an_error_is_told_and_an_ordinary_block_has_none() -> None:
    steps = [{"event": {**TRACK, "properties": None}}, {"event": {"type": "group"}}, {"reset": True}, {"restart": True}]
    answer = run({"sdk": "web", "config": {}, "steps": steps})
    assert answer["steps"] == [
        {
            "verdict": "block",
            "rule": "device/sdk-error",
            "calls": [],
            "error": "the SDK's own code throws: properties are null",
        },
        {"verdict": "block", "rule": "device/type-unsupported", "calls": [], "error": None},
        {"calls": []},
        {"calls": []},
    ]


def test_an_error_of_a_call_leaves_the_device_as_it_was() -> None:
    config = {**WORKING, "connectionMode": "device"}
    broken = {
        "type": "track",
        "event": "Order Completed",
        "properties": {"products": [{"product_id": "p", "price": "x"}]},
    }
    answer = run({"sdk": "android", "config": config, "steps": [{"event": broken}, {"event": IDENTIFY}]})
    first, second = answer["steps"]
    assert (first["verdict"], first["rule"], first["calls"]) == ("block", "device/sdk-error", [])
    assert "NumberFormatException" in first["error"]
    assert second["calls"] == [["changeUser", "u"]]


def test_init_holds_the_calls_of_the_start() -> None:
    steps = [{"event": {**TRACK, "anonymousId": "a-1"}}]
    init = run({"sdk": "android", "config": {**WORKING, "connectionMode": "device"}, "steps": steps})["init"]
    assert init == [["configure", "k", "sdk.iad-03.braze.com"], ["user.addAlias", "a-1", "rudder_id"]]


def test_an_sdk_that_does_not_start_makes_no_calls() -> None:
    answer = run({"sdk": "android", "config": {"dataCenter": "EU-03", "appKey": "k"}, "steps": [{"event": TRACK}]})
    assert answer["init"] == []
    assert answer["steps"][0]["rule"] == "device/sdk-not-loaded"


CASE = '{"sdk":"web","config":{},"steps":[{"reset":true}]}\n'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"sdk":"webb","config":{},"steps":[]}', "line 2: there is no SDK `webb`; did you mean `web`?"),
        ("{", "line 2: "),
        ('{"sdk":"web","config":{}}', "line 2: Object missing required field `steps`"),
        ('{"sdk":"web","config":{},"steps":[{"evnt":{}}]}', "a step is an event, a reset or a restart"),
    ],
)
def test_a_line_that_is_no_case_is_refused_with_its_number(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(CASE + line)
    result = CliRunner().invoke(device_calls, [str(path)])
    assert result.exit_code == 64
    assert message in result.output


def test_a_compressed_file_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl.gz"
    path.write_bytes(gzip.compress(f"\n{CASE}{CASE}".encode()))
    lines = CliRunner().invoke(device_calls, [str(path)]).output.splitlines()
    assert [json.loads(line)["steps"] for line in lines] == [[{"calls": []}]] * 2


def test_standard_input_is_read_where_no_file_is_named() -> None:
    command = [sys.executable, "-m", "router.cli.device_calls"]
    done = subprocess.run(command, input=CASE, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["steps"] == [{"calls": []}]


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(device_calls, [str(tmp_path / "none.jsonl")])
    assert result.exit_code == 2
    assert "cannot read" in result.output


def test_a_compressed_file_that_is_cut_off_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl.gz"
    path.write_bytes(gzip.compress(CASE.encode() * 100)[:-10])
    result = CliRunner().invoke(device_calls, [str(path)])
    assert result.exit_code == 2
    assert "cases.jsonl.gz" in result.output
