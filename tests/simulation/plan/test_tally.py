"""Tallies add up, whatever the parts; memory stays bounded, whatever clients send."""

import random

import pytest

from policies.connection import with_modes
from router.simulation.plan import tally as tallies
from router.simulation.plan.counting import MOST_KEYS, count
from router.simulation.plan.planning import plan
from router.simulation.plan.question import NOT_CONNECTED, ask
from router.simulation.plan.tally import POOLED, Count, Group, Tally, add_up
from router.simulation.plan.visitors import ANONYMOUS_AFTER, IDENTIFIED, MOST_VISITORS, Visitors
from tests.simulation.plan.lines import line, one_source


def group(name: str) -> Group:
    return Group("web-shop", "web", "track", name, "braze", NOT_CONNECTED, NOT_CONNECTED)


def test_parts_add_up_to_the_whole() -> None:
    workspace = one_source()
    question = ask(workspace, with_modes(workspace, {"web": "device"}))
    lines = [
        line(event=f"E{n % 7}", userId="u" if n % 3 else None, anonymousId=f"a-{n % 11}", messageId=f"m-{n}")
        for n in range(90)
    ]
    whole = count(question, lines)
    for size in (1, 8, 45):
        parts = [count(question, lines[start : start + size]) for start in range(0, len(lines), size)]
        assert add_up(parts) == whole


def test_the_rarest_names_are_pooled_and_no_event_is_lost() -> None:
    tally = Tally(
        groups={group(f"id-{n}"): Count(1 + n % 2) for n in range(tallies.MOST_ROWS)} | {group("Often"): Count(900)}
    )
    before = sum(each.events for each in tally.groups.values())
    tally.pool()
    assert len(tally.groups) == tallies.MOST_ROWS // 2 + 1
    assert tally.groups[group("Often")].events == 900
    assert tally.groups[group(POOLED)].events > 0
    assert sum(each.events for each in tally.groups.values()) == before
    assert tally.pooled == tallies.MOST_ROWS + 1 - tallies.MOST_ROWS // 2


def test_ids_in_event_names_neither_fill_the_memory_nor_change_the_counts() -> None:
    workspace = one_source()
    lines = (line(event=f"Viewed {n}", userId="u-1") for n in range(tallies.MOST_ROWS * 3))
    made = plan(workspace, with_modes(workspace, {"web": "device"}), lines)
    assert made.summary.changed == tallies.MOST_ROWS * 3
    assert len(made.rows) <= tallies.MOST_ROWS
    assert made.pooled_names > 0


def test_names_that_come_again_after_the_memory_was_emptied_are_counted_on() -> None:
    workspace = one_source()
    names = [f"Viewed {n}" for n in range(MOST_KEYS + 2)]
    lines = (line(event=name, userId="u-1") for name in (*names, *names[-5:], *names[:5], *names[-5:]))
    made = plan(workspace, with_modes(workspace, {"web": "device"}), lines)
    assert made.summary.changed == sum(row.events for row in made.rows) == MOST_KEYS + 17


@pytest.fixture(scope="module")
def crowd() -> list[tuple[str, int]]:
    ids = [f"visitor-{n}" for n in range(2 * MOST_VISITORS + 1000)]
    return [(name, ANONYMOUS_AFTER | (IDENTIFIED if at % 4 == 0 else 0)) for at, name in enumerate(ids)]


def test_few_visitors_are_counted_exactly() -> None:
    visitors = Visitors()
    for n in range(500):
        visitors.note(f"v-{n % 100}", ANONYMOUS_AFTER)
        visitors.note(f"v-{n % 50}", IDENTIFIED)
    counts = visitors.count(ANONYMOUS_AFTER), visitors.count(ANONYMOUS_AFTER | IDENTIFIED)
    assert (counts, visitors.count(ANONYMOUS_AFTER, without=IDENTIFIED), visitors.exact) == ((100, 50), 50, True)


def test_many_visitors_are_estimated_within_two_per_cent(crowd: list[tuple[str, int]]) -> None:
    visitors = Visitors()
    for name, bits in crowd:
        visitors.note(name, bits)
    assert not visitors.exact
    assert len(visitors.met) <= MOST_VISITORS
    assert visitors.count(ANONYMOUS_AFTER) == pytest.approx(len(crowd), rel=0.02)
    assert visitors.count(IDENTIFIED) == pytest.approx(len(crowd) / 4, rel=0.02)


def test_the_sample_of_visitors_hangs_on_neither_order_nor_parts(crowd: list[tuple[str, int]]) -> None:
    whole, merged = Visitors(), Visitors()
    for name, bits in crowd:
        whole.note(name, bits)
    shuffled = list(crowd)
    random.Random(3).shuffle(shuffled)
    for start in range(0, len(shuffled), 90_001):
        part = Visitors()
        for name, bits in shuffled[start : start + 90_001]:
            part.note(name, bits)
        merged.merge(part)
    assert (merged.depth, merged.met) == (whole.depth, whole.met)
