"""Counters. The unit is one event for one connected destination; each accepted unit is in exactly one place at any moment.

A counter's name is `<outcome>|<source>|<destination>|<rule>`. Repeated messages, which are not accepted, count under `duplicate`,
those with another payload besides under `conflict`, and events that may be in Braze twice under `ambiguous`.
"""

from collections import Counter
from collections.abc import Container, Mapping
from typing import Literal

import msgspec

Ending = Literal["delivered", "blocked", "filtered", "dead_lettered", "discarded"]

SUPPRESSED = "cloud/suppressed-user"
"""The rule under which what the deletion of a user discards is counted."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Where every accepted unit is, and what was refused beside them."""

    accepted: int = 0
    delivered: int = 0
    blocked: int = 0
    filtered: int = 0
    dead_lettered: int = 0
    discarded: int = 0
    queued: int = 0
    duplicate_messages: int = 0
    conflicting_messages: int = 0
    ambiguous: int = 0

    def adds_up(self) -> bool:
        """Whether every accepted unit is accounted for exactly once."""
        ended = self.delivered + self.blocked + self.filtered + self.dead_lettered + self.discarded
        return self.accepted == ended + self.queued

    def since(self, start: "Totals") -> "Totals":
        """What happened after `start`; what was queued then counts as accepted since."""
        changed = {name: getattr(self, name) - getattr(start, name) for name in self.__struct_fields__}
        return Totals(**{**changed, "queued": self.queued, "accepted": changed["accepted"] + start.queued})


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """All counters by name, and what is queued for each destination."""

    counters: Mapping[str, int]
    queued: Mapping[str, int]
    queued_bytes: Mapping[str, int]

    def left_behind(self, destinations: Container[str]) -> dict[str, int]:
        """What is queued for others than these destinations: nobody delivers it."""
        return {name: units for name, units in sorted(self.queued.items()) if units > 0 and name not in destinations}


def counter(outcome: str, source: str, destination: str, rule: str = "") -> str:
    """Name of a counter."""
    return f"{outcome}|{source}|{destination}|{rule}"


def total(counts: Mapping[str, int], queued: int) -> Totals:
    """Add counters up."""
    sums: Counter[str] = Counter()
    for name, value in counts.items():
        sums[name.partition("|")[0]] += value
    return Totals(
        accepted=sums["accepted"],
        delivered=sums["delivered"],
        blocked=sums["blocked"],
        filtered=sums["filtered"],
        dead_lettered=sums["dead_lettered"],
        discarded=sums["discarded"],
        queued=queued,
        duplicate_messages=sums["duplicate"],
        conflicting_messages=sums["conflict"],
        ambiguous=sums["ambiguous"],
    )
