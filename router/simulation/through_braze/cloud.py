"""The router's own cloud path, offline: the transform, trait dedup, batching and client that run live, one read after another."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from router.braze.batching import BatchSettings, batch
from router.braze.bisection import bisect
from router.braze.client import BrazeClient
from router.braze.object_errors import ObjectProblem, all_failed
from router.braze.objects import Item, Request
from router.braze.options import TransformOptions
from router.braze.responses import Outcome, Processed, Rejected, TooLarge, read_answer
from router.braze.trait_dedup import reduce
from router.braze.transform import transform
from router.braze.transform.identity import ANONYMOUS_LABEL
from router.errors import InvalidEvent, ServiceUnreachable
from router.simulation.through_braze.recording import Recorded
from router.simulation.trait_recall import TraitRecall

_T = TypeVar("_T")

_BATCHING = BatchSettings(coalescing="per_user")
_BEFORE = -1
"""Stands for an event that was not recorded."""


class CloudPath:
    """Delivers to one Braze. `refused` says, by index, why an event or a part of it never became anything there.

    `filtered` are events of which trait dedup left nothing, `saved` is the number of attribute updates that it left out.
    """

    def __init__(self, client: BrazeClient) -> None:
        self.refused: dict[int, str] = {}
        self.filtered: set[int] = set()
        self.saved = 0
        self._client = client
        self._recall = TraitRecall()

    async def deliver(self, events: Sequence[Recorded], *, now: float) -> None:
        """Transform, batch and send; raises ServiceUnreachable for an answer that no local Braze gives."""
        items = self._reduced([(event.index, item) for event in events for item in self._items(event)], events, now)
        batched = batch(items, _BATCHING)
        for error in batched.errors:
            self.refused[error.index] = error.message
        await self._send_all(batched.requests, now)

    async def tie(self, anonymous_id: str, user: str, *, now: float) -> None:
        """What an identify does beside its traits."""
        alias = {"alias_name": anonymous_id, "alias_label": ANONYMOUS_LABEL}
        tied = Item("identify", {"user_alias": alias, "external_id": user})
        await self._send_all(batch([(_BEFORE, tied)]).requests, now)
        self.refused.pop(_BEFORE, None)

    def _items(self, event: Recorded) -> list[Item]:
        try:
            return transform(event.message, _options(event))
        except InvalidEvent as error:
            self.refused[event.index] = error.message
            return []

    def _reduced(self, items: list[tuple[int, Item]], events: Sequence[Recorded], now: float) -> list[tuple[int, Item]]:
        """What trait dedup leaves, where the destination asks for it."""
        deduplicated = {event.index for event in events if _options(event).trait_dedup}
        if not deduplicated:
            return items
        reduced = reduce(items, deduplicated=deduplicated, known=self._recall.known(now))
        self.filtered.update(reduced.emptied)
        self.saved += sum(reduced.saved.values())
        return reduced.items

    async def _send_all(self, requests: Iterable[Request], now: float) -> None:
        for request in requests:
            outcome = read_answer(request, await self._client.send(request), now=now)
            if isinstance(outcome, Rejected | TooLarge) and request.size > 1:
                await self._send_all(bisect(request), now)
                continue
            failed = _decided(request, outcome).failed
            for problem in failed:
                self.refused |= dict.fromkeys(problem.events, f"{request.path} {problem.array}: {problem.message}")
            self._recall.learn(_without(request, failed), now)


def _options(event: Recorded) -> TransformOptions:
    connection = event.policy.terms.connection
    return TransformOptions.from_config(connection.destination.config_for(connection.source.type))


def _without(request: Request, failed: Sequence[ObjectProblem]) -> Request:
    """The request as far as Braze has taken it."""
    gone = {(problem.array, problem.index) for problem in failed}
    if not gone:
        return request

    def kept(array: str, entries: Sequence[_T]) -> list[_T]:
        return [entry for index, entry in enumerate(entries) if (array, index) not in gone]

    body = {key: kept(key, value) if key in request.sources else value for key, value in request.body.items()}
    sources = {array: tuple(kept(array, origins)) for array, origins in request.sources.items()}
    return Request.of(request.path, body=body, sources=sources)


def _decided(request: Request, outcome: Outcome) -> Processed:
    if isinstance(outcome, Processed):
        return outcome
    if isinstance(outcome, Rejected | TooLarge):
        return Processed(failed=all_failed(request, outcome.message))
    raise ServiceUnreachable(f"the local Braze does not take `{request.path}`: {outcome.message}")
