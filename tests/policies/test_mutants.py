"""Mutants of the policy: one rule negated, dropped or swapped, and whether any event tells."""

from collections import Counter
from typing import Any

import pytest

from policies.decide import Policy
from policies.facts import Facts
from policies.matrix import Lane, lanes_of
from policies.mutants import Domain, Mutant, mutants
from policies.rules import CLOUD, DEVICE
from policies.workspace import parse_workspace

MUTANTS = {mutant.id: mutant for mutant in mutants()}


def lanes(*, mode: str = "device", source_type: str = "web", **config: Any) -> tuple[Lane, ...]:
    workspace = parse_workspace(
        {
            "version": 1,
            "sources": [{"id": "s", "type": source_type}],
            "destinations": [
                {"id": "d", "config": {"dataCenter": "EU-01", "appKey": "k", "connectionMode": mode, **config}}
            ],
            "connections": [{"source": "s", "destination": "d"}],
        }
    )
    return tuple(lanes_of(workspace))


WEB = lanes()
DOMAIN = Domain(WEB)


def test_every_rule_is_negated_and_all_but_the_last_are_dropped_and_swapped() -> None:
    counted = Counter((mutant.path, mutant.mutation) for mutant in MUTANTS.values())
    assert counted == {
        ("device", "negated"): len(DEVICE),
        ("device", "dropped"): len(DEVICE) - 1,
        ("device", "swapped"): len(DEVICE) - 1,
        ("cloud", "negated"): len(CLOUD),
        ("cloud", "dropped"): len(CLOUD) - 1,
        ("cloud", "swapped"): len(CLOUD) - 1,
    }


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.id)
def test_a_mutant_decides_and_explains_alike_and_leaves_the_other_path_alone(mutant: Mutant) -> None:
    (lane,) = WEB
    mutated = mutant.policy(lane.policy.terms)
    other = "cloud" if mutant.path == "device" else "device"
    for facts in (
        Facts(type="track", name="Seen", user_id="u"),
        Facts(type="track", origin="auto"),
        Facts(type="reset"),
    ):
        decision = mutated.decide(facts)
        explained = mutated.explain(facts)
        assert (explained.device, explained.cloud) == (decision.device, decision.cloud)
        assert getattr(decision, other) == getattr(lane.policy.decide(facts), other)


NEGATED: list[tuple[str, Facts, str, str]] = [
    ("device/consent", Facts(type="track", name="Seen", user_id="u"), "block", "device/consent"),
    ("device/auto-generated", Facts(type="track", name="Seen", user_id="u"), "deliver", "device/auto-generated"),
    (
        "device/auto-generated",
        Facts(type="track", name="Seen", user_id="u", origin="auto"),
        "deliver",
        "device/deliver",
    ),
    ("device/hybrid-identity", Facts(type="page", user_id="u"), "identity", "device/hybrid-identity"),
    ("device/deliver", Facts(type="page", user_id="u"), "block", "device/deliver"),
]


@pytest.mark.parametrize(("rule", "facts", "verdict", "by"), NEGATED)
def test_a_negated_rule_settles_what_it_passed_and_passes_what_it_settled(
    rule: str, facts: Facts, verdict: str, by: str
) -> None:
    decided = MUTANTS[f"{rule} negated"].policy(WEB[0].policy.terms).decide(facts).device
    assert (decided.verdict, decided.rule) == (verdict, by)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.id)
def test_a_mutant_is_told_apart_by_an_event_or_there_is_a_reason_why_none_does(mutant: Mutant) -> None:
    difference = DOMAIN.difference(mutant)
    if difference is None:
        assert "speak" in DOMAIN.why_equivalent(mutant) or "reaches" in DOMAIN.why_equivalent(mutant)
        return
    terms = difference.lane.policy.terms
    assert Policy(terms).decide(difference.facts) == difference.decision
    assert mutant.policy(terms).decide(difference.facts) == difference.mutated
    assert difference.decision != difference.mutated


def test_the_event_that_tells_apart_is_a_plain_one() -> None:
    difference = DOMAIN.difference(MUTANTS["device/type-unsupported dropped"])
    assert difference is not None
    assert (difference.facts.client, difference.facts.suppressed, difference.facts.origin) == (None, False, "user")


@pytest.mark.parametrize(
    ("mutant", "on", "why"),
    [
        ("device/event-filter dropped", WEB, "no event makes the rule speak"),
        ("device/event-filter swapped with device/hybrid-goes-by-cloud", WEB, "no event makes both rules speak"),
        (
            "device/nothing-to-send dropped",
            lanes(mode="cloud"),
            "wherever the rule would speak, device/sdk-not-loaded has spoken before",
        ),
        (
            "device/auto-generated swapped with device/integrations-object",
            lanes(mode="cloud"),
            "wherever both rules would speak, device/sdk-not-loaded has spoken before",
        ),
        (
            "device/consent negated",
            lanes(mode="cloud"),
            "no event reaches the rule: device/sdk-not-loaded settle all before",
        ),
    ],
)
def test_the_reason_says_which_rules_stand_before(mutant: str, on: tuple[Lane, ...], why: str) -> None:
    domain = Domain(on)
    assert domain.difference(MUTANTS[mutant]) is None
    assert domain.why_equivalent(MUTANTS[mutant]) == why


def test_a_domain_counts_its_cases() -> None:
    assert Domain((*WEB, *WEB)).cases == 2 * DOMAIN.cases > 100
