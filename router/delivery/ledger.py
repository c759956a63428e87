"""What is left of each event of a read, while its requests are answered one after another. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from router.braze.objects import EventError, Item, Request
from router.braze.repetition import counted_events
from router.braze.responses import Processed
from router.delivery.parts import Parts, decided, parked, undecided
from router.store.accounting import SUPPRESSED, counter
from router.store.dead_letters import DeadLetter
from router.store.entries import Entry, Part, Place, Queued
from router.store.progress import noted
from router.store.store import Settlement

INVALID = "cloud/invalid"
DELIVER = "cloud/deliver"
FILTERED = "cloud/trait-dedup"


class _Event(msgspec.Struct):
    """An event on its way: how many requests still carry it, and what went wrong so far."""

    entry: str
    queued: Queued
    waiting: int = 0
    delivered: int = 0
    attempts: int = 0
    errors: tuple[str, ...] = ()
    rule: str = DELIVER
    ambiguous: bool = False

    @property
    def place(self) -> Place:
        """Where it is in the queue."""
        return self.entry, self.queued.position

    @property
    def outcome(self) -> str:
        """What its end is counted as."""
        return "dead_lettered" if self.errors else _OUTCOMES.get(self.rule, "delivered")


class Ledger:
    """Follows the events of one read, numbered in order, to their end; each answer becomes a Settlement.

    `beyond`: what an earlier owner left in doubt behind the end of this read. It stays in doubt whatever becomes of this read.
    `parts`: what Braze has decided of events in an earlier delivery that did not come to their end.
    """

    def __init__(
        self,
        destination: str,
        entries: Sequence[Entry],
        *,
        beyond: Iterable[Place] = (),
        parts: Mapping[Place, Part] | None = None,
    ) -> None:
        self._destination = destination
        self._beyond = noted(beyond)
        self._parts = Parts(parts or {})
        self._events = [_Event(entry.id, queued) for entry in entries for queued in entry.events]
        self._ended = {entry.id: "".join(f",{position}" for position in sorted(entry.ended)) for entry in entries}
        self._left = {entry.id: len(entry.events) for entry in entries}
        self._sizes = {entry.id: entry.size for entry in entries}
        self._remarks: Counter[str] = Counter()
        self._begun: dict[int, Part] = {}
        for number, event in enumerate(self._events if parts else ()):
            if part := self._parts.get(event.place):
                self._begun[number] = part
                event.delivered, event.errors = part.delivered, part.errors

    def queued(self, numbers: Iterable[int]) -> list[Queued]:
        """The events behind some numbers."""
        return [self._events[number].queued for number in numbers]

    def numbers_of(self, places: Iterable[Place]) -> list[int]:
        """The numbers of events given by entry id and position; places that are not in this read are left out."""
        wanted = set(places)
        return [number for number, event in enumerate(self._events) if event.place in wanted]

    def undecided(self, items: list[tuple[int, Item]]) -> tuple[list[tuple[int, Item]], frozenset[int]]:
        """The items without those that an earlier delivery settled; and the events of which it is not certain which these are."""
        return undecided(items, self._begun) if self._begun else (items, frozenset())

    def mark_ambiguous(self, numbers: Iterable[int]) -> list[int]:
        """Note that Braze may have taken these already; returns those that were not known as such."""
        new = [number for number in numbers if not self._events[number].ambiguous]
        for number in new:
            event = self._events[number]
            event.ambiguous = True
            self._remarks[counter("ambiguous", event.queued.source, self._destination, DELIVER)] += 1
        return new

    def fail(self, number: int, message: str) -> None:
        """An object of an event will not be sent; the event becomes a dead letter when nothing of it is on its way."""
        self._events[number].errors += (message,)

    def park(self, numbers: Iterable[int], items: Iterable[tuple[int, Item]], message: str) -> None:
        """These items of these events will not be sent, now or later."""
        for number in numbers:
            self.fail(number, message)
        for number, part in parked(items, message).items():
            self._parts.add(self._events[number].place, part)

    def filter(self, numbers: Iterable[int]) -> None:
        """Trait dedup left nothing to send of these; where something was sent before, that is what became of the event."""
        for number in numbers:
            if number not in self._begun:
                self._events[number].rule = FILTERED

    def discard(self, numbers: Iterable[int]) -> None:
        """The users of these are being deleted: nothing of them is sent any more."""
        for number in numbers:
            self._events[number].rule, self._events[number].errors = SUPPRESSED, ()

    def start(self, requests: Sequence[Request], errors: Iterable[EventError], *, now: str) -> Settlement:
        """Note which requests carry each event. What no request carries ends here: refused, or nothing left to send."""
        for request in requests:
            for number in request.events:
                self._events[number].waiting += 1
        for error in errors:
            self.fail(error.index, error.message)
            self._events[error.index].rule = INVALID
        idle = [number for number, event in enumerate(self._events) if event.waiting == 0]
        emptied = [entry_id for entry_id, left in self._left.items() if left == 0]
        return self._settle(idle, now=now, following=requests[0] if requests else None, emptied=emptied)

    def note(self, following: Request | None) -> Settlement:
        """Only note what goes out next, or that nothing is out."""
        return self._settle((), now="", following=following)

    def split(self, whole: Request, parts: Iterable[Request]) -> None:
        """A request was cut in two: an event may now wait for both."""
        for number in whole.events:
            self._events[number].waiting -= 1
        for part in parts:
            for number in part.events:
                self._events[number].waiting += 1

    def answered(
        self, request: Request, outcome: Processed, *, now: str, following: Request | None = None, attempts: int = 1
    ) -> Settlement:
        """Braze has decided about every object of a request; `following` is the one that goes out next."""
        for problem in outcome.failed:
            for number in problem.events:
                self.fail(number, f"{request.path} {problem.array}: {problem.message}")
        taken = _taken(request, outcome)
        ended: list[int] = []
        unfinished: list[int] = []
        for number in request.events:
            event = self._events[number]
            event.waiting -= 1
            event.attempts = attempts
            event.delivered += taken[number]
            (unfinished if event.waiting else ended).append(number)
        if unfinished:
            for number, part in decided(request, outcome, among=frozenset(unfinished)).items():
                self._parts.add(self._events[number].place, part)
        return self._settle(ended, now=now, following=following)

    def _settle(
        self, numbers: Sequence[int], *, now: str, following: Request | None, emptied: Iterable[str] = ()
    ) -> Settlement:
        counts: dict[tuple[str, str, str], int] = {}
        letters: list[bytes] = []
        touched: dict[str, None] = dict.fromkeys(emptied)
        for number in numbers:
            event = self._events[number]
            touched[event.entry] = None
            self._ended[event.entry] += f",{event.queued.position}"
            self._left[event.entry] -= 1
            kind = (event.outcome, event.queued.source, event.rule)
            counts[kind] = counts.get(kind, 0) + 1
            if event.errors:
                letters.append(msgspec.json.encode(self._letter(event, now)))
        self._parts.end(self._events[number].place for number in numbers)
        finished = tuple(entry_id for entry_id in touched if self._left[entry_id] == 0)
        return Settlement(
            finished=finished,
            progress={entry_id: self._ended[entry_id][1:] for entry_id in touched if self._left[entry_id]},
            counters=self._counters(counts),
            ended=len(numbers),
            freed=sum(self._sizes[entry_id] for entry_id in finished),
            dead_letters=tuple(letters),
            in_flight=self._in_flight(following),
            parts=self._parts.news(),
            partly=self._parts.noted(),
        )

    def _counters(self, counts: Mapping[tuple[str, str, str], int]) -> Counter[str]:
        """Counts of endings by outcome, source and rule, and what was to be remarked besides."""
        counters, self._remarks = self._remarks, Counter()
        for (outcome, source, rule), count in counts.items():
            counters[counter(outcome, source, self._destination, rule)] += count
        return counters

    def _in_flight(self, request: Request | None) -> str:
        """What a crash from now on would leave in doubt, as the store keeps it."""
        events = [self._events[number] for number in (counted_events(request) if request else ())]
        out = noted(event.place for event in events)
        return f"{out} {self._beyond}".strip()

    def _letter(self, event: _Event, now: str) -> DeadLetter:
        queued = event.queued
        return DeadLetter(
            destination=self._destination,
            source=queued.source,
            type=queued.type,
            message_id=queued.message_id,
            decision_id=queued.decision_id,
            received_at=queued.received_at,
            revision=queued.revision,
            device_rule=queued.device_rule,
            cloud_rule=queued.cloud_rule,
            rule=event.rule,
            errors=event.errors,
            attempts=event.attempts,
            partly_delivered=event.delivered > 0,
            died_at=now,
            message=msgspec.Raw(queued.message),
        )


_OUTCOMES = {FILTERED: "filtered", SUPPRESSED: "discarded"}
"""Where an event ends of which nothing was sent, by the rule that says so."""


def _taken(request: Request, outcome: Processed) -> Mapping[int, int]:
    """How many objects of each event Braze has accepted; where it accepted all, it is enough to know that there were some."""
    if not outcome.failed:
        return dict.fromkeys(request.events, 1)
    carried = Counter(number for array in request.sources.values() for origin in array for number in origin)
    carried.subtract(number for problem in outcome.failed for number in problem.events)
    return carried
