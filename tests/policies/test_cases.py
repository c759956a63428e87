"""The cases of a connection stand for every event: what no rule tells apart is decided alike."""

import random
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from policies import decide
from policies.capabilities import MODES
from policies.cases import DIMENSIONS, cases_of, every_value, facts_of
from policies.connection import RULESETS, Connection, Destination, Source
from policies.decide import Policy
from policies.domain import connection_in, every_sdk
from policies.facts import Facts
from policies.matrix import section_of
from policies.rules import CLOUD, DEVICE
from tests.policies.rows import first_row

CONFIGS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "allow-list": {
        "eventFilteringOption": "whitelistedEvents",
        "whitelistedEvents": [{"eventName": " Order Completed "}, {"eventName": "Seen"}, {"eventName": "Paid"}],
    },
    "allow-list of nothing but special names": {
        "eventFilteringOption": "whitelistedEvents",
        "whitelistedEvents": [
            {"eventName": name} for name in ("order completed", "Install Attributed", "Some Other Event")
        ],
    },
    "deny-list that throws": {
        "eventFilteringOption": "blacklistedEvents",
        "blacklistedEvents": [{"eventName": "Seen"}, {}],
    },
    "consents": {
        "consentManagement": [
            {"provider": "custom", "resolutionStrategy": "or", "consents": [{"consent": "a"}, {"consent": "b"}]},
            {"provider": "oneTrust", "consents": [{"consent": "c"}, {"consent": "d"}]},
        ]
    },
    "older consents": {
        "oneTrustCookieCategories": [{"oneTrustCookieCategory": "a"}, {"oneTrustCookieCategory": "b"}],
        "ketchConsentPurposes": [{"purpose": "c"}, {"purpose": "d"}],
        "useEcommerceRecommendedEvents": True,
        "trackAnonymousUser": True,
    },
}
SAMPLE = 60


def every_policy(config: Mapping[str, Any]) -> Iterator[Policy]:
    for (source_type, sdk), mode, ruleset in product(every_sdk(), MODES, RULESETS):
        yield decide.compile(connection_in(source_type, mode, config), ruleset, sdk=sdk)


@pytest.mark.parametrize("config", CONFIGS)
def test_any_event_is_decided_as_the_first_row_says_that_fits_it(config: str) -> None:
    chance = random.Random(config)
    for policy in every_policy(CONFIGS[config]):
        values, section = every_value(policy), section_of(policy)
        for _ in range(SAMPLE):
            event = {name: chance.choice(values[name]) for name in DIMENSIONS}
            decision = policy.decide(facts_of(facts for _, facts in event.values()))
            labels: dict[str, str] = {name: label for name, (label, _) in event.items()}
            assert first_row(section.device, labels).verdict == decision.device, (policy.terms.device.sdk, labels)
            assert first_row(section.cloud, labels).verdict == decision.cloud, (policy.terms.device.sdk, labels)


NAMES = ("Seen", "Paid", "Order Completed", "Install Attributed", "Some Other Event", "Never Heard Of")
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.lower,
    str.upper,
    str.swapcase,
    *(
        f"{before}{{}}{after}".format
        for before, after in (("", " "), (" ", " "), ("\u00a0", ""), ("", "\n"), ("\x00", ""))
    ),
)
PROPERTIES: tuple[Mapping[str, Any], ...] = (
    {"properties": {}},
    {"properties": {"products": [{"product_id": "p"}], "currency": "EUR"}},
    {"properties": {"products": [None]}},
    {"properties": {"campaign": 1}},
)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_track_of_any_name_is_judged_by_every_rule_and_claim_as_some_case_is(config: str) -> None:
    chance = random.Random(config)
    for policy in every_policy(CONFIGS[config]):
        asked = frozenset(_any_name(chance) for _ in range(2))
        cases = (facts_of([facts, {"user_id": "u-1"}]) for _, facts in every_value(policy, names=asked)["event"])
        judged = {_judged(policy, facts, asked) for facts in cases}
        for _ in range(SAMPLE):
            said = {"type": chance.choice(("track", "track", "page")), "name": _any_name(chance), "user_id": "u-1"}
            facts = facts_of([said, chance.choice(PROPERTIES)])
            assert _judged(policy, facts, asked) in judged, (policy.terms.device.sdk, facts, asked)


def _any_name(chance: random.Random) -> str:
    return chance.choice(SPELLINGS)(chance.choice(SPELLINGS)(chance.choice(NAMES)))


def _judged(policy: Policy, facts: Facts, asked: frozenset[str]) -> tuple[object, ...]:
    """What every rule says of an event, and which of the names asked about it has."""
    rulings = (rule.judge(facts, policy.terms) for rule in (*DEVICE, *CLOUD))
    name = facts.name if facts.name in asked else None
    return facts.type, name, *((ruling.outcome, ruling.rule) for ruling in rulings)


def test_names_that_no_rule_tells_apart_are_one_case_however_many_are_listed() -> None:
    names = [{"eventName": f"Event {number}"} for number in range(500)]
    config = {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": names}
    events, *_ = cases_of(decide.compile(connection_in("android", "device", config))).dimensions
    listed = next(value for value in events.values if 'track "Event 7"' in value.labels)
    assert len(listed.labels) == 500
    assert len(events.values) < 10


@pytest.mark.parametrize(
    ("definition", "source_type", "origins"),
    [
        ("", "web", ["user", "auto"]),
        ("", "cloud", ["user", "auto", "back from Braze", "back from Braze, auto"]),
        ("NodeJS", "cloud", ["user", "auto"]),
        ("Braze", "cloud", ["back from Braze", "back from Braze, auto"]),
    ],
)
def test_only_a_source_that_may_be_braze_brings_events_back(
    definition: str, source_type: Any, origins: list[str]
) -> None:
    source = Source(id="s", type=source_type, definition=definition)
    connection = Connection(source=source, destination=Destination(id="d", config={"dataCenter": "EU-01"}))
    assert [label for label, _ in every_value(decide.compile(connection))["origin"]] == origins


def test_an_event_that_comes_back_bears_the_guard_whatever_else_its_case_says() -> None:
    cases = cases_of(decide.compile(connection_in("cloud", "cloud")))
    returned = [facts for facts in cases.every() if facts.returned_from_braze]
    assert returned
    assert {str(facts.integrations) for facts in returned} == {"{'Braze': False}"}
