"""The cloud path of one event after another: transform, trait dedup by what earlier events have left behind, requests. Nothing is sent."""

import msgspec

from policies.decide import Policy
from router.braze.batching import batch
from router.braze.objects import EventError, Item, Request
from router.braze.options import TransformOptions
from router.braze.requests import event_items
from router.braze.trait_dedup import asked, reduce
from router.events import Message
from router.simulation.trait_recall import TraitRecall


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What the cloud path makes of one event."""

    items: tuple[Item, ...] = ()
    """As the transform made them."""
    left: tuple[Item, ...] = ()
    """What trait dedup leaves of them, whether the destination has it on or not."""
    repeats: int = 0
    """Attribute updates that Braze has already."""
    deduplicated: bool = False
    """The destination has trait dedup on, so that `left` is sent; else `items`."""
    requests: tuple[Request, ...] = ()
    failure: EventError | None = None

    @property
    def sent(self) -> tuple[Item, ...]:
        """The items that are sent."""
        return () if self.failure else self.left if self.deduplicated else self.items

    @property
    def filtered(self) -> bool:
        """Trait dedup left nothing of it."""
        return self.deduplicated and bool(self.items) and not self.left


class CloudMemory:
    """What every destination's users have in Braze by now."""

    def __init__(self, *, trait_days: int = 30) -> None:
        self._trait_days = trait_days
        self._traits: dict[str, TraitRecall] = {}
        self._options: dict[str, TransformOptions] = {}

    def deliver(self, policy: Policy, message: Message, *, now: float) -> Delivery:
        """Deliver one event that the policy lets through, at `now` seconds of the events' own time."""
        options = self._options_of(policy)
        recall = self._recall_of(policy)
        items, errors = event_items([message], options)
        known = recall.known_of(asked(items, (0,)), now)
        reduced = reduce(items, deduplicated=(0,), known=known)
        batched = batch(reduced.items if options.trait_dedup else items)
        failed = (*errors, *batched.errors)
        delivery = Delivery(
            items=tuple(item for _, item in items),
            left=tuple(item for _, item in reduced.items),
            repeats=sum(reduced.saved.values()),
            deduplicated=options.trait_dedup,
            requests=() if failed else batched.requests,
            failure=failed[0] if failed else None,
        )
        for request in delivery.requests:
            recall.learn(request, now)
        return delivery

    def _options_of(self, policy: Policy) -> TransformOptions:
        connection = policy.terms.connection
        if connection.id not in self._options:
            config = connection.destination.config_for(connection.source.type)
            self._options[connection.id] = TransformOptions.from_config(config)
        return self._options[connection.id]

    def _recall_of(self, policy: Policy) -> TraitRecall:
        return self._traits.setdefault(policy.terms.connection.destination.id, TraitRecall(days=self._trait_days))
