"""Proofs: what holds, what does not and where, and what hangs on each rule."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from policies.claims import parse, truth_on
from policies.connection import Workspace, with_modes
from policies.matrix import Lane, lanes_of
from policies.proofs import Agreement, Proof, always, equivalent, implies, never, rule_uses
from policies.rules import CLOUD, DEVICE
from policies.standing_claims import STANDING_CLAIMS
from policies.workspace import parse_workspace


def workspace(mode: str = "hybrid", source_type: str = "web", **more: Any) -> Workspace:
    config = {
        "dataCenter": "EU-01",
        "appKey": "k",
        "connectionMode": {source_type: mode},
        "trackAnonymousUser": {"web": True},
    }
    return parse_workspace(
        {
            "version": 1,
            "ruleset": more.pop("ruleset", "documented"),
            "sources": [{"id": "s", "type": source_type, "sdk": more.pop("sdk", "")}],
            "destinations": [{"id": "d", "config": {**config, **more}}],
            "connections": [{"source": "s", "destination": "d"}],
        }
    )


def lanes(*arguments: Any, **more: Any) -> list[Lane]:
    return list(lanes_of(workspace(*arguments, **more)))


HYBRID = lanes()
DEVICE_MODE = lanes("device")


def listing(source_type: str, *names: str, **more: Any) -> list[Lane]:
    """Device mode with an allow-list."""
    listed = [{"eventName": name} for name in names]
    return lanes("device", source_type, eventFilteringOption="whitelistedEvents", whitelistedEvents=listed, **more)


def proof_of_never(text: str, on: Sequence[Lane], but: str = "") -> Proof:
    return never(parse(text, on), on, parse(but, on) if but else None)


def test_a_claim_that_holds_is_tried_on_every_case() -> None:
    proof = proof_of_never("path=both", HYBRID)
    assert proof.holds
    assert proof.cases > 100
    assert (proof.failing, proof.where, proof.counterexample) == (0, (), None)


def test_a_false_claim_has_a_counterexample_of_which_little_must_be_said() -> None:
    proof = proof_of_never("path=cloud and type=screen,group", HYBRID)
    assert not proof.holds
    assert proof.counterexample is not None
    facts, decision = proof.counterexample.facts, proof.counterexample.decision
    assert (facts.type, facts.integrations, facts.client, facts.suppressed) == ("screen", msgspec.UNSET, None, False)
    assert decision is not None
    assert decision == HYBRID[0].policy.decide(facts)
    assert decision.cloud.verdict == "deliver"


def test_where_a_claim_is_false_is_said_in_conditions_that_are_enough() -> None:
    proof = proof_of_never("path=cloud and type=screen", HYBRID)
    (where,) = proof.where
    assert [when["event"] for when in where.when] == [("screen",)]


def test_exceptions_are_left_out() -> None:
    assert proof_of_never("path=cloud and type=screen,group", HYBRID, "type=screen,group").holds
    left = proof_of_never("path=cloud and type=screen,group", HYBRID, "type=screen").counterexample
    assert left is not None
    assert left.facts.type == "group"


def test_always_is_never_not() -> None:
    expression = parse("path=cloud", HYBRID)
    assert always(expression, HYBRID).failing == never(parse("path!=cloud", HYBRID), HYBRID).failing
    assert always(expression, HYBRID, parse("path!=cloud", HYBRID)).holds


def test_an_implication_holds_where_the_second_does_whenever_the_first_does() -> None:
    first, second = parse("origin=auto", HYBRID), parse("cloud=block", HYBRID)
    assert implies(first, second, HYBRID).holds
    assert not implies(second, first, HYBRID).holds
    assert implies(second, first, HYBRID, parse("origin=user", HYBRID)).holds


@pytest.mark.parametrize("text", ["source_type=amp", "mode=cloud and path=both", "sdk=web-v1.1", "returned=yes"])
def test_a_claim_about_what_does_not_occur_proves_nothing(text: str) -> None:
    proof = proof_of_never(text, HYBRID)
    assert not proof.holds
    assert text.partition(" ")[0] in proof.vacuous
    assert proof.failing == 0


def test_an_implication_of_what_never_happens_proves_nothing() -> None:
    proof = implies(parse("path=both", HYBRID), parse("device=deliver", HYBRID), HYBRID)
    assert not proof.holds
    assert proof.vacuous


def test_a_name_that_no_list_holds_can_be_asked_about() -> None:
    deny = lanes("device", eventFilteringOption="whitelistedEvents", whitelistedEvents=[{"eventName": "Seen"}])
    assert not proof_of_never('name="Seen" and path=device', deny).holds
    assert proof_of_never('type=track and name="Never Heard Of" and path=device and origin=user', deny).holds


FALSE_OF_SOME_SPELLING: list[tuple[str, list[Lane]]] = [
    (
        "type=track and named=yes and rule=device/event-filter",
        listing("web", "Some Other Event", "Order Completed", "Install Attributed"),
    ),
    ('type=track and name!="order completed" and rule=device/nothing-to-send and named=yes', DEVICE_MODE),
    ('type=track and name!="Order Completed" and rule=device/nothing-to-send and named=yes', DEVICE_MODE),
    ('type=track and name!="Order Completed" and rule=device/deliver and named=yes', listing("ios", "Order Completed")),
    ('type=track and name!="Seen" and rule=device/deliver and named=yes', listing("androidKotlin", "Seen")),
    ('type=track and name!="seen" and rule=device/deliver', listing("web", "Seen", sdk="web-v1.1")),
    ('type=track and name="Some Other Event" and rule=device/deliver', listing("web", " Some Other Event ")),
    ("type=page and named=yes and rule=device/deliver", DEVICE_MODE),
]


@pytest.mark.parametrize(("text", "on"), FALSE_OF_SOME_SPELLING)
def test_a_claim_about_names_is_tried_on_every_spelling_that_makes_a_difference(text: str, on: list[Lane]) -> None:
    proof = proof_of_never(text, on)
    assert proof.counterexample is not None
    facts, decision = proof.counterexample.facts, proof.counterexample.decision
    assert on[0].policy.decide(facts) == decision
    assert truth_on(on[0], parse(text, on))(facts, on[0].policy.decide(facts))


def test_files_differ_where_one_sdk_takes_a_spelling_for_the_listed_name_and_the_other_does_not() -> None:
    assert not equivalent(listing("web", "seen"), listing("web", "seen", sdk="web-v1.1"), "rule").holds


AGREE: list[tuple[Workspace, Workspace, Agreement, bool]] = [
    (workspace(), workspace(), "rule", True),
    (workspace(), workspace(ruleset="rudderstack"), "path", False),
    (workspace("device"), workspace("hybrid"), "path", False),
    (workspace("device", "android"), workspace("device", "android", appKey="other"), "rule", True),
    (workspace("cloud", "unity"), workspace("hybrid", "unity"), "path", False),
    (workspace("device", "unity"), workspace("hybrid", "unity"), "rule", True),
    (workspace(), workspace("hybrid", "ios"), "verdict", False),
]


@pytest.mark.parametrize(("before", "after", "agreement", "agree"), AGREE)
def test_two_files_are_equivalent_where_they_agree_in_every_case(
    before: Workspace, after: Workspace, agreement: Agreement, agree: bool
) -> None:
    proof = equivalent(lanes_of(before), lanes_of(after), agreement)
    assert proof.holds is agree
    assert (proof.counterexample is None) is agree


def test_the_same_verdict_by_another_rule_is_equivalent_in_verdicts_alone() -> None:
    off = msgspec.structs.replace(workspace().connections[0], enabled=False)
    switched_off = msgspec.structs.replace(workspace(), connections=(off,))
    loop = with_modes(workspace("hybrid", "unity"), {})
    unity_off = msgspec.structs.replace(
        loop, connections=(msgspec.structs.replace(loop.connections[0], enabled=False),)
    )
    assert equivalent(lanes_of(loop), lanes_of(unity_off), "verdict").holds
    assert not equivalent(lanes_of(loop), lanes_of(unity_off), "rule").holds
    assert not equivalent(lanes_of(workspace()), lanes_of(switched_off), "path").holds


def test_a_connection_that_one_side_lacks_is_no_agreement() -> None:
    none = msgspec.structs.replace(workspace(), connections=())
    for before, after in ((workspace(), none), (none, workspace())):
        example = equivalent(lanes_of(before), lanes_of(after)).counterexample
        assert example is not None
        assert (example.lane is None) is (example.decision is None) is (before is none)
        assert (example.other_lane is None) is (example.other is None) is (after is none)


def test_every_rule_has_its_use_said() -> None:
    uses, cases = rule_uses(HYBRID)
    assert [use.rule for use in uses] == [rule.id for rule in (*DEVICE, *CLOUD)]
    assert cases > 100
    by_rule = {use.rule: use for use in uses}
    assert by_rule["device/disabled"].use == "silent"
    assert by_rule["device/hybrid-goes-by-cloud"].use == "settles"
    assert by_rule["device/sdk-error"].use == "shadowed"
    assert "device/hybrid-goes-by-cloud" in by_rule["device/sdk-error"].others
    assert sum(use.settles for use in uses if use.path == "device") == cases
    assert sum(use.settles for use in uses if use.path == "cloud") == cases


def test_a_rule_whose_verdict_the_next_one_would_give_is_redundant() -> None:
    off = msgspec.structs.replace(workspace("cloud"), connections=(
        msgspec.structs.replace(workspace("cloud").connections[0], enabled=False),
    ))  # fmt: skip
    by_rule = {use.rule: use for use in rule_uses(lanes_of(off))[0]}
    assert (by_rule["device/disabled"].use, by_rule["device/disabled"].others) == (
        "redundant",
        ("device/sdk-not-loaded",),
    )
    assert by_rule["cloud/disabled"].use == "settles"


@pytest.mark.parametrize(
    ("name", "on", "holds"),
    [
        ("no-double", HYBRID, True),
        ("no-double", lanes("hybrid", "iosSwift", sdk="iosSwift-v2", ruleset="rudderstack"), False),
        ("no-loss", HYBRID, True),
        ("no-loss", lanes("cloud"), True),
        ("no-loss", DEVICE_MODE, False),
        ("no-loss", lanes(ruleset="rudderstack"), False),
        ("no-loss", lanes("device", "android", dataCenter="EU-03"), False),
        ("no-loss", lanes("cloud", "cloud"), True),
        ("no-loss", lanes("hybrid", eventFilteringOption="blacklistedEvents", blacklistedEvents=[{"eventName": "x"}]), True),
    ],
)  # fmt: skip
def test_the_standing_claims_tell_a_sound_connection_from_one_that_loses_or_doubles(
    name: str, on: list[Lane], holds: bool
) -> None:
    claim = STANDING_CLAIMS[name]
    assert proof_of_never(claim.never, on, " or ".join(f"({each})" for each in claim.but)).holds is holds
    assert len(claim.but) == len(claim.reasons)
