"""The policy as a whole: order, documentation, reasons and places, and what the package may import."""

import ast
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

import policies
from policies import decide
from policies.client_consent import ClientConsent
from policies.connection import Ruleset
from policies.decide import Policy
from policies.domain import ASKED, connection_in
from policies.facts import Facts
from policies.rules import CLOUD, DEVICE, GATES, Rule
from policies.ruling import Ruling
from policies.sdks import SDKS
from policies.terms import Terms, terms_of
from policies.workspace import parse_workspace

DEVICE_ORDER = """disabled mode-unsupported returned-from-braze sdk-not-loaded consent auto-generated integrations-object
event-filter hybrid-goes-by-cloud hybrid-identity type-unsupported anonymous-not-tracked nothing-to-send sdk-error deliver"""
CLOUD_ORDER = """disabled mode-unsupported device-mode auto-generated integrations-object consent suppressed-user
type-unsupported hybrid-filter deliver"""


def test_the_rules_stand_in_their_fixed_order() -> None:
    assert [rule.id for rule in DEVICE] == [f"device/{name}" for name in DEVICE_ORDER.split()]
    assert [rule.id for rule in CLOUD] == [f"cloud/{name}" for name in CLOUD_ORDER.split()]
    assert DEVICE[-len(GATES) :] == GATES


@pytest.mark.parametrize("rule", [*DEVICE, *CLOUD], ids=lambda rule: rule.id)
def test_every_rule_is_documented_with_an_example(rule: Rule) -> None:
    documentation = rule.judge.__doc__ or ""
    assert "Example:" in documentation
    own = rule.id.endswith(("/disabled", "/deliver", "/suppressed-user"))
    assert own or "Source:" in documentation


