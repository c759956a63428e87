"""track, page and screen as custom events; times (cloud.md §5, §17; differences D8, D10, D20, D26, D27)."""

from collections.abc import Callable
from typing import Any

import pytest

Event = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
ErrorOf = Callable[..., tuple[int, str]]

PING = {"type": "track", "event": "Ping", "userId": "u"}
FIRST, SECOND, THIRD, FOURTH = (f"2025-01-01T00:00:0{second}Z" for second in range(1, 5))


def test_a_track_event_becomes_a_custom_event(transformed: Transform) -> None:
    event = {
        **PING,
        "event": "  Door Opened ",
        "name": "x",
        "category": "y",
        "properties": {"a": 1},
        "timestamp": FIRST,
    }
    assert transformed(event) == [
        ("events", {"name": "  Door Opened ", "time": FIRST, "properties": {"a": 1}, "external_id": "u"})
    ]


@pytest.mark.parametrize("name", [None, "", 5, True, ["Ping"], {}])
def test_a_track_event_needs_a_name(name: Any, error_of: ErrorOf) -> None:
    assert error_of({**PING, "event": name}) == (400, "Event name is required")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (None, {}),
        (0, {}),
        (False, {}),
        ("", {}),
        ({}, {}),
        ([], {}),
        (["a", {"b": 1}], {"0": "a", "1": {"b": 1}}),
        ({"time": 1, "event_name": 2, "a": None}, {"a": None}),
        ({"a": {"time": 1}, "Time": 2, "eventName": 3}, {"a": {"time": 1}, "Time": 2, "eventName": 3}),
        ({"price": 1, "currency": "EUR", "product_id": "p"}, {"price": 1, "currency": "EUR", "product_id": "p"}),
    ],
)
@pytest.mark.parametrize("event", [PING, {"type": "page", "userId": "u"}, {"type": "screen", "userId": "u"}])
def test_properties_lose_only_the_names_that_braze_refuses(
    event: Event, given: Any, sent: Event, transformed: Transform
) -> None:
    [(_, body)] = transformed({**event, "properties": given})
    assert body["properties"] == sent


@pytest.mark.parametrize("given", ["x", 5, 0.5, True])
@pytest.mark.parametrize(
    "event",
    [PING, {"type": "page", "userId": "u"}, {**PING, "event": "Order Completed"}, {**PING, "event": "Product Viewed"}],
)
def test_properties_that_are_no_object_are_refused(event: Event, given: Any, error_of: ErrorOf) -> None:
    assert error_of({**event, "properties": given}, recommended_events=True) == (400, "Invalid event properties")


@pytest.mark.parametrize(
    ("kind", "default"), [("page", "Page Viewed"), ("screen", "Screen Viewed"), ("PAGE", "Page Viewed")]
)
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"name": "A", "properties": {"name": "B"}}, "A"),
        ({"name": "", "properties": {"name": "B"}}, "B"),
        ({"properties": {"name": 5}}, 5),
        ({"name": None, "properties": {"name": None}, "category": "C", "event": "E"}, None),
        ({"name": "Order Completed"}, "Order Completed"),
    ],
)
def test_a_view_is_named_after_what_was_viewed(
    kind: str, default: str, given: Event, name: Any, transformed: Transform
) -> None:
    [(_, body)] = transformed({"type": kind, "userId": "u", **given}, recommended_events=True)
    assert body["name"] == (name or default)
    assert body["properties"] == given.get("properties", {})


@pytest.mark.parametrize(
    ("times", "sent"),
    [
        ({"timestamp": FIRST, "originalTimestamp": SECOND, "receivedAt": THIRD}, FIRST),
        ({"timestamp": None, "originalTimestamp": SECOND, "receivedAt": THIRD}, SECOND),
        ({"timestamp": "", "originalTimestamp": "", "receivedAt": THIRD}, THIRD),
        ({"timestamp": 1700000000}, 1700000000),
    ],
)
@pytest.mark.parametrize("event", [PING, {"type": "page", "userId": "u"}, {**PING, "event": "Order Refunded"}])
def test_the_time_is_the_first_that_is_known(event: Event, times: Event, sent: Any, transformed: Transform) -> None:
    [(_, body)] = transformed({**event, **times}, recommended_events=True)
    assert body["time"] == sent


@pytest.mark.parametrize("event", [PING, {"type": "screen", "userId": "u"}, {**PING, "event": "Order Refunded"}])
def test_an_activity_without_any_time_is_refused(event: Event, error_of: ErrorOf) -> None:
    refused = {**event, "timestamp": None, "sentAt": FIRST}
    assert error_of(refused, recommended_events=True) == (400, "Timestamp is missing in the message")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"channel": "sources"}, FOURTH),
        ({"channel": "sources", "context": {"mappedToDestination": True}}, FIRST),
        ({"channel": "web"}, FIRST),
        ({"context": {"channel": "sources"}}, FIRST),
    ],
)
def test_a_warehouse_row_may_carry_its_own_time(given: Event, sent: str, transformed: Transform) -> None:
    [(_, body)] = transformed({**PING, "timestamp": FIRST, "properties": {"timestamp": FOURTH}, **given})
    assert body["time"] == sent


def test_a_page_of_a_warehouse_keeps_its_timestamp(transformed: Transform) -> None:
    event = {
        "type": "page",
        "userId": "u",
        "channel": "sources",
        "timestamp": FIRST,
        "properties": {"timestamp": FOURTH},
    }
    [(_, body)] = transformed(event)
    assert body["time"] == FIRST


@pytest.mark.parametrize("kind", ["record", "", "Identity", " track", None, 5, ["track"], {"a": 1}])
def test_other_types_are_refused(kind: Any, error_of: ErrorOf) -> None:
    assert error_of({"type": kind, "userId": "u"}) == (400, "Message type is not supported")


@pytest.mark.parametrize("kind", ["IDENTIFY", "Track", "aLiAs", "GROUP", "Screen"])
def test_types_are_read_in_any_case(kind: str, transformed: Transform) -> None:
    event = {"type": kind, "event": "E", "userId": "u", "previousId": "p", "groupId": "g", "traits": {"a": 1}}
    assert transformed(event)
