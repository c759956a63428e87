"""The cases of a connection stand for every event: what no rule tells apart is decided alike."""

import random
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from policies import decide
from policies.capabilities import MODES
from policies.cases import DIMENSIONS, cases_of, every_value, facts_of
from policies.connection import RULESETS, Connection, Destination, Source
from policies.decide import Policy
from policies.domain import connection_in, every_sdk
from policies.matrix import section_of
from tests.policies.rows import first_row

CONFIGS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "allow-list": {
        "eventFilteringOption": "whitelistedEvents",
        "whitelistedEvents": [{"eventName": " Order Completed "}, {"eventName": "Seen"}, {"eventName": "Paid"}],
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
