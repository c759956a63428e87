"""The router's own cloud path, offline: the transform, the batching and the client that run live, one read after another."""

from collections.abc import Iterable, Sequence

from router.braze.batching import BatchSettings, batch
from router.braze.bisection import bisect
from router.braze.client import BrazeClient
from router.braze.object_errors import all_failed
from router.braze.objects import Item, Request
from router.braze.options import TransformOptions
from router.braze.responses import Outcome, Processed, Rejected, TooLarge, read_answer
from router.braze.transform import transform
from router.braze.transform.identity import ANONYMOUS_LABEL
from router.errors import InvalidEvent, ServiceUnreachable
from router.simulation.through_braze.recording import Recorded

_BATCHING = BatchSettings(coalescing="per_user")


class CloudPath:
    """Delivers to one Braze. `refused` says, by index, why an event or a part of it never became anything there."""

    def __init__(self, client: BrazeClient) -> None:
        self.refused: dict[int, str] = {}
        self._client = client

    async def deliver(self, events: Sequence[Recorded], *, now: float) -> None:
        """Transform, batch and send; raises ServiceUnreachable for an answer that no local Braze gives."""
        items = [(event.index, item) for event in events for item in self._items(event)]
        batched = batch(items, _BATCHING)
        for error in batched.errors:
            self.refused[error.index] = error.message
        await self._send_all(batched.requests, now)

    async def tie(self, anonymous_id: str, user: str, *, now: float) -> None:
        """What an identify does beside its traits."""
        alias = {"alias_name": anonymous_id, "alias_label": ANONYMOUS_LABEL}
        tied = Item("identify", {"user_alias": alias, "external_id": user})
        await self._send_all(batch([(-1, tied)]).requests, now)

    def _items(self, event: Recorded) -> list[Item]:
        connection = event.policy.terms.connection
        config = connection.destination.config_for(connection.source.type)
        try:
            return transform(event.message, TransformOptions.from_config(config))
        except InvalidEvent as error:
            self.refused[event.index] = error.message
            return []

    async def _send_all(self, requests: Iterable[Request], now: float) -> None:
        for request in requests:
            outcome = read_answer(request, await self._client.send(request), now=now)
            if isinstance(outcome, Rejected | TooLarge) and request.size > 1:
                await self._send_all(bisect(request), now)
                continue
            for problem in _decided(request, outcome).failed:
                self.refused |= dict.fromkeys(problem.events, f"{request.path} {problem.array}: {problem.message}")


def _decided(request: Request, outcome: Outcome) -> Processed:
    if isinstance(outcome, Processed):
        return outcome
    if isinstance(outcome, Rejected | TooLarge):
        return Processed(failed=all_failed(request, outcome.message))
    raise ServiceUnreachable(f"the local Braze does not take `{request.path}`: {outcome.message}")
