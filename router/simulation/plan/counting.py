"""Counts lines of traffic under a question: a pure function, so that any engine can run it over parts and add the tallies up.

Each distinct decision key is decided once, by the code that decides live; every further event of that key costs a look-up.
"""

from collections.abc import Iterable

import msgspec

from policies.connection import Source
from policies.decide import Policy
from policies.facts import Facts
from policies.handlers import reads_properties
from router.classify import classify
from router.errors import InvalidJson
from router.events import Json, Message, decode_message
from router.identifiers import clean_text, id_text
from router.routing import Route
from router.simulation.envelopes import Envelope, parse_envelope
from router.simulation.plan.heads import Key, LeanHead, read_line
from router.simulation.plan.question import NOT_CONNECTED, Question, Side, side_of
from router.simulation.plan.tally import MOST_TROUBLES, SAMPLES, Count, Flow, Group, Tally
from router.simulation.plan.visitors import ANONYMOUS_AFTER, ANONYMOUS_BEFORE, IDENTIFIED, Visitors
from router.simulation.sources import NoSource, Sources
from router.timestamps import parse_time

MOST_KEYS = 50_000
"""Decision keys remembered; names come from clients, so the memory is emptied before it grows large."""


class Routes(msgspec.Struct, frozen=True):
    """One source in the old and in the new workspace."""

    source: Source
    old: Route | None
    new: Route | None

    @property
    def pairs(self) -> list[tuple[str, Policy | None, Policy | None]]:
        """For each destination of either, its id and the policies of now and of then."""
        old, new = _by_destination(self.old), _by_destination(self.new)
        return [(destination, old.get(destination), new.get(destination)) for destination in {**old, **new}]


class Cell:
    """All events of one decision key so far."""

    __slots__ = ("anonymous", "count", "flows", "groups", "identified", "samples", "source")

    def __init__(self, source: str, groups: tuple[Group, ...], *, flows: int, anonymous: int, identified: int) -> None:
        self.source = source
        self.groups = groups
        self.flows = flows
        self.anonymous, self.identified = anonymous, identified
        self.count = 0
        self.samples: list[str] = []

    def sample(self, message_id: Json) -> None:
        """Keep a messageId that is none of those kept."""
        name = clean_text(message_id) if isinstance(message_id, str) else ""
        if name and name not in self.samples:
            self.samples.append(name)


