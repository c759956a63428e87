"""What a list of events comes to."""

from typing import Any

import msgspec

from router.braze.batching import BatchSettings
from router.braze.objects import EventError
from router.braze.options import TransformOptions
from router.braze.requests import event_items, transform_events
from router.events import Message, decode_message


def messages(*events: dict[str, Any]) -> list[Message]:
    return [decode_message(msgspec.json.encode({"timestamp": "T", **event})) for event in events]


GOOD = {"type": "track", "event": "E", "userId": "u", "traits": {"a": 1}}
NAMELESS = {"type": "track", "userId": "u"}


def test_errors_keep_the_index_of_their_event_and_do_not_stop_the_others() -> None:
    large = {"type": "track", "event": "x" * 110_000, "userId": "u"}
    got = transform_events(messages(large, NAMELESS, GOOD, {"type": "x"}), TransformOptions())
    assert [(error.index, error.status) for error in got.errors] == [(0, 400), (1, 400), (3, 400)]
    assert got.errors[1] == EventError(index=1, status=400, message="Event name is required")
    [request] = got.requests
    assert request.sources == {"attributes": ((2,),), "events": ((2,),)}


def test_settings_reach_the_batching() -> None:
    events = messages(*[{**GOOD, "traits": {"a": n}} for n in range(75)])
    options = TransformOptions()
    assert len(transform_events(events, options).requests) == 2
    assert len(transform_events(events, options, settings=BatchSettings(track_batching="legacy")).requests) == 1
    [joined] = transform_events(events[:30], options, settings=BatchSettings(coalescing="per_user")).requests
    assert joined.body["attributes"] == [{"a": 29, "external_id": "u"}]


def test_the_first_half_gives_items_with_their_event() -> None:
    items, errors = event_items(messages(NAMELESS, GOOD), TransformOptions())
    assert [(at, item.kind) for at, item in items] == [(1, "attributes"), (1, "events")]
    assert [error.index for error in errors] == [0]
