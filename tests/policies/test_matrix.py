"""The matrix of a workspace says of every case what the policy says; so do the changes between two."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, get_args

import msgspec
import pytest

from policies.capabilities import SOURCE_TYPES
from policies.cases import Cases, cases_of
from policies.connection import Workspace, with_modes
from policies.decision import Verdict
from policies.facts import Facts
from policies.matrix import (
    EFFECTS,
    Changes,
    Effect,
    Matrix,
    Way,
    changes,
    effect_of,
    lane_changes,
    lanes_of,
    matrix,
    stand_in,
    way_of,
)
from policies.workspace import parse_workspace
from tests.policies.rows import first_row, fits

SOURCES = [
    {"id": "web", "type": "web"},
    {"id": "android", "type": "android"},
    {"id": "android-2", "type": "android"},
    {"id": "server", "type": "cloud"},
]
CONFIG: dict[str, Any] = {
    "dataCenter": "EU-01",
    "appKey": "k",
    "connectionMode": {"web": "hybrid", "android": "device", "cloud": "cloud"},
    "consentManagement": {"web": [{"provider": "custom", "consents": [{"consent": "ads"}]}]},
    "eventFilteringOption": "blacklistedEvents",
    "blacklistedEvents": [{"eventName": "Debug Ping"}],
}


def workspace(*, sources: list[dict[str, Any]] = SOURCES, ruleset: str = "documented", **config: Any) -> Workspace:
    return parse_workspace(
        {
            "version": 1,
            "ruleset": ruleset,
            "sources": sources,
            "destinations": [{"id": "braze", "config": {**CONFIG, **config}}],
            "connections": [{"source": source["id"], "destination": "braze"} for source in sources],
        }
    )


NOW = workspace()


def every_case(cases: Cases) -> Iterator[tuple[dict[str, str], Facts]]:
    for coordinates in cases.coordinates():
        values = zip(cases.dimensions, coordinates, strict=True)
        yield {each.name: each.values[at].labels[-1] for each, at in values}, cases.facts(coordinates)


def test_the_rows_give_back_every_decision() -> None:
    told, decided = matrix(NOW), 0
    sections = {carrier.source: section for section in told.sections for carrier in section.carriers}
    for lane in lanes_of(NOW):
        section = sections[lane.carrier.source]
        for labels, facts in every_case(cases_of(lane.policy)):
            decision, decided = lane.policy.decide(facts), decided + 1
            assert first_row(section.device, labels).verdict == decision.device
            assert first_row(section.cloud, labels).verdict == decision.cloud
            assert first_row(section.ways, labels).way == way_of(decision.device, decision.cloud)
    assert decided == told.cases


def test_connections_that_decide_alike_share_a_section() -> None:
    assert [[carrier.source for carrier in section.carriers] for section in matrix(NOW).sections] == [
        ["web"],
        ["android", "android-2"],
        ["server"],
    ]


def test_every_section_ends_with_a_row_for_everything_else() -> None:
    for section in matrix(NOW).sections:
        assert [rows[-1].when for rows in (section.ways, section.device, section.cloud)] == [{}, {}, {}]


def test_a_matrix_is_the_same_each_time_and_survives_json() -> None:
    told = msgspec.json.encode(matrix(NOW))
    assert told == msgspec.json.encode(matrix(NOW))
    assert msgspec.json.decode(told, type=Matrix) == matrix(NOW)


CHANGED: list[tuple[str, Workspace, Workspace]] = [
    ("a mode", NOW, with_modes(NOW, {"web": "device"})),
    ("another mode", NOW, with_modes(NOW, {"android": "hybrid", "web": "cloud"})),
    ("a list", NOW, workspace(blacklistedEvents=[{"eventName": "Debug Ping"}, {"eventName": "Seen"}])),
    ("a consent", NOW, workspace(consentManagement={"web": [{"provider": "ketch", "consents": [{"consent": "x"}]}]})),
    ("the rule set", NOW, workspace(ruleset="rudderstack")),
    ("a source", NOW, workspace(sources=SOURCES[1:])),
    ("a source type", NOW, workspace(sources=[{"id": "web", "type": "ios"}, *SOURCES[1:]])),
]


@pytest.mark.parametrize(("old", "new"), [pytest.param(old, new, id=name) for name, old, new in CHANGED])
def test_the_rows_of_a_change_hold_exactly_what_changes(old: Workspace, new: Workspace) -> None:
    found, seen = changes(old, new), 0
    for before, after in pairs(old, new):
        section = next((each for each in found.sections if carried(each, before, after)), None)
        for labels, facts in every_case(cases_of(*(lane.policy for lane in (before, after) if lane))):
            seen += 1
            then, now = ((lane.policy.decide(facts) if lane else None) for lane in (before, after))
            for path in ("device", "cloud"):
                said = {
                    (row.before, row.after) for row in (getattr(section, path) if section else ()) if fits(row, labels)
                }
                verdicts = getattr(then, path, None), getattr(now, path, None)
                assert said == (set() if verdicts[0] == verdicts[1] else {verdicts})
            effects = {row.effect for row in (section.effects if section else ()) if fits(row, labels)}
            ways = [way_of(each.device, each.cloud) if each else "neither" for each in (then, now)]
            assert effects == {effect_of(ways[0], ways[1])} - {None}
    assert seen == found.cases
    assert found.sections


def pairs(old: Workspace, new: Workspace) -> Iterator[tuple[Any, Any]]:
    olds, news = (
        {(lane.carrier.source, lane.carrier.source_type): lane for lane in lanes_of(each)} for each in (old, new)
    )
    for name in {**olds, **news}:
        yield olds.get(name), news.get(name)


def carried(section: Any, before: Any, after: Any) -> bool:
    pair = (before and before.carrier, after and after.carrier)
    return pair in zip(section.before, section.after, strict=True)


def test_what_does_not_change_says_nothing() -> None:
    assert changes(NOW, workspace()).sections == ()
    assert changes(NOW, workspace()).effects == frozenset()


def test_the_effects_of_moving_web_to_device_mode_are_named_worst_first() -> None:
    found = changes(NOW, with_modes(NOW, {"web": "device"}))
    named = [row.effect for section in found.sections for row in section.effects]
    assert named == sorted(named, key=list(EFFECTS).index)
    assert found.effects == {"lost", "moved", "gained"}
    assert msgspec.json.decode(msgspec.json.encode(found), type=Changes) == found


WAYS: list[tuple[Way, Way, Effect | None]] = [
    ("cloud", "cloud", None),
    ("cloud", "neither", "lost"),
    ("both", "neither", "lost"),
    ("neither", "both", "doubled"),
    ("cloud", "both", "doubled"),
    ("both", "device", "no longer doubled"),
    ("cloud", "device", "moved"),
    ("neither", "device", "gained"),
]


@pytest.mark.parametrize(("before", "after", "effect"), WAYS)
def test_an_effect_is_what_happens_to_the_event(before: Way, after: Way, effect: Effect | None) -> None:
    assert effect_of(before, after) == effect


def test_a_device_that_only_switches_the_user_carries_nothing() -> None:
    assert way_of(Verdict("identity", "r"), Verdict("block", "r")) == "neither"
    deliver, block = Verdict("deliver", "r"), Verdict("block", "r")
    assert {way_of(*pair) for pair in product((deliver, block), repeat=2)} == {*get_args(Way)}


def carriers(lanes: Any, part: Callable[[Any], str]) -> list[str]:
    return [part(lane.carrier) for lane in lanes]


def test_every_mode_sdk_and_source_type_can_be_asked_for() -> None:
    web = workspace(sources=SOURCES[:1])
    assert carriers(lanes_of(web), lambda carrier: f"{carrier.sdk} {carrier.mode}") == ["web hybrid"]
    assert carriers(lanes_of(web, ["sdk"]), lambda carrier: carrier.sdk) == ["web", "web-v1.1"]
    assert carriers(lanes_of(web, ["mode"]), lambda carrier: carrier.mode) == ["cloud", "device", "hybrid"]
    assert set(carriers(lanes_of(web, ["source-type"]), lambda carrier: carrier.source_type)) == {*SOURCE_TYPES}
    assert len(list(lanes_of(web, ["source-type", "sdk", "mode"]))) == 3 * (11 + 6)


def test_a_stand_in_has_the_connections_of_its_source_alone() -> None:
    assert carriers(lanes_of(stand_in(NOW, "unity")), lambda carrier: f"{carrier.source} {carrier.mode}") == [
        "any-unity cloud"
    ]


def test_lanes_of_different_variants_are_not_compared_with_each_other() -> None:
    found = lane_changes(NOW, NOW, lanes_of(NOW, ["sdk", "mode"]), lanes_of(NOW, ["sdk", "mode"]))
    assert found.sections == ()
