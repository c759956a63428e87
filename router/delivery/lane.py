"""One lane: the events of one partition for one destination, strictly in order.

A retryable failure holds the lane; what Braze refuses for good becomes a dead letter and lets the rest through.
What each answer achieved is settled, and what the next request carries is noted, before that request goes out: a crash leaves
at most one request in doubt, and the next owner knows which.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec
import structlog

from router.braze.batching import BatchSettings, batch
from router.braze.bisection import bisect
from router.braze.client import BrazeClient
from router.braze.object_errors import all_failed
from router.braze.objects import EventError, Item, Request
from router.braze.repetition import counted_events, split_counted
from router.braze.responses import Misconfigured, Outcome, Processed, Retry, Unauthorized, read_answer, read_failure
from router.braze.transform import transform
from router.delivery.backoff import Cause, Limits, delay_before, given_up
from router.delivery.circuit import Circuit
from router.delivery.ledger import Ledger
from router.delivery.options import Revisions
from router.enrichment import enrich
from router.errors import BrazeUnreachable, InvalidEvent, InvalidJson, StoreUnavailable
from router.events import decode_message
from router.metrics import Metrics
from router.store.entries import Backlog, Entry, Queued
from router.store.store import Settlement, Store
from router.timestamps import format_time

log = structlog.get_logger()

Ambiguous = Literal["resend", "park"]
_IN_DOUBT = "Braze may have taken it already (its request got no answer); parked instead of sent twice"


class Stopped(Exception):
    """The process is stopping; what is left stays in the queue."""


class Outlet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the lanes of one destination share."""

    destination: str
    client: BrazeClient
    circuit: Circuit
    revisions: Revisions
    batching: BatchSettings
    ambiguous: Ambiguous
    limits: Mapping[Cause, Limits]
    store: Store
    metrics: Metrics
    clock: Callable[[], float]
    stopping: asyncio.Event
    rng: random.Random


