"""One lane: the events of one partition for one destination, strictly in order.

A retryable failure holds the lane; what Braze refuses for good becomes a dead letter and lets the rest through.
What each answer achieved is settled before the next request goes out, so a crash repeats one request at most.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import structlog

from router.braze.batching import BatchSettings, batch
from router.braze.bisection import bisect
from router.braze.client import BrazeClient
from router.braze.object_errors import all_failed
from router.braze.objects import EventError, Item, Request
from router.braze.responses import Misconfigured, Outcome, Processed, Retry, Unauthorized, read_answer, read_failure
from router.braze.transform import transform
from router.delivery.backoff import delay_before
from router.delivery.circuit import Circuit
from router.delivery.ledger import Ledger
from router.delivery.options import Revisions
from router.enrichment import enrich
from router.errors import BrazeUnreachable, InvalidEvent, InvalidJson, StoreUnavailable
from router.events import decode_message
from router.metrics import Metrics
from router.store.entries import Entry, Queued
from router.store.store import Settlement, Store
from router.timestamps import format_time

log = structlog.get_logger()


class Stopped(Exception):
    """The process is stopping; what is left stays in the queue."""


class Outlet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the lanes of one destination share."""

    destination: str
    client: BrazeClient
    circuit: Circuit
    revisions: Revisions
    batching: BatchSettings
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

    async def deliver(self, entries: Sequence[Entry]) -> None:
        """Deliver entries to the end; raises Stopped, LeaseLost or StoreUnavailable with the rest still queued."""
        events = [queued for entry in entries for queued in entry.events]
        items, invalid = await self._transform(events)
        batched = batch(items, self._outlet.batching)
        ledger = Ledger(self._outlet.destination, entries)
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

    async def _send_all(self, requests: deque[Request], ledger: Ledger) -> None:
        while requests:
            request = requests.popleft()
            outcome = await self._send(request)
            if isinstance(outcome, Processed):
                await self._settle(ledger.answered(request, outcome, now=self._now()))
                continue
            parts = bisect(request)
            ledger.split(request, parts)
            requests.extendleft(reversed(parts))

    async def _send(self, request: Request) -> Outcome:
        """Send until Braze has decided, or has refused the request as a whole so that it must be cut in two."""
        attempt = 0
        while True:
            attempt += 1
            await self._wait(self._outlet.circuit.rest(self._outlet.clock()))
            outcome = await self._try(request)
            self._count(request, outcome)
            if isinstance(outcome, Retry):
                await self._wait(delay_before(attempt, outcome, self._outlet.rng))
            elif isinstance(outcome, Unauthorized | Misconfigured):
                self._outlet.circuit.open(self._outlet.clock(), f"{outcome.status} {outcome.message}")
            elif isinstance(outcome, Processed) or request.size > 1:
                self._outlet.circuit.close()
                return outcome
            else:
                return Processed(failed=all_failed(request, outcome.message))

    async def _try(self, request: Request) -> Outcome:
        try:
            answer = await self._outlet.client.send(request)
        except BrazeUnreachable as error:
            return read_failure(error)
        return read_answer(request, answer, now=self._outlet.clock())

    def _count(self, request: Request, outcome: Outcome) -> None:
        metrics, destination = self._outlet.metrics, self._outlet.destination
        metrics.braze_requests.labels(destination, request.path, type(outcome).__name__.lower()).inc()
        if not isinstance(outcome, Retry):
            return
        metrics.retries.labels(destination, outcome.cause).inc()
        if outcome.arrival == "unknown":
            metrics.ambiguous.labels(destination).inc()
        log.warning(
            "request held back",
            destination=destination, partition=self._partition, path=request.path, cause=outcome.cause, reason=outcome.message,
        )  # fmt: skip

    async def _settle(self, settlement: Settlement) -> None:
        if settlement.finished or settlement.ended:
            await self._until_stored(settlement)

    async def _until_stored(self, settlement: Settlement) -> None:
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
