"""Everything that can be covered in one connection file, found by trying it with probes: rules, cells, config branches."""

from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import Any, Literal, NamedTuple

import msgspec

from policies.capabilities import MESSAGE_TYPES
from policies.connection import Workspace
from policies.decision import Decision, Path
from policies.facts import Facts
from policies.terms import Terms
from router.suites.branches import Branches
from router.suites.expectation import exactly, expected_paths
from router.suites.file import Expect, Given, PathExpectation, Where
from router.suites.pasting import case_text
from router.suites.probes import Probe, probes
from router.suites.running import Policies, Result
from router.suites.staging import Stage
from router.suites.suite import DEFAULT_CLOCK, PolicyTest
from router.suites.trial import Occurrence

Kind = Literal["rules", "cells", "branches"]
KINDS: tuple[Kind, ...] = ("rules", "cells", "branches")
_PINNED = PathExpectation(verdict="block", rule="any")
_EVERYTHING = Expect(device=_PINNED, cloud=_PINNED)
"""Pins verdict and rule of both paths, as a pasted case does."""


class Item(NamedTuple):
    """One thing to cover: a rule's id, one path of a cell, or the pointer of a statement of the connection file."""

    kind: Kind
    name: str
    path: Path | None = None


class Case(NamedTuple):
    """A probe on one connection."""

    probe: Probe
    occurrence: Occurrence


class Atlas:
    """One connection file: `reached` has every item that can be covered, with the first case that covers it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stage, self._policies = Stage(workspace), Policies()
        self._branches: dict[tuple[int, bool], Branches] = {}
        self.reached: dict[Item, Case] = {}
        for probe in probes(workspace):
            self._try(probe)

    def asserted(self, result: Result, known: set[Item]) -> Iterator[Item]:
        """What a test has asserted of the events that it met, as far as it is not in `known`."""
        pairs = zip(result.trial.occurrences, result.decisions, strict=True)
        for occurrence, decision in pairs if result.status == "passed" else ():
            yield from self._items(result.test.expect, result.test.given, occurrence, decision, known.__contains__)

    def paste(self, item: Item) -> str:
        """A case for a suite that covers the item."""
        probe, occurrence = self.reached[item]
        met = occurrence.met(self._policies.of(occurrence.terms))
        given = {key: value for key, value in msgspec.to_builtins(probe.given).items() if value is not None}
        if probe.given.consent is not None:
            given["consent"] = _stated(probe.given.consent)
        if len(self._workspace.connections_of(met.source)) > 1:
            given["destination"] = met.outcome.destination
        return case_text({"name": _name(probe, given), "given": given, "event": probe.event, "expect": exactly(met)})

    def _try(self, probe: Probe) -> None:
        for occurrence in self._stage.trial(_as_test(probe)).occurrences:
            decision = self._policies.of(occurrence.terms).decide(occurrence.facts)
            items = self._items(_EVERYTHING, probe.given, occurrence, decision, self.reached.__contains__)
            for item in items:
                self.reached.setdefault(item, Case(probe, occurrence))

    def _items(
        self, expect: Expect, given: Given, occurrence: Occurrence, decision: Decision, is_known: Callable[[Item], bool]
    ) -> Iterator[Item]:
        cell = cell_of(occurrence.terms, occurrence.facts)
        for path, expected in expected_paths(expect):
            if expected.rule is not None:
                yield Item("rules", getattr(decision, path).rule)
            if cell is not None and expected.verdict is not None:
                yield Item("cells", cell, path)
            for branch in self._branches_of(occurrence.terms, given).concerning(occurrence.facts):
                item = Item("branches", branch.pointer)
                if not is_known(item) and branch.decides(path, occurrence.facts, decision, stated=expected):
                    yield item

    def _branches_of(self, terms: Terms, given: Given) -> Branches:
        key = (id(terms), bool(given.mode or given.modes))
        if key not in self._branches:
            self._branches[key] = Branches(terms, overridden=key[1])
        return self._branches[key]


def cell_of(terms: Terms, facts: Facts) -> str | None:
    """`<source>:<destination> <sdk> <mode> <message type or auto-generated>`; None for events that the table does not have."""
    kind = _column(facts)
    if kind is None:
        return None
    connection = terms.connection
    sdk = terms.device.sdk.id if terms.device.sdk else connection.source.type
    return f"{connection.id} {sdk} {terms.mode} {kind}"


def _column(facts: Facts) -> str | None:
    if facts.returned_from_braze:
        return None
    if facts.origin == "auto":
        return "auto-generated"
    return facts.type if facts.type in MESSAGE_TYPES else None


def _as_test(probe: Probe) -> PolicyTest:
    return PolicyTest(
        name=probe.name,
        file="",
        line=0,
        column=0,
        pointer="",
        expect_pointer="",
        connection=FilePath(),
        clock=DEFAULT_CLOCK,
        tags=frozenset(),
        skip=None,
        given=probe.given,
        event=probe.event,
        events_from=None,
        where=Where(),
        expect=_EVERYTHING,
    )


def _name(probe: Probe, given: dict[str, Any]) -> str:
    return f"{probe.name} to {given['destination']}" if "destination" in given else probe.name


def _stated(value: msgspec.Struct) -> dict[str, Any]:
    """The fields that differ from their defaults."""
    plain = msgspec.to_builtins(value)
    default = msgspec.to_builtins(type(value)())
    return {key: each for key, each in plain.items() if each != default[key]}