class Lane:
    """Delivers what it is given, as long as its lease token holds."""

    def __init__(self, outlet: Outlet, *, partition: int, token: str) -> None:
        self._outlet = outlet
        self._partition = partition
        self._token = token

    async def deliver(self, backlog: Backlog, entries: Sequence[Entry]) -> None:
        """Deliver entries of a backlog to the end; raises Stopped, LeaseLost or StoreUnavailable with the rest still queued."""
        ledger = Ledger(self._outlet.destination, entries)
        items, invalid = await self._transform([queued for entry in entries for queued in entry.events])
        items = self._settle_doubts(items, ledger, ledger.numbers_of(backlog.in_flight))
        batched = batch(items, self._outlet.batching)
        await self._settle(ledger.start(batched.requests, (*invalid, *batched.errors), now=self._now()))
        await self._send_all(deque(batched.requests), ledger)

    async def _transform(self, events: Sequence[Queued]) -> tuple[list[tuple[int, Item]], list[EventError]]:
        items: list[tuple[int, Item]] = []
        invalid: list[EventError] = []
        for number, queued in enumerate(events):
            try:
                items += [(number, item) for item in await self._items(queued)]
            except InvalidEvent as error:
                invalid.append(EventError(index=number, status=error.status, message=error.message))
            except InvalidJson as error:
                invalid.append(EventError(index=number, status=400, message=f"the message cannot be read: {error}"))
        return items, invalid

    async def _items(self, queued: Queued) -> list[Item]:
        options = await self._outlet.revisions.options(
            revision=queued.revision, source=queued.source, destination=self._outlet.destination
        )
        message = enrich(decode_message(queued.message), received_at=queued.received_at, message_id=queued.message_id)
        return transform(msgspec.structs.replace(message, type=queued.type), options)

    def _settle_doubts(
        self, items: list[tuple[int, Item]], ledger: Ledger, in_doubt: Sequence[int]
    ) -> list[tuple[int, Item]]:
        """What was in flight when an earlier delivery broke off is sent again, or its counted objects are parked."""
        self._mark_doubt(ledger, in_doubt)
        if self._outlet.ambiguous == "resend":
            return items
        for number in in_doubt:
            ledger.fail(number, _IN_DOUBT)
        return [
            (number, item)
            for number, item in items
            if number not in in_doubt or item.kind not in ("events", "purchases")
        ]

    async def _send_all(self, requests: deque[Request], ledger: Ledger) -> None:
        while requests:
            request = requests.popleft()
            sent, outcome, attempts = await self._send(request, ledger)
            if isinstance(outcome, Processed):
                following = requests[0] if requests else None
                await self._settle(
                    ledger.answered(sent, outcome, now=self._now(), following=following, attempts=attempts)
                )
                continue
            parts = bisect(sent)
            ledger.split(sent, parts)
            requests.extendleft(reversed(parts))

    async def _send(self, request: Request, ledger: Ledger) -> tuple[Request, Outcome, int]:
        """Send until Braze has decided, or has refused the request as a whole so that it must be cut in two.

        Returns what was sent in the end (less than asked when counted objects were parked on the way), the outcome, the attempts.
        """
        attempt, failing_since = 0, 0.0
        while True:
            attempt += 1
            await self._wait(self._outlet.circuit.rest(self._outlet.clock()))
            outcome = await self._try(request)
            self._count(request, outcome)
            if isinstance(outcome, Unauthorized | Misconfigured):
                self._outlet.circuit.refused(self._outlet.clock(), f"{outcome.status} {outcome.message}")
                continue
            if not isinstance(outcome, Retry):
                self._outlet.circuit.close()
                if not isinstance(outcome, Processed) and request.size == 1:
                    outcome = Processed(failed=all_failed(request, outcome.message))
                return request, outcome, attempt
            failing_since = failing_since or self._outlet.clock()
            limits = self._outlet.limits[outcome.cause]
            if given_up(limits, failing_for=self._outlet.clock() - failing_since):
                message = f"given up after {limits.give_up_after / 3600:g} hours: {outcome.message}"
                return request, Processed(failed=all_failed(request, message)), attempt
            left = await self._after_failure(request, outcome, ledger)
            if left is None:
                return request, Processed(failed=all_failed(request, _IN_DOUBT)), attempt
            request = left
            await self._back_off(attempt, outcome, limits)
            if outcome.arrival == "no":
                await self._settle(ledger.note(request))

    async def _after_failure(self, request: Request, retry: Retry, ledger: Ledger) -> Request | None:
        """What to send again: all of it, or (parking) what does no harm when repeated; None = nothing."""
        if retry.arrival == "no":
            await self._settle(ledger.note(None))
            return request
        doubtful = counted_events(request)
        self._mark_doubt(ledger, doubtful)
        if self._outlet.ambiguous == "resend" or not doubtful:
            return request
        counted, rest = split_counted(request)
        if rest is None:
            return None
        ledger.split(request, (counted, rest))
        parked = Processed(failed=all_failed(counted, _IN_DOUBT))
        await self._settle(ledger.answered(counted, parked, now=self._now(), following=rest))
        return rest

    def _mark_doubt(self, ledger: Ledger, numbers: Sequence[int]) -> None:
        """Mark events as ambiguous, once each, in the log and the counters."""
        new = ledger.queued(ledger.mark_ambiguous(numbers))
        if new:
            log.warning(
                "ambiguous: Braze may have taken these events already",
                destination=self._outlet.destination,
                handling=self._outlet.ambiguous,
                decision_ids=[queued.decision_id for queued in new],
                message_ids=[queued.message_id for queued in new],
            )

    async def _back_off(self, attempt: int, retry: Retry, limits: Limits) -> None:
        circuit, now = self._outlet.circuit, self._outlet.clock()
        seconds = delay_before(attempt, retry, limits, self._outlet.rng)
        if retry.cause == "throttled":
            circuit.throttled(now, seconds)
        else:
            circuit.failed(now, seconds, retry.message)
        await self._wait(seconds)

    async def _try(self, request: Request) -> Outcome:
        try:
            answer = await self._outlet.client.send(request)
        except BrazeUnreachable as error:
            return read_failure(error)
        return read_answer(request, answer, now=self._outlet.clock())

    def _count(self, request: Request, outcome: Outcome) -> None:
        metrics, destination = self._outlet.metrics, self._outlet.destination
        metrics.braze_requests.labels(destination, request.path, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Processed):
            return
        if isinstance(outcome, Retry):
            metrics.retries.labels(destination, outcome.cause).inc()
            if outcome.arrival == "unknown":
                metrics.ambiguous.labels(destination).inc()
        log.warning(
            "request not taken",
            destination=destination,
            partition=self._partition,
            path=request.path,
            outcome=getattr(outcome, "cause", type(outcome).__name__.lower()),
            reason=outcome.message,
        )

    async def _settle(self, settlement: Settlement) -> None:
        """A settlement that the store did not take is tried again: giving it up would send the request twice."""
        while True:
            try:
                await self._outlet.store.settle(
                    self._partition, self._outlet.destination, token=self._token, settlement=settlement
                )
                return
            except StoreUnavailable as error:
                log.warning("settlement not stored yet", partition=self._partition, reason=str(error))
                await self._wait(0.5)

    async def _wait(self, seconds: float) -> None:
        if self._outlet.stopping.is_set():
            raise Stopped
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._outlet.stopping.wait()
        except TimeoutError:
            return
        raise Stopped

    def _now(self) -> str:
        return format_time(datetime.fromtimestamp(self._outlet.clock(), UTC))