def test_the_package_imports_nothing_but_msgspec_and_the_standard_library() -> None:
    allowed = {"policies", "msgspec", *sys.stdlib_module_names} - {
        "random",
        "time",
        "logging",
        "socket",
        "os",
        "pathlib",
    }
    for module in Path(policies.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert {name.partition(".")[0] for name in names} <= allowed, module


def policy(mode: str = "hybrid", source_type: str = "web", ruleset: Ruleset = "documented", **config: Any) -> Policy:
    """A policy from a file, so that pointers lead into it."""
    workspace = parse_workspace(
        {
            "version": 1,
            "sources": [{"id": "s", "type": source_type}],
            "destinations": [
                {
                    "id": "d",
                    "config": {
                        "dataCenter": "EU-01",
                        "appKey": "k",
                        "connectionMode": {source_type: mode},
                        **config,
                    },
                }
            ],
            "connections": [{"source": "s", "destination": "d"}],
        }
    )
    return decide.compile(workspace.connections[0], ruleset)


TRACK = Facts(type="track", name="Seen", user_id="u")
CONFIG = "/destinations/0/config/"
ASKS: dict[str, Any] = {"consentManagement": {"web": [{"provider": "custom", "consents": [{"consent": ASKED}]}]}}
DENY: dict[str, Any] = {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": [{"eventName": "Seen"}]}
BROKEN: dict[str, Any] = {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": [{}]}

SETTLED: list[tuple[Policy, Facts, str, str | None, Any, str]] = [
    (policy("cloud"), TRACK, "device/sdk-not-loaded", "connectionMode/web", "cloud", "in cloud mode the device"),
    (
        policy("device", "android", dataCenter="EU-03"),
        TRACK,
        "device/sdk-not-loaded",
        "dataCenter",
        "EU-03",
        "does not know the data centre",
    ),
    (policy("device", "android", appKey=""), TRACK, "device/sdk-not-loaded", "appKey", "", "no app key"),
    (
        policy("hybrid", "flutter"),
        TRACK,
        "device/mode-unsupported",
        "connectionMode/flutter",
        "hybrid",
        "flutter does not support hybrid",
    ),
    (
        policy("device", **ASKS),
        msgspec.structs.replace(TRACK, client=ClientConsent(provider="custom", allowed=("x",))),
        "device/consent",
        "consentManagement/web",
        ["x"],
        "consent manager `custom`",
    ),
    (
        policy("device"),
        msgspec.structs.replace(TRACK, integrations={"All": False}),
        "device/integrations-object",
        None,
        {"All": False},
        "integrations object keeps it",
    ),
    (policy("device", **DENY), TRACK, "device/event-filter", "blacklistedEvents", "Seen", "stops this name"),
    (policy("device", **BROKEN), TRACK, "device/sdk-error", "blacklistedEvents", "Seen", "throws on this list"),
    (
        policy("hybrid"),
        TRACK,
        "device/hybrid-goes-by-cloud",
        "connectionMode/web",
        "hybrid",
        "a user-generated track goes by cloud",
    ),
    (
        policy("hybrid"),
        Facts(type="identify", user_id="u"),
        "device/hybrid-identity",
        "connectionMode/web",
        "hybrid",
        "switches the Braze user",
    ),
    (
        policy("device"),
        Facts(type="group"),
        "device/type-unsupported",
        None,
        "group",
        "hands only identify, track, page",
    ),
    (
        policy("device"),
        Facts(type="track", name="Seen"),
        "device/anonymous-not-tracked",
        "trackAnonymousUser",
        False,
        "no userId",
    ),
    (policy("device"), Facts(type="track", user_id="u"), "device/nothing-to-send", None, None, "no name"),
    (
        policy("device"),
        msgspec.structs.replace(TRACK, properties=None),
        "device/sdk-error",
        None,
        None,
        "properties are null",
    ),
    (policy("device"), TRACK, "cloud/device-mode", "connectionMode/web", "device", "the SDK delivers"),
    (
        policy("hybrid"),
        Facts(type="track", origin="auto"),
        "cloud/auto-generated",
        None,
        "auto",
        "context.origin says so",
    ),
    (
        policy("hybrid"),
        msgspec.structs.replace(TRACK, integrations=None),
        "cloud/integrations-object",
        None,
        None,
        "keeps it from Braze",
    ),
    (
        policy("hybrid", **ASKS),
        msgspec.structs.replace(TRACK, consent_management={"provider": "custom", "deniedConsentIds": [ASKED]}),
        "cloud/consent",
        "consentManagement/web",
        [ASKED],
        "denies a consent",
    ),
    (
        policy("hybrid"),
        msgspec.structs.replace(TRACK, suppressed=True),
        "cloud/suppressed-user",
        None,
        True,
        "suppressed",
    ),
    (policy("hybrid"), Facts(type=""), "cloud/type-unsupported", None, "", "invalid message type"),
    (policy("hybrid"), Facts(type="reset"), "cloud/type-unsupported", None, "reset", "takes identify"),
    (
        policy("hybrid", ruleset="rudderstack"),
        Facts(type="group"),
        "cloud/hybrid-filter",
        "connectionMode/web",
        "hybrid",
        "only identify, track and page",
    ),
]


@pytest.mark.parametrize(
    ("compiled", "facts", "rule", "at", "value", "why"), SETTLED, ids=lambda value: str(value)[:40]
)
def test_the_settling_step_says_why_where_and_what_it_saw(
    compiled: Policy, facts: Facts, rule: str, at: str | None, value: Any, why: str
) -> None:
    path = rule.partition("/")[0]
    last = [step for step in compiled.explain(facts).steps if step.path == path][-1]
    assert (last.rule, last.value) == (rule, value)
    assert last.config_pointer == (None if at is None else CONFIG + at)
    assert why in last.why
    assert last.outcome == getattr(compiled.decide(facts), path).verdict


def test_every_step_before_the_last_passed() -> None:
    steps = (
        policy("device", **ASKS, **DENY)
        .explain(
            msgspec.structs.replace(
                TRACK,
                name="Other",
                integrations={"All": True},
                client=ClientConsent(provider="custom", allowed=(ASKED,)),
            )
        )
        .steps
    )
    device = [step for step in steps if step.path == "device"]
    assert [step.rule for step in device] == [rule.id for rule in DEVICE]
    assert {step.outcome for step in device[:-1]} == {"pass"}
    assert all(step.why for step in steps)


@pytest.mark.parametrize("part", ["sources", "destinations", "connections"])
def test_a_switched_off_part_stops_both_paths_and_is_pointed_to(part: str) -> None:
    data: dict[str, Any] = {
        "version": 1,
        "sources": [{"id": "s", "type": "web"}],
        "destinations": [{"id": "d", "config": {"dataCenter": "EU-01", "connectionMode": {"web": "hybrid"}}}],
        "connections": [{"source": "s", "destination": "d"}],
    }
    data[part][0]["enabled"] = False
    explained = decide.compile(parse_workspace(data).connections[0]).explain(TRACK)
    assert (explained.device.rule, explained.cloud.rule) == ("device/disabled", "cloud/disabled")
    assert {step.config_pointer for step in explained.steps} == {f"/{part}/0/enabled"}


def test_the_sdk_that_a_source_names_is_the_one_that_is_judged() -> None:
    connection = connection_in("iosSwift", "hybrid")
    old = msgspec.structs.replace(connection.source, sdk="iosSwift-v2")
    named = decide.compile(msgspec.structs.replace(connection, source=old), "rudderstack")
    assert named.decide(TRACK).device.verdict == "deliver"
    assert decide.compile(connection, "rudderstack").decide(TRACK).device.verdict == "block"
    assert decide.compile(connection, "rudderstack", sdk=SDKS["iosSwift-v2"]).decide(TRACK) == named.decide(TRACK)


def test_ten_thousand_filter_entries_are_looked_up_not_searched() -> None:
    names = [{"eventName": f"Event {number}"} for number in range(10_000)]
    filtering = policy("device", eventFilteringOption="blacklistedEvents", blacklistedEvents=names).terms.device.filter
    assert isinstance(filtering.names, frozenset)
    assert len(filtering.names) == 10_000


def test_a_connection_in_hybrid_mode_decides_ordinary_events_without_asking_a_rule() -> None:
    def never_asked(facts: Facts, terms: Terms) -> Ruling:
        return Ruling("block" if facts.name else "pass", "asked at decision time", value=terms.mode)

    terms = terms_of(connection_in("android", "hybrid"), "documented")
    compiled = Policy(terms, device=(Rule("device/x", never_asked), *DEVICE))
    assert compiled.decide(TRACK).device.rule == "device/hybrid-goes-by-cloud"
    assert compiled.explain(TRACK).device.rule == "device/x"


@pytest.mark.parametrize("way", ["compile", "explain"])
def test_a_path_without_a_last_word_is_a_defect(way: str) -> None:
    def undecided(facts: Facts, terms: Terms) -> Ruling:
        return Ruling("block" if way == "explain" and not facts.name else "pass", "no opinion", value=terms.mode)

    terms = terms_of(connection_in("web", "hybrid"), "documented")
    with pytest.raises(AssertionError, match="the last rule of a path"):
        Policy(terms, device=(Rule("device/x", undecided),)).explain(TRACK)
