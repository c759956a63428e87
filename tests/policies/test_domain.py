"""The whole decision domain, enumerated: what must hold for every connection and every event."""

from collections.abc import Iterator
from itertools import product

import msgspec
import pytest

from policies import decide
from policies.capabilities import CLOUD_TYPES, MODES, Mode
from policies.connection import RULESETS, Ruleset
from policies.decision import Decision
from policies.domain import Filtering, connection_in, every_event, policies_with
from policies.facts import Facts
from policies.rules import CLOUD, DEVICE
from policies.sdks import Sdk

EVENTS = tuple(every_event())
FILTERINGS: tuple[Filtering, ...] = ("off", "allow", "deny")
SLICES = tuple(product(FILTERINGS, MODES, RULESETS))


def decisions(
    filtering: Filtering, mode: Mode, ruleset: Ruleset
) -> Iterator[tuple[Sdk | None, decide.Policy, Facts, Decision]]:
    for _, sdk, policy in policies_with(filtering, mode, ruleset):
        for facts in EVENTS:
            yield sdk, policy, facts, policy.decide(facts)


@pytest.mark.parametrize(("filtering", "mode", "ruleset"), SLICES)
def test_deciding_and_explaining_are_one(filtering: Filtering, mode: Mode, ruleset: Ruleset) -> None:
    for _, policy, facts, decision in decisions(filtering, mode, ruleset):
        explained = policy.explain(facts)
        assert (explained.device, explained.cloud) == (decision.device, decision.cloud), facts
        assert explained.steps


@pytest.mark.parametrize(("filtering", "mode", "ruleset"), SLICES)
def test_every_verdict_keeps_the_invariants(filtering: Filtering, mode: Mode, ruleset: Ruleset) -> None:
    ids = {rule.id for rule in (*DEVICE, *CLOUD)}
    for sdk, _, facts, decision in decisions(filtering, mode, ruleset):
        device, cloud = decision.device, decision.cloud
        assert {device.rule, cloud.rule} <= ids
        assert device.rule.startswith("device/")
        assert cloud.rule.startswith("cloud/")
        if facts.origin == "auto" or facts.returned_from_braze:
            assert cloud.verdict == "block", facts
            continue
        assert not (facts.type == "alias" and device.verdict != "block"), facts
        assert not (facts.type not in CLOUD_TYPES and cloud.verdict == "deliver"), facts
        both = device.verdict == "deliver" and cloud.verdict == "deliver"
        assert not both or (sdk is not None and sdk.code == "swift-v2" and ruleset == "rudderstack"), (sdk, facts)
        if device.verdict == "identity":
            assert (mode, facts.type) == ("hybrid", "identify")


def test_no_rule_is_unreachable() -> None:
    met = {
        rule
        for filtering, mode, ruleset in SLICES
        for _, _, _, decision in decisions(filtering, mode, ruleset)
        for rule in (decision.device.rule, decision.cloud.rule)
    }
    switched_off = msgspec.structs.replace(connection_in("web", "hybrid"), enabled=False)
    off = decide.compile(switched_off).decide(EVENTS[0])
    met |= {off.device.rule, off.cloud.rule}
    assert {rule.id for rule in (*DEVICE, *CLOUD)} == met


def test_the_rule_sets_differ_only_where_the_code_departs_from_the_documents() -> None:
    differing = set()
    for mode in MODES:
        pairs = zip(decisions("off", mode, "documented"), decisions("off", mode, "rudderstack"), strict=True)
        for (sdk, _, facts, documented), (_, _, _, rudderstack) in pairs:
            if documented != rudderstack:
                differing.add((sdk.id if sdk else None, mode, facts.type))
    web = {(sdk, "hybrid", kind) for sdk in ("web", "web-v1.1") for kind in ("screen", "group", "alias")}
    assert differing == web | {("iosSwift-v2", "hybrid", "identify"), ("iosSwift-v2", "hybrid", "track")}
