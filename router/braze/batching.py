"""Items become as few requests as Braze's limits allow, in an order that keeps every user's story.

Limits: braze.com/docs, rate limits (75 objects combined, 50 identities or merges, 4 MB); 25 subscription entries and
100 KB an item as rudder-transformer sends them. Order: differences D13, D14, D22–D25.
"""

from collections.abc import Iterable, Sequence

import msgspec

from router.braze.bisection import bisect
from router.braze.coalescing import Coalescing
from router.braze.objects import EventError, Item, Request, encode
from router.braze.packing import TrackBatching
from router.braze.sequence import Sequencer

MAX_ITEM_BYTES = 102_400
MAX_REQUEST_BYTES = 4_000_000


class BatchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How objects are packed: 75 combined or 75 per array a request; one attribute object per user, or all as they came."""

    track_batching: TrackBatching = "combined"
    coalescing: Coalescing = "off"


class Batched(msgspec.Struct, frozen=True, kw_only=True):
    """Requests in the order in which they must be sent, and the events that give none."""

    requests: tuple[Request, ...]
    errors: tuple[EventError, ...] = ()


def batch(items: Iterable[tuple[int, Item]], settings: BatchSettings | None = None) -> Batched:
    """Pack items, each with the index of its event, ascending; an event with an item over 100 KB fails as a whole."""
    settings = settings or BatchSettings()
    kept = list(items)
    requests = _sequence(kept, settings)
    if all(len(request.content) <= MAX_ITEM_BYTES for request in requests):
        return Batched(requests=requests)
    return _within_byte_limits(kept, requests, settings)


def _sequence(items: Sequence[tuple[int, Item]], settings: BatchSettings) -> tuple[Request, ...]:
    sequencer = Sequencer()
    sequencer.add(items)
    return tuple(sequencer.requests(settings.track_batching, settings.coalescing))


def _within_byte_limits(
    items: Sequence[tuple[int, Item]], requests: Iterable[Request], settings: BatchSettings
) -> Batched:
    """No object can be over its limit in a request that is under it, so only events of larger requests are measured."""
    suspects = {at for request in requests if len(request.content) > MAX_ITEM_BYTES for at in request.events}
    errors = _oversized((at, item) for at, item in items if at in suspects)
    kept = [(at, item) for at, item in items if at not in errors]
    sequenced = _sequence(kept, settings)
    if settings.coalescing != "off" and any(map(_has_large_object, sequenced)):
        sequenced = _sequence(kept, msgspec.structs.replace(settings, coalescing="off"))
    pieces = tuple(piece for request in sequenced for piece in _split(request))
    return Batched(requests=pieces, errors=tuple(errors[at] for at in sorted(errors)))


def _oversized(items: Iterable[tuple[int, Item]]) -> dict[int, EventError]:
    errors: dict[int, EventError] = {}
    for at, item in items:
        size = len(encode(item.body))
        if size > MAX_ITEM_BYTES:
            message = f"[Braze] Single {item.kind} item exceeds {MAX_ITEM_BYTES} bytes (got {size})"
            errors.setdefault(at, EventError(index=at, status=400, message=message))
    return errors


def _has_large_object(request: Request) -> bool:
    if len(request.content) <= MAX_ITEM_BYTES:
        return False
    return any(len(encode(body)) > MAX_ITEM_BYTES for array in request.sources for body in request.body[array])


def _split(request: Request) -> Iterable[Request]:
    if len(request.content) <= MAX_REQUEST_BYTES or request.size == 1:
        return (request,)
    return (piece for half in bisect(request) for piece in _split(half))
