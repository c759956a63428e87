"""One step of a deletion at one destination: short, repeatable, and never waiting. What it leaves behind is the next Target."""

from collections.abc import Sequence

import msgspec
import structlog

from router.braze.deletion import MAX_USERS, delete_requests
from router.braze.objects import Request
from router.braze.responses import Misconfigured, Outcome, Processed, Retry, Unauthorized
from router.braze.transform.identity import ANONYMOUS_LABEL
from router.delivery.backoff import delay_before
from router.delivery.circuit import REFUSED_SECONDS
from router.delivery.exchange import exchange
from router.delivery.outlet import Outlet
from router.regulations.progress import SWEEPS, Target
from router.regulations.regulation import Regulation
from router.regulations.suppressions import Suppressions
from router.store.erasure import Erasure

log = structlog.get_logger()


class Patience:
    """When Braze may be asked again, by destination; a process that takes over asks at once."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    def waits(self, destination: str, now: float) -> bool:
        """Whether it is too early."""
        return now < self._until.get(destination, 0.0)

    def failed(self, destination: str) -> int:
        """One more failure in a row; returns how many there are."""
        self._failures[destination] = self._failures.get(destination, 0) + 1
        return self._failures[destination]

    def wait(self, destination: str, until: float) -> None:
        """Ask no earlier than that."""
        self._until[destination] = until

    def succeeded(self, destination: str) -> None:
        """Braze has decided."""
        self._failures.pop(destination, None)


class Deleting:
    """The users of one regulation at one destination."""

    def __init__(
        self,
        regulation: Regulation,
        outlet: Outlet,
        *,
        suppressions: Suppressions,
        patience: Patience,
        repeat_after: float,
    ) -> None:
        self._regulation = regulation
        self._outlet = outlet
        self._suppressions = suppressions
        self._patience = patience
        self._repeat_after = repeat_after
        self._erasure = Erasure(outlet.store)

    async def step(self, target: Target) -> Target:
        """Do the next thing there is to do; the same target when nothing can be done yet."""
        steps = {
            "waiting": self._begin,
            "draining": self._drain,
            "letters": self._discard_letters,
            "deleting": self._delete,
            "confirming": self._confirm,
        }
        return await steps[target.stage](target)

    async def _begin(self, target: Target) -> Target:
        fences = await self._erasure.fences(self._outlet.destination)
        return msgspec.structs.replace(target, stage="draining", fences=fences)

    async def _drain(self, target: Target) -> Target:
        """Whatever was read before the suppression was known has an end only when its entry has left the queue."""
        late = await self._erasure.held_back(self._outlet.destination, target.fences)
        if late:
            return msgspec.structs.replace(target, reason=f"events queued before are being ended in {late} partitions")
        return msgspec.structs.replace(target, stage="letters", fences=(), reason="")

    async def _discard_letters(self, target: Target) -> Target:
        destination = self._outlet.destination

        def belongs(user_id: str, anonymous_id: str) -> bool:
            return self._suppressions.erases(user_id, anonymous_id, destination)

        discarded = await self._erasure.discard_letters(destination, belongs)
        return msgspec.structs.replace(
            target, stage="deleting", next=0, discarded_letters=target.discarded_letters + discarded
        )

    async def _delete(self, target: Target) -> Target:
        users = self._regulation.user_ids[target.next : target.next + target.batch]
        asked = [user for user in users if user not in target.failed]
        if not users:
            return await self._end_sweep(target)
        if not asked:
            return msgspec.structs.replace(target, next=target.next + len(users))
        (request,) = delete_requests(asked)
        if not await self._may_go(request):
            return msgspec.structs.replace(target, reason=self._outlet.circuit.reason or target.reason)
        outcome = await exchange(self._outlet, request)
        self._report(request, outcome)
        asking = msgspec.structs.replace(target, attempts=target.attempts + 1)
        if isinstance(outcome, Retry | Unauthorized | Misconfigured):
            return msgspec.structs.replace(asking, reason=self._hold(outcome))
        self._patience.succeeded(self._outlet.destination)
        if not isinstance(outcome, Processed):
            if len(asked) > 1:
                return msgspec.structs.replace(asking, batch=max(1, len(asked) // 2), reason=outcome.message)
            return self._decided(asking, users, {asked[0]: outcome.message})
        refused = {asked[number]: problem.message for problem in outcome.failed for number in problem.events}
        return self._decided(asking, users, refused)

    def _decided(self, target: Target, users: Sequence[str], refused: dict[str, str]) -> Target:
        metrics, destination = self._outlet.metrics, self._outlet.destination
        metrics.deleted_users.labels(destination, "failed").inc(len(refused))
        metrics.deleted_users.labels(destination, "accepted").inc(len(users) - len(refused))
        return msgspec.structs.replace(
            target, next=target.next + len(users), batch=MAX_USERS, failed={**target.failed, **refused}, reason=""
        )

    async def _end_sweep(self, target: Target) -> Target:
        """What this program remembers goes after what Braze has: a sweep that is repeated repeats it."""
        await self._forget()
        if target.sweep < SWEEPS:
            at = self._outlet.clock() + self._repeat_after
            return msgspec.structs.replace(target, stage="confirming", sweep=target.sweep + 1, confirm_at=at)
        return msgspec.structs.replace(target, stage="done")

    async def _forget(self) -> None:
        users = self._regulation.user_ids
        aliases = [each for user in users for each in self._suppressions.aliases(user)]
        await self._outlet.traits.forget((*users, *((ANONYMOUS_LABEL, alias) for alias in aliases)))

    async def _confirm(self, target: Target) -> Target:
        if self._outlet.clock() < target.confirm_at:
            return target
        return msgspec.structs.replace(target, stage="letters")

    async def _may_go(self, request: Request) -> bool:
        outlet, now = self._outlet, self._outlet.clock()
        if self._patience.waits(outlet.destination, now) or outlet.circuit.rest(outlet.ticks()) > 0:
            return False
        seconds = await outlet.pacer.take(request.path)
        if seconds > 0:
            self._patience.wait(outlet.destination, now + seconds)
        return seconds <= 0

    def _hold(self, outcome: Retry | Unauthorized | Misconfigured) -> str:
        """When to ask again. The circuit stays as it is: a key that may not delete is no reason to hold the destination's events."""
        outlet, now = self._outlet, self._outlet.clock()
        if isinstance(outcome, Unauthorized | Misconfigured):
            self._patience.wait(outlet.destination, now + REFUSED_SECONDS)
            reason = f"{outcome.status} {outcome.message}"
            log.error("deletion held", regulation=self._regulation.id, destination=outlet.destination, reason=reason)
            return reason
        attempt = self._patience.failed(outlet.destination)
        self._patience.wait(
            outlet.destination, now + delay_before(attempt, outcome, outlet.limits[outcome.cause], outlet.rng)
        )
        return f"{outcome.cause}: {outcome.message}"

    def _report(self, request: Request, outcome: Outcome) -> None:
        destination = self._outlet.destination
        self._outlet.metrics.braze_requests.labels(destination, request.path, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Processed | Unauthorized | Misconfigured):
            return
        if isinstance(outcome, Retry):
            self._outlet.metrics.retries.labels(destination, outcome.cause).inc()
        log.warning(
            "deletion not taken",
            regulation=self._regulation.id,
            destination=destination,
            users=request.size,
            reason=outcome.message,
        )
