"""One lane: the events of one partition for one destination, strictly in order.

What each answer achieved is settled, and what the next request carries is noted, before that request goes out: a crash leaves
at most one request in doubt, and the next owner knows which.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Container, Sequence

import msgspec
import structlog

from router.braze.batching import batch
from router.braze.bisection import bisect
from router.braze.objects import EventError, Item, Request
from router.braze.options import TransformOptions
from router.braze.repetition import is_counted
from router.braze.responses import Outcome, Processed
from router.braze.trait_dedup import Reduced
from router.braze.transform import transform
from router.delivery.ledger import Ledger
from router.delivery.outlet import Outlet, Recall
from router.delivery.sending import IN_DOUBT, Sending
from router.delivery.settling import Settling
from router.delivery.trait_guard import TraitGuard
from router.enrichment import enrich
from router.errors import InvalidEvent, InvalidJson, StoreUnavailable
from router.events import decode_message
from router.store.entries import Backlog, Queued
from router.store.erasure import ids_of
from router.timestamps import is_iso

log = structlog.get_logger()

_EVENTS_A_TURN = 64
"""Events transformed before anything else on the event loop has its turn: about a millisecond."""


class Lane:
    """Delivers what it is given, as long as its lease token holds."""

    def __init__(self, outlet: Outlet, *, partition: int, token: str, recall: Recall) -> None:
        self._outlet = outlet
        self._recall = recall
        self._settling = Settling(outlet, partition=partition, token=token)
        self._guard = TraitGuard(outlet.traits, tracks=outlet.tracks_traits)

    async def deliver(self, backlog: Backlog) -> None:
        """Deliver a backlog to the end; raises Stopped, LeaseLost or StoreUnavailable with the rest still queued."""
        events = [queued for entry in backlog.entries for queued in entry.events]
        ledger = Ledger(self._outlet.destination, backlog.entries, beyond=backlog.beyond, parts=backlog.parts)
        sending = Sending(self._outlet, ledger, self._settling, self._guard, self._recall)
        options = await self._options(events)
        erased = await self._erased(events)
        ledger.discard(erased)
        items, invalid = await _transform(events, options, skipped=erased)
        items, uncertain = ledger.undecided(items)
        in_doubt = uncertain.union(ledger.numbers_of(backlog.in_flight))
        items = self._without_doubt(items, ledger, sending, in_doubt, erased=erased)
        reduced = await self._reduce(items, options)
        self._outlet.metrics.traits_saved.labels(self._outlet.destination).inc(sum(reduced.saved.values()))
        batched = batch(reduced.items, self._outlet.batching)
        ledger.filter(reduced.emptied)
        start = ledger.start(batched.requests, (*invalid, *batched.errors), now=self._settling.now())
        await self._settling.settle(start)
        await self._send_all(deque(batched.requests), ledger, sending)

    async def _erased(self, events: Sequence[Queued]) -> frozenset[int]:
        """The events whose users are being deleted here: known from the store's regulations before the queue was read."""
        watch, destination = self._outlet.watch, self._outlet.destination
        if not watch.suppressions.erases_at(destination):
            return frozenset()
        ids = [ids_of(queued.message) for queued in events]
        for queued, (user_id, anonymous_id) in zip(events, ids, strict=True):
            watch.suppressions.learn(user_id, anonymous_id, queued.source)
        await watch.save_links()
        erases = watch.suppressions.erases
        return frozenset(number for number, each in enumerate(ids) if erases(*each, destination))

    async def _options(self, events: Sequence[Queued]) -> list[TransformOptions]:
        revisions, destination = self._outlet.revisions, self._outlet.destination
        asked = [(queued.revision, queued.source) for queued in events]
        found = {
            (revision, source): await revisions.options(revision=revision, source=source, destination=destination)
            for revision, source in dict.fromkeys(asked)
        }
        return [found[pair] for pair in asked]

    async def _reduce(self, items: list[tuple[int, Item]], options: Sequence[TransformOptions]) -> Reduced:
        deduplicated = frozenset(number for number, option in enumerate(options) if option.trait_dedup)
        return await self._guard.reduce(items, deduplicated=deduplicated)

    def _without_doubt(
        self,
        items: list[tuple[int, Item]],
        ledger: Ledger,
        sending: Sending,
        in_doubt: Collection[int],
        *,
        erased: Container[int],
    ) -> list[tuple[int, Item]]:
        """What was in flight when an earlier delivery broke off is sent again, or its counted objects are parked."""
        sending.mark_doubt(sorted(in_doubt))
        if self._outlet.ambiguous == "resend":
            return items
        doubtful = frozenset(number for number in in_doubt if number not in erased)
        if not doubtful:
            return items
        left: list[tuple[int, Item]] = []
        parked: list[tuple[int, Item]] = []
        for number, item in items:
            (parked if number in doubtful and is_counted(item.kind, item.body) else left).append((number, item))
        ledger.park(doubtful, parked, IN_DOUBT)
        return left

    async def _send_all(self, requests: deque[Request], ledger: Ledger, sending: Sending) -> None:
        while requests:
            sent = await sending.send(requests.popleft())
            await self._believe(sent.request, sent.outcome)
            if isinstance(sent.outcome, Processed):
                await self._settling.settle(
                    ledger.answered(
                        sent.request,
                        sent.outcome,
                        now=self._settling.now(),
                        following=requests[0] if requests else None,
                        attempts=sent.attempts,
                    )
                )
                continue
            parts = bisect(sent.request)
            ledger.split(sent.request, parts)
            requests.extendleft(reversed(parts))

    async def _believe(self, request: Request, outcome: Outcome) -> None:
        """Trait memory comes before the settlement: an event that is still queued at a crash is looked at again."""
        while True:
            try:
                await self._guard.answered(request, outcome)
                return
            except StoreUnavailable:
                await self._outlet.wait(0.5)


async def _transform(
    events: Sequence[Queued], options: Sequence[TransformOptions], *, skipped: Container[int]
) -> tuple[list[tuple[int, Item]], list[EventError]]:
    """The items of every event, and what is wrong with those that have none; gives way to others now and then."""
    items: list[tuple[int, Item]] = []
    invalid: list[EventError] = []
    for number, (queued, option) in enumerate(zip(events, options, strict=True)):
        if number % _EVENTS_A_TURN == 0:
            await asyncio.sleep(0)
        if number in skipped:
            continue
        try:
            items += [(number, item) for item in _items(queued, option)]
        except InvalidEvent as error:
            invalid.append(EventError(index=number, status=error.status, message=error.message))
        except InvalidJson as error:
            invalid.append(EventError(index=number, status=400, message=f"the message cannot be read: {error}"))
        except Exception as error:  # a defect of ours: it must not hold up every later event of the partition
            log.error("event not transformed because of a defect", message_id=queued.message_id, exc_info=error)
            invalid.append(EventError(index=number, status=500, message=f"a defect of the transform: {error!r}"))
    return items, invalid


def _items(queued: Queued, options: TransformOptions) -> list[Item]:
    message = decode_message(queued.message)
    if not is_iso(message.timestamp):  # nothing else that the data plane adds is read by the transform
        message = enrich(message, received_at=queued.received_at)
    if message.type != queued.type:  # the path of the request had another
        message = msgspec.structs.replace(message, type=queued.type)
    return transform(message, options)