class Counting:
    """A question being put to lines, one after another."""

    def __init__(self, question: Question) -> None:
        self._old = Sources(question.old, question.source_type)
        self._new = Sources(question.new, question.source_type)
        self._cells: dict[Key, Cell] = {}
        self._decided: dict[tuple[str, tuple[Group, ...]], Cell] = {}
        self._flows: dict[tuple[Flow, ...], int] = {}
        self._minutes: dict[str, dict[int, int]] = {}
        """As in the tally, with a number for each of `_flows`: hashing those for every event would take a tenth of the time."""
        self._tally = Tally()
        self._number = 0

    def add(self, line: bytes) -> None:
        """Count one line; a blank one counts for the numbering alone."""
        self._number += 1
        read = read_line(line)
        if read is None:
            self._add_whole(line)
            return
        key, head, known = read
        try:
            cell = self._cells.get(key)
        except TypeError:
            self._add_whole(line)
            return
        if cell is not None:
            self._count(cell, head, known)
        else:
            self._add_unknown(line, head.event, key)

    def finish(self) -> Tally:
        """The tally of all lines so far."""
        self._fold()
        flows = tuple(self._flows)
        for minute, counts in self._minutes.items():
            self._tally.minutes[minute] = {flows[number]: events for number, events in counts.items()}
        return self._tally

    def _add_unknown(self, line: bytes, name: Json, key: Key) -> None:
        """The first event of a key; where the properties decide, each is."""
        if len(self._cells) >= MOST_KEYS:
            self._fold()
        cell = self._add_whole(line)
        if cell is not None and not reads_properties(name):
            self._cells[key] = cell

    def _add_whole(self, line: bytes) -> Cell | None:
        """Decode a line as a whole and decide it; None where that cannot be done."""
        if not line.strip():
            return None
        try:
            envelope = parse_envelope(line)
            message = decode_message(envelope.message)
            routes = self._routes(envelope, message)
        except (InvalidJson, NoSource) as error:
            self._tally.events += 1
            self._tally.undecided += 1
            if len(self._tally.troubles) < MOST_TROUBLES:
                self._tally.troubles.append((self._number, str(error)))
            return None
        facts = classify(message, routes.source)
        cell = self._cell(routes, facts)
        self._count(cell, message, bool(facts.user_id))
        return cell

    def _routes(self, envelope: Envelope, message: Message) -> Routes:
        """The source's routes; raises NoSource where neither workspace has it."""
        try:
            old = self._old.route(envelope, message)
        except NoSource as unknown:
            try:
                new = self._new.route(envelope, message)
            except NoSource:
                raise unknown from None
            return Routes(new.source, None, new)
        return Routes(old.source, old, self._new.same(old.source))

    def _cell(self, routes: Routes, facts: Facts) -> Cell:
        source = routes.source
        groups = tuple(
            Group(source.id, source.type, facts.type, facts.name, destination, _side(old, facts), _side(new, facts))
            for destination, old, new in routes.pairs
        )
        cell = self._decided.get((source.id, groups))
        if cell is None:
            self._note_rules(routes, facts)
            flows = tuple(Flow(group.destination, group.old.by_cloud, group.new.by_cloud) for group in groups)
            cell = self._decided[source.id, groups] = Cell(
                source.id,
                groups,
                flows=self._flows.setdefault(flows, len(self._flows)),
                anonymous=_at_risk(routes, groups),
                identified=_device_runs(routes),
            )
        return cell

    def _note_rules(self, routes: Routes, facts: Facts) -> None:
        for _, old, new in routes.pairs:
            for when, policy in (("old", old), ("new", new)):
                if policy is not None:
                    self._tally.rules.update(f"{when} {step.rule}" for step in policy.explain(facts).steps)

    def _count(self, cell: Cell, head: LeanHead | Message, known: bool) -> None:
        cell.count += 1
        if len(cell.samples) < SAMPLES:
            cell.sample(head.message_id)
        self._date(cell, head)
        if known:
            if cell.identified and (anonymous_id := id_text(head.anonymous_id)):
                self._visitors(cell.source).note(anonymous_id, IDENTIFIED)
        elif not (anonymous_id := id_text(head.anonymous_id)):
            self._tally.without_ids += 1
        elif cell.anonymous:
            self._visitors(cell.source).note(anonymous_id, cell.anonymous)

    def _date(self, cell: Cell, head: LeanHead | Message) -> None:
        counts = self._minutes.get(_likely_minute(head))
        if counts is None:
            counts = self._new_minute(head)
        if counts is None:
            self._tally.undated += 1
            return
        counts[cell.flows] = counts.get(cell.flows, 0) + 1

    def _new_minute(self, head: LeanHead | Message) -> dict[int, int] | None:
        minute = minute_of(head)
        return None if minute is None else self._minutes.setdefault(minute, {})

    def _visitors(self, source: str) -> Visitors:
        found = self._tally.visitors.get(source)
        if found is None:
            found = self._tally.visitors[source] = Visitors()
        return found

    def _fold(self) -> None:
        """Put the cells' counts into the tally, and forget the cells."""
        unconnected = self._tally.unconnected
        for cell in self._decided.values():
            self._tally.events += cell.count
            if not cell.groups:
                unconnected[cell.source] = unconnected.get(cell.source, 0) + cell.count
            for group in cell.groups:
                self._tally.groups.setdefault(group, Count()).add(Count(cell.count, cell.samples))
        self._tally.pool()
        self._cells.clear()
        self._decided.clear()


def count(question: Question, lines: Iterable[bytes]) -> Tally:
    """The tally of these lines."""
    counting = Counting(question)
    add = counting.add
    for line in lines:
        add(line)
    return counting.finish()


def minute_of(head: LeanHead | Message) -> str | None:
    """The minute in which the event came in, as far as it says so (`2026-05-04T06:00`, in UTC)."""
    for stated in (head.received_at, head.timestamp, head.original_timestamp, head.sent_at):
        if (moment := parse_time(stated)) is not None:
            return moment.isoformat()[:16]
    return None


def _likely_minute(head: LeanHead | Message) -> str:
    """The same for the usual spelling, unchecked: right if the tally has met that minute before."""
    stated = head.timestamp if head.received_at is None else head.received_at
    return stated[:16] if isinstance(stated, str) and len(stated) in (20, 24) and stated[-1] == "Z" else ""


def _side(policy: Policy | None, facts: Facts) -> Side:
    return NOT_CONNECTED if policy is None else side_of(policy.terms.mode, policy.decide(facts))


def _at_risk(routes: Routes, groups: tuple[Group, ...]) -> int:
    """Whether an anonymous event of this cell may make a second profile: it goes by cloud while the device runs Braze."""
    bits = 0
    for (_, old, new), group in zip(routes.pairs, groups, strict=True):
        bits |= ANONYMOUS_BEFORE * (group.old.by_cloud and _runs_braze(old))
        bits |= ANONYMOUS_AFTER * (group.new.by_cloud and _runs_braze(new))
    return bits


def _device_runs(routes: Routes) -> int:
    return int(any(_runs_braze(old) or _runs_braze(new) for _, old, new in routes.pairs))


def _runs_braze(policy: Policy | None) -> bool:
    """Whether the SDK starts Braze on the device beside an open cloud path."""
    if policy is None:
        return False
    terms = policy.terms
    return terms.mode == "hybrid" and "hybrid" in terms.capability.modes and terms.device.trouble is None


def _by_destination(route: Route | None) -> dict[str, Policy]:
    policies = route.policies if route else ()
    return {policy.terms.connection.destination.id: policy for policy in policies}
