"""One request, sent until Braze has decided about it or has refused it as a whole.

A failure that passes holds the request back; one that may have reached Braze all the same leaves its events in doubt, which is
marked, and where parking is asked for their counted objects are taken out before the rest is sent again.
"""

from collections.abc import Sequence

import msgspec
import structlog

from router.braze.object_errors import all_failed
from router.braze.objects import Request
from router.braze.repetition import counted_events, split_counted
from router.braze.responses import (
    Misconfigured,
    Outcome,
    Processed,
    Rejected,
    Retry,
    TooLarge,
    Unauthorized,
)
from router.delivery.backoff import Limits, delay_before, given_up
from router.delivery.exchange import exchange
from router.delivery.ledger import Ledger
from router.delivery.outlet import Outlet, Recall, Stopped
from router.delivery.settling import Settling
from router.delivery.trait_guard import TraitGuard

IN_DOUBT = "Braze may have taken it already (its request got no answer); parked instead of sent twice"

_SURE_SECONDS = 1.0
"""How long the store's word that the lease is ours is believed: a process that was frozen or cut off must not send late."""

_LONG_SECONDS = 1.0
"""Waits from which on it is worth a settlement that a crash meanwhile leaves nothing in doubt."""

log = structlog.get_logger()


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent in the end (less than asked when something was parked on the way), what came of it, and how often it was tried."""

    request: Request
    outcome: Processed | TooLarge | Rejected
    attempts: int


class Sending:
    """Sends the requests of one read of one lane, one after another."""

    def __init__(self, outlet: Outlet, ledger: Ledger, settling: Settling, guard: TraitGuard, recall: Recall) -> None:
        self._outlet = outlet
        self._recall = recall
        self._ledger = ledger
        self._settling = settling
        self._guard = guard
        self._noted = True

    async def send(self, request: Request) -> Sent:
        """Send until there is a decision; raises Stopped, LeaseLost. The request is noted as in flight already."""
        attempt, failing_since, self._noted = 0, 0.0, True
        while True:
            attempt += 1
            await self._take_turn(request)
            outcome = await self._attempt(request)
            if isinstance(outcome, Unauthorized | Misconfigured):
                self._outlet.circuit.refused(self._outlet.ticks(), f"{outcome.status} {outcome.message}")
                continue
            if not isinstance(outcome, Retry):
                self._outlet.circuit.close()
                if isinstance(outcome, Processed) and outcome.in_doubt:
                    self.mark_doubt(counted_events(request))
                return Sent(request=request, outcome=_decided(request, outcome), attempts=attempt)
            failing_since = failing_since or self._outlet.ticks()
            limits = self._outlet.limits[outcome.cause]
            if given_up(limits, failing_for=self._outlet.ticks() - failing_since):
                if outcome.arrival == "unknown":
                    self.mark_doubt(counted_events(request))
                message = f"given up after {limits.give_up_after / 3600:g} hours: {outcome.message}"
                return Sent(request=request, outcome=_all_failed(request, message), attempts=attempt)
            left = await self._after_failure(request, outcome)
            if left is None:
                return Sent(request=request, outcome=_all_failed(request, IN_DOUBT), attempts=attempt)
            request = left
            await self._back_off(attempt, outcome, limits)

    def mark_doubt(self, numbers: Sequence[int]) -> None:
        """Events that Braze may have taken already: marked once each, in the counters and in the log."""
        new = self._ledger.queued(self._ledger.mark_ambiguous(numbers))
        if new:
            log.warning(
                "ambiguous: Braze may have taken these events already",
                destination=self._outlet.destination,
                handling=self._outlet.ambiguous,
                decision_ids=[queued.decision_id for queued in new],
                message_ids=[queued.message_id for queued in new],
            )

    async def _take_turn(self, request: Request) -> None:
        """Wait until the request may go. What has not gone is not in doubt: a recall takes its note back, and so does a long wait."""
        outlet = self._outlet
        try:
            await self._wait(outlet.circuit.rest(outlet.ticks()))
            while (seconds := await outlet.pacer.take(request.path)) > 0:
                await self._wait(seconds)
        except Stopped:
            await self._note(None)
            raise

    async def _wait(self, seconds: float) -> None:
        if seconds >= _LONG_SECONDS:
            await self._note(None)
        await self._recall.wait(seconds)

    async def _note(self, request: Request | None) -> None:
        """What is in flight from now on; costs nothing where the store has just said so. Raises LeaseLost."""
        stale = request is not None and self._settling.held_for() > _SURE_SECONDS
        if stale or self._noted is not (request is not None):
            await self._settling.settle(self._ledger.note(request))
            self._noted = request is not None

    async def _attempt(self, request: Request) -> Outcome:
        await self._guard.sending(request)
        await self._note(request)
        outcome = await exchange(self._outlet, request)
        if isinstance(outcome, Retry) and outcome.arrival == "unknown":
            self._guard.lost()
        self._report(request, outcome)
        return outcome

    async def _after_failure(self, request: Request, retry: Retry) -> Request | None:
        """What to send again: all of it, or (parking) what does no harm when repeated; None = nothing."""
        if retry.arrival == "no":
            await self._note(None)
            return request
        doubtful = counted_events(request)
        self.mark_doubt(doubtful)
        if self._outlet.ambiguous == "resend" or not doubtful:
            return request
        counted, rest = split_counted(request)
        if rest is None:
            return None
        self._ledger.split(request, (counted, rest))
        await self._settling.settle(
            self._ledger.answered(counted, _all_failed(counted, IN_DOUBT), now=self._settling.now(), following=rest)
        )
        return rest

    async def _back_off(self, attempt: int, retry: Retry, limits: Limits) -> None:
        circuit, now = self._outlet.circuit, self._outlet.ticks()
        seconds = delay_before(attempt, retry, limits, self._outlet.rng)
        if retry.cause == "throttled":
            circuit.throttled(now, seconds)
        else:
            circuit.failed(now, seconds, retry.message)
        await self._recall.wait(seconds)

    def _report(self, request: Request, outcome: Outcome) -> None:
        metrics, destination = self._outlet.metrics, self._outlet.destination
        metrics.braze_requests.labels(destination, request.path, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Processed):
            self._report_remarks(request, outcome)
            return
        if isinstance(outcome, Retry):
            metrics.retries.labels(destination, outcome.cause).inc()
            if outcome.arrival == "unknown":
                metrics.ambiguous.labels(destination).inc()
        kind = outcome.cause if isinstance(outcome, Retry) else type(outcome).__name__.lower()
        self._outlet.activity.failed(path=request.path, outcome=kind, message=outcome.message)
        log.warning(
            "request not taken", destination=destination, path=request.path, outcome=kind, reason=outcome.message
        )

    def _report_remarks(self, request: Request, outcome: Processed) -> None:
        """Braze took the objects and remarked on some: it may have dropped an event whose schema it does not like."""
        remarks = [*(problem.message for problem in outcome.warned), *outcome.unplaced]
        if remarks:
            log.warning(
                "Braze accepted with remarks",
                destination=self._outlet.destination,
                path=request.path,
                remarks=remarks[:10],
                message_ids=[
                    queued.message_id
                    for problem in outcome.warned[:10]
                    for queued in self._ledger.queued(problem.events)
                ],
            )


def _decided(request: Request, outcome: Processed | TooLarge | Rejected) -> Processed | TooLarge | Rejected:
    """A single object refused as a whole request is refused for good."""
    if isinstance(outcome, Processed) or request.size > 1:
        return outcome
    return _all_failed(request, outcome.message)


def _all_failed(request: Request, message: str) -> Processed:
    return Processed(failed=all_failed(request, message))
