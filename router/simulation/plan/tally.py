"""What counting a part of the traffic gives: plain counters that add up, whatever the parts were."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from policies.capabilities import SourceType
from router.simulation.plan.question import Side
from router.simulation.plan.visitors import Visitors

SAMPLES = 3
"""MessageIds kept as examples of one row: the first of the traffic."""

MOST_ROWS = 20_000
"""Rows kept; the rarest beyond give up their names, so that ids in event names cannot fill the memory."""

MOST_TROUBLES = 50
"""Lines kept as examples of what could not be decided."""

POOLED = "(other names)"


class Group(NamedTuple):
    """Events that are alike in all that a plan tells apart, for one destination."""

    source: str
    source_type: SourceType
    type: str
    name: str | None
    destination: str
    old: Side
    new: Side


class Count(msgspec.Struct):
    """How many events, and the first few messageIds."""

    events: int = 0
    samples: list[str] = []

    def add(self, other: "Count") -> None:
        """Take in a later part."""
        self.events += other.events
        if len(self.samples) < SAMPLES:
            self.samples = list(dict.fromkeys((*self.samples, *other.samples)))[:SAMPLES]


class Flow(NamedTuple):
    """Which of the two workspaces send an event by cloud to a destination."""

    destination: str
    before: bool
    after: bool


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A line that could not be decided, and why."""

    place: str
    why: str


class Tally(msgspec.Struct, kw_only=True):
    """The counters of one part, or of all."""

    events: int = 0
    undecided: int = 0
    without_ids: int = 0
    """Decided, but the gateway would refuse them: neither userId nor anonymousId."""
    undated: int = 0
    unconnected: dict[str, int] = {}
    """Events of sources without any connection, by source."""
    troubles: list[tuple[int, str]] = []
    """Line number within the part, from 1, and what is wrong."""
    groups: dict[Group, Count] = {}
    pooled: int = 0
    """Names that were given up."""
    rules: set[str] = set()
    """Rules of either workspace that were looked at: `old device/consent`, `new cloud/deliver` …"""
    minutes: dict[str, dict[tuple[Flow, ...], int]] = {}
    """For each minute (`2026-05-04T06:00`) the events by where they go by cloud."""
    visitors: dict[str, Visitors] = {}
    """By source."""

    def merge(self, other: "Tally") -> None:
        """Take in a later part of the traffic; its troubles are for the caller to place."""
        self.events += other.events
        self.undecided += other.undecided
        self.without_ids += other.without_ids
        self.undated += other.undated
        self.pooled += other.pooled
        self.rules |= other.rules
        for source, events in other.unconnected.items():
            self.unconnected[source] = self.unconnected.get(source, 0) + events
        for group, count in other.groups.items():
            self.groups.setdefault(group, Count()).add(count)
        self.pool()
        for minute, flows in other.minutes.items():
            mine = self.minutes.setdefault(minute, {})
            for flow, events in flows.items():
                mine[flow] = mine.get(flow, 0) + events
        for source, visitors in other.visitors.items():
            self.visitors.setdefault(source, Visitors()).merge(visitors)

    def pool(self) -> None:
        """Keep memory bounded: the rarest names beyond the limit become one."""
        if len(self.groups) <= MOST_ROWS:
            return
        ordered = sorted(self.groups.items(), key=lambda item: (-item[1].events, repr(item[0])))
        for group, count in ordered[MOST_ROWS // 2 :]:
            if group.name is None or group.name == POOLED:
                continue
            del self.groups[group]
            self.groups.setdefault(group._replace(name=POOLED), Count()).add(count)
            self.pooled += 1


def add_up(tallies: Iterable[Tally]) -> Tally:
    """The sum of parts, given in the order of the traffic."""
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total
