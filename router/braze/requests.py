"""What a list of events comes to: transform and batch in one step, without sending anything.

Delivery, `simulate` and `transform` all call this, or its two halves with the trait dedup in between.
"""

from collections.abc import Iterable

from router.braze.batching import Batched, BatchSettings, batch
from router.braze.objects import EventError, Item
from router.braze.options import TransformOptions
from router.braze.transform import transform
from router.errors import InvalidEvent
from router.events import Message


def transform_events(
    events: Iterable[Message], options: TransformOptions, *, settings: BatchSettings | None = None
) -> Batched:
    """The requests for these events, in order of arrival, and the errors of those that give none, by index."""
    items, invalid = event_items(events, options)
    batched = batch(items, settings)
    errors = sorted((*invalid, *batched.errors), key=lambda error: error.index)
    return Batched(requests=batched.requests, errors=tuple(errors))


def event_items(
    events: Iterable[Message], options: TransformOptions
) -> tuple[list[tuple[int, Item]], list[EventError]]:
    """Each event's items with the event's index, and the errors of events that have none."""
    items: list[tuple[int, Item]] = []
    errors: list[EventError] = []
    for at, message in enumerate(events):
        try:
            for item in transform(message, options):
                items.append((at, item))
        except InvalidEvent as error:
            errors.append(EventError(index=at, status=error.status, message=error.message))
    return items, errors
