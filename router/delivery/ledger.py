"""What is left of each event of a read, while its requests are answered one after another. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from router.braze.objects import EventError, Request
from router.braze.responses import Processed
from router.store.accounting import counter
from router.store.entries import Entry, Queued
from router.store.store import Settlement

INVALID = "cloud/invalid"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """An event that cannot be delivered, with all that is needed to judge it and to send it again."""

    destination: str
    source: str
    type: str
    message_id: str
    received_at: str
    revision: str
    device_rule: str
    cloud_rule: str
    rule: str
    """`cloud/invalid`: the transform refused it; `cloud/deliver`: Braze refused an object of it."""
    errors: tuple[str, ...]
    partly_delivered: bool
    """Some of its objects reached Braze."""
    died_at: str
    message: msgspec.Raw


class _Event(msgspec.Struct):
    """An event on its way: how many requests still carry it, and what went wrong so far."""

    entry: str
    queued: Queued
    waiting: int = 0
    delivered: int = 0
    errors: list[str] = msgspec.field(default_factory=list)
    rule: str = "cloud/deliver"


class Ledger:
    """Follows the events of one read, numbered in order, to their end; each answer becomes a Settlement."""

    def __init__(self, destination: str, entries: Sequence[Entry]) -> None:
        self._destination = destination
        self._events = [_Event(entry.id, queued) for entry in entries for queued in entry.events]
        self._ended = {entry.id: set(entry.ended) for entry in entries}
        self._left = {entry.id: len(entry.events) for entry in entries}

    def start(self, requests: Iterable[Request], errors: Iterable[EventError], *, now: str) -> Settlement:
        """Note which requests carry each event; what no request carries ends here: refused by the transform, or nothing left to send."""
        for request in requests:
            for number in request.events:
                self._events[number].waiting += 1
        for error in errors:
            event = self._events[error.index]
            event.errors.append(error.message)
            event.rule = INVALID
        idle = [number for number, event in enumerate(self._events) if event.waiting == 0]
        emptied = [entry_id for entry_id, left in self._left.items() if left == 0]
        return self._settle(idle, now=now, emptied=emptied)

    def split(self, whole: Request, parts: Iterable[Request]) -> None:
        """A request was cut in two: an event may now wait for both."""
        for number in whole.events:
            self._events[number].waiting -= 1
        for part in parts:
            for number in part.events:
                self._events[number].waiting += 1

    def answered(self, request: Request, outcome: Processed, *, now: str) -> Settlement:
        """Braze has decided about every object of a request."""
        failed: dict[int, list[str]] = {}
        for problem in outcome.failed:
            for number in problem.events:
                failed.setdefault(number, []).append(f"{request.path} {problem.array}: {problem.message}")
        refused = Counter(number for problem in outcome.failed for number in problem.events)
        carried = Counter(number for array in request.sources.values() for origin in array for number in origin)
        for number in request.events:
            event = self._events[number]
            event.waiting -= 1
            event.errors += failed.get(number, [])
            event.delivered += carried[number] - refused[number]
        return self._settle([number for number in request.events if self._events[number].waiting == 0], now=now)

    def _settle(self, numbers: Sequence[int], *, now: str, emptied: Iterable[str] = ()) -> Settlement:
        counters: Counter[str] = Counter()
        letters: list[bytes] = []
        touched: dict[str, None] = dict.fromkeys(emptied)
        for number in numbers:
            event = self._events[number]
            touched[event.entry] = None
            self._ended[event.entry].add(event.queued.position)
            self._left[event.entry] -= 1
            counters[self._counter(event)] += 1
            if event.errors:
                letters.append(msgspec.json.encode(self._letter(event, now)))
        finished = tuple(entry_id for entry_id in touched if self._left[entry_id] == 0)
        return Settlement(
            finished=finished,
            progress={entry_id: sorted(self._ended[entry_id]) for entry_id in touched if entry_id not in finished},
            counters=counters,
            ended=len(numbers),
            dead_letters=tuple(letters),
        )

    def _counter(self, event: _Event) -> str:
        outcome = "dead_lettered" if event.errors else "delivered"
        return counter(outcome, event.queued.source, self._destination, event.rule)

    def _letter(self, event: _Event, now: str) -> DeadLetter:
        queued = event.queued
        return DeadLetter(
            destination=self._destination,
            source=queued.source,
            type=queued.type,
            message_id=queued.message_id,
            received_at=queued.received_at,
            revision=queued.revision,
            device_rule=queued.device_rule,
            cloud_rule=queued.cloud_rule,
            rule=event.rule,
            errors=tuple(event.errors),
            partly_delivered=event.delivered > 0,
            died_at=now,
            message=msgspec.Raw(queued.message),
        )
