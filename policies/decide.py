"""Compile a connection into a table, decide by looking up, explain by walking every rule.

`decide` and `explain` use the same rules; a property test holds them equal.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from policies.capabilities import MESSAGE_TYPES
from policies.connection import Connection, Ruleset
from policies.decision import Decision, Path, Step, Verdict
from policies.facts import ORIGINS, Facts, Kind
from policies.rules import CLOUD, DEVICE, GATES
from policies.ruling import Rule, Ruling
from policies.sdks import Sdk
from policies.terms import Terms, terms_of, terms_on_device

_OTHER = "other"
"""Stands in the table for every message type that is none of the six."""


MOST_REMEMBERED = 1000
"""Event names whose decisions one cell of the table keeps."""


class _Cell(NamedTuple):
    """What is left to look at once connection, type and origin are known, and the decision where none of it objects."""

    device: tuple[Rule, ...]
    cloud: tuple[Rule, ...]
    decision: Decision
    remembered: dict[str | None, Decision] | None
    """Decisions by event name, where for some names the name is all that is left to look at."""
    by_name: tuple[Callable[[str | None], bool], ...]
    """For which names that is so: those of which each of these is true."""


class Policy:
    """The rules of one connection, compiled: `decide` costs a table look-up where no rule reads the event itself."""

    def __init__(self, terms: Terms, *, device: tuple[Rule, ...] = DEVICE, cloud: tuple[Rule, ...] = CLOUD) -> None:
        self.terms = terms
        self._device, self._cloud = device, cloud
        self._table: Mapping[tuple[str, str, bool, bool], _Cell] = {kind: self._cell(kind) for kind in _KINDS}

    def decide(self, facts: Facts) -> Decision:
        """Both verdicts, each with the rule that settled it."""
        kind = (facts.type, facts.origin, facts.returned_from_braze, facts.plain)
        cell = self._table.get(kind) or self._table[_OTHER, *kind[1:]]
        if cell.remembered is None:
            return self._look(cell, facts)
        decision = cell.remembered.get(facts.name)
        return decision or self._remember(cell.remembered, cell, facts)

    def _remember(self, remembered: dict[str | None, Decision], cell: _Cell, facts: Facts) -> Decision:
        """Names come from clients: the memory is emptied before it grows large."""
        decision = self._look(cell, facts)
        for says_it_all in cell.by_name:
            if not says_it_all(facts.name):
                return decision
        if len(remembered) >= MOST_REMEMBERED:
            remembered.clear()
        remembered[facts.name] = decision
        return decision

    def _look(self, cell: _Cell, facts: Facts) -> Decision:
        device = _objection(cell.device, facts, self.terms) if cell.device else None
        cloud = _objection(cell.cloud, facts, self.terms) if cell.cloud else None
        if device is cloud is None:
            return cell.decision
        return Decision(device or cell.decision.device, cloud or cell.decision.cloud)

    def explain(self, facts: Facts) -> Decision:
        """The same decision with every step that led to it."""
        device, device_steps = _walk("device", self._device, facts, self.terms)
        cloud, cloud_steps = _walk("cloud", self._cloud, facts, self.terms)
        return Decision(device, cloud, device_steps + cloud_steps)

    def _cell(self, kind: Kind) -> _Cell:
        device, device_verdict = _compile_path(self._device, kind, self.terms)
        cloud, cloud_verdict = _compile_path(self._cloud, kind, self.terms)
        reading = (*device, *cloud)
        by_name = tuple({rule.by_name for rule in reading if rule.by_name is not None})
        is_remembered = kind.plain and bool(reading) and all(rule.by_name is not None for rule in reading)
        return _Cell(device, cloud, Decision(device_verdict, cloud_verdict), {} if is_remembered else None, by_name)


def compile(connection: Connection, ruleset: Ruleset = "documented", *, sdk: Sdk | None = None) -> Policy:  # noqa: A001 - the field's word, used as decide.compile
    """Compile one connection, for the given SDK or the one that its source names."""
    return Policy(terms_of(connection, ruleset, sdk))


def compile_on_device(sdk: Sdk | None, config: Mapping[str, Any]) -> Policy:
    """Compile what an SDK does with a Braze config that it received; the cloud path of this policy means nothing."""
    return Policy(terms_on_device(sdk, config), device=GATES)


_KINDS = tuple(
    Kind(kind, origin, returned, plain)
    for kind in (*MESSAGE_TYPES, _OTHER)
    for origin in ORIGINS
    for returned in (False, True)
    for plain in (False, True)
)


def _compile_path(rules: tuple[Rule, ...], kind: Kind, terms: Terms) -> tuple[tuple[Rule, ...], Verdict]:
    """The rules that read the event, up to the first that settles it without; and that one's verdict."""
    facts = Facts(type=kind.type, origin=kind.origin, returned_from_braze=kind.returned_from_braze)
    reading: list[Rule] = []
    for rule in rules:
        if rule.reads(kind, terms):
            reading.append(rule)
        elif verdict := _verdict(rule, rule.judge(facts, terms)):
            return tuple(reading), verdict
    raise AssertionError("the last rule of a path settles every event")


def _objection(rules: tuple[Rule, ...], facts: Facts, terms: Terms) -> Verdict | None:
    for rule in rules:
        ruling = rule.judge(facts, terms)
        if ruling.outcome != "pass":
            return _verdict(rule, ruling)
    return None


def _verdict(rule: Rule, ruling: Ruling) -> Verdict | None:
    return None if ruling.outcome == "pass" else Verdict(ruling.outcome, ruling.rule or rule.id)


def _walk(path: Path, rules: tuple[Rule, ...], facts: Facts, terms: Terms) -> tuple[Verdict, tuple[Step, ...]]:
    steps: list[Step] = []
    for rule in rules:
        ruling = rule.judge(facts, terms)
        steps.append(_step(path, rule, ruling))
        if verdict := _verdict(rule, ruling):
            return verdict, tuple(steps)
    raise AssertionError("the last rule of a path settles every event")


def _step(path: Path, rule: Rule, ruling: Ruling) -> Step:
    return Step(
        rule=ruling.rule or rule.id,
        path=path,
        outcome=ruling.outcome,
        why=ruling.why,
        config_pointer=ruling.config_pointer,
        value=ruling.value,
    )
