"""What is read of a line is enough: every event that some rule can tell from another counts as deciding it by itself does."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from policies.capabilities import SOURCE_TYPES
from policies.connection import Ruleset, Workspace, with_modes
from policies.decision import Decision
from router.classify import classify
from router.events import decode_message
from router.simulation.envelopes import parse_envelope
from router.simulation.plan.planning import plan
from router.simulation.plan.question import path_of
from router.simulation.sources import Sources
from tests.simulation.plan.lines import every_source
from tests.simulation.plan.recount import Units, units_of

TYPES: tuple[Any, ...] = ("track", " Page", "identify", "alias", "group", "screen", "reset", "", None, 7)
NAMES: tuple[Any, ...] = (
    "Ping",
    " Ping ",
    "Order Completed",
    "order completed",
    "Install Attributed",
    "",
    None,
    7,
    ["x"],
)
IDS: tuple[dict[str, Any], ...] = (
    {"userId": "u-1"},
    {"userId": " \u200b", "anonymousId": "a"},
    {"userId": 7},
    {"userId": None},
)
CARRIED: tuple[dict[str, Any], ...] = (
    {},
    {"integrations": {"All": True}},
    {"integrations": {"All": False}},
    {"integrations": {"All": False, "Braze": {"appId": "a"}}},
    {"integrations": {"Braze": False}},
    {"integrations": {"Braze": False}, "context": {"integration": {"name": "Braze"}}},
    {"integrations": None},
    {"integrations": "no"},
    {"context": {"origin": "auto"}},
    {"context": {"consentManagement": {"provider": "custom", "deniedConsentIds": ["marketing"]}}},
    {"context": None},
    {"context": "none", "properties": None},
    {"properties": {"products": []}},
    {"properties": {"products": [None]}},
    {"properties": {"products": [{"product_id": "p", "price": 1, "quantity": 1}], "currency": "EUR", "campaign": "c"}},
)
MARKS: tuple[dict[str, Any], ...] = (
    {"channel": "web"},
    {"channel": "mobile", "context": {"os": {"name": "Android"}}},
    {"channel": "mobile", "context": {"os": {"name": "iOS"}}},
    {"context": {"library": {"name": "analytics-node"}}},
    {"context": {"platform": "AMP"}},
    {"context": {"channel": "sources"}},
    {"context": {"sources": {"job_id": "j"}}},
    {"context": {"integration": {"name": "Braze"}}},
    {"channel": ["web"]},
    {"channel": {"web": 1}, "context": {"channel": "mobile", "os": {"name": "iOS"}}},
    {"channel": None, "context": {"channel": "web"}},
    {"channel": "mobile", "context": {"os": {"name": ["Android"]}}},
    {"channel": "mobile", "context": {"os": "Android"}},
    {"channel": "web", "context": {"library": "analytics-node"}},
    {"context": {"sources": ["job"], "library": {"name": None}, "platform": {"AMP": 1}}},
    {"channel": "web", "context": None},
    {"channel": "web", "context": ["mobile"]},
    {},
)


SOURCES = ("web-device", "web-hybrid", "android-device", "ios-hybrid", "iosSwift-device", "cloud-cloud")
"""Of every kind of code that decides, with every message: so that two messages of one key do come together."""


def messages() -> Iterator[dict[str, Any]]:
    """Every combination."""
    for kind, name, ids, carried in product(TYPES, NAMES, IDS, CARRIED):
        yield {"type": kind, "event": name, **ids, **carried}


@pytest.mark.parametrize(
    "filtering", [{}, {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": [{"eventName": "Ping"}]}]
)
@pytest.mark.parametrize("ruleset", ["documented", "rudderstack"])
def test_the_key_of_an_event_is_all_that_decides_about_it(ruleset: Ruleset, filtering: dict[str, Any]) -> None:
    consent = {
        "consentManagement": [
            {"provider": "custom", "resolutionStrategy": "and", "consents": [{"consent": "marketing"}]}
        ]
    }
    old = every_source(**consent, **filtering)
    new = with_modes(old, dict.fromkeys(SOURCE_TYPES, "cloud"))
    lines = [
        json.dumps({"source": source, "message": message}).encode() for source in SOURCES for message in messages()
    ]
    assert units_of(plan(old, new, lines)) == decided_one_by_one(old, new, lines)


def test_the_marks_of_a_bare_message_tell_its_source_as_they_do_elsewhere() -> None:
    old = every_source()
    new = with_modes(old, {"web": "device", "cloud": "cloud", "android": "cloud"})
    lines = [
        json.dumps({"type": "track", "event": "Ping", "userId": "u-1", **marks, "n": n}).encode()
        for marks in MARKS
        for n in range(3)
    ]
    assert units_of(plan(old, new, lines)) == decided_one_by_one(old, new, lines)


def decided_one_by_one(old: Workspace, new: Workspace, lines: list[bytes]) -> Units:
    """No memory, no shortcut: the whole message, classified and decided in both workspaces."""
    before, after = Sources(old), Sources(new)
    units: Units = Counter()
    for text in lines:
        envelope = parse_envelope(text)
        message = decode_message(envelope.message)
        route = before.route(envelope, message)
        facts = classify(message, route.source)
        for now, then in zip(route.policies, after.route(envelope, message).policies, strict=True):
            decisions = now.decide(facts), then.decide(facts)
            destination = now.terms.connection.destination.id
            paths, rules = map(path, decisions), map(rules_of, decisions)
            units[route.source.id, facts.type, facts.name, destination, *paths, *rules] += 1  # type: ignore[index]
    return units


def path(decision: Decision) -> str:
    """The path by name."""
    return path_of(device=decision.device.verdict == "deliver", cloud=decision.cloud.verdict == "deliver")


def rules_of(decision: Decision) -> tuple[str, ...]:
    """The rules that settled it."""
    return decision.device.rule, decision.cloud.rule
