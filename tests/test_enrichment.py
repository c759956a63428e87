"""Ids and times that the data plane adds."""

import pytest

from router.enrichment import enrich
from router.events import Message
from router.timestamps import format_time, is_iso, parse_time

RECEIVED = "2026-05-04T12:00:00.000Z"


@pytest.mark.parametrize(
    ("message", "time"),
    [
        (Message(timestamp="2026-05-04T08:15:30.123456+02:00"), "2026-05-04T08:15:30.123456+02:00"),
        (Message(timestamp="2026-05-04"), "2026-05-04"),
        (Message(timestamp="Mon, 04 May 2026 08:00:00 +0000"), "2026-05-04T08:00:00.000Z"),
        (Message(timestamp="1777881600"), "2026-05-04T08:00:00.000Z"),
        (Message(timestamp="1777881600250"), "2026-05-04T08:00:00.250Z"),
        (Message(timestamp="yesterday"), RECEIVED),
        (Message(timestamp=12), RECEIVED),
        (Message(), RECEIVED),
        (
            Message(original_timestamp="2026-05-04T09:00:00Z", sent_at="2026-05-04T09:00:30Z"),
            "2026-05-04T11:59:30.000Z",
        ),
        (
            Message(original_timestamp="1999-01-01T00:00:00Z", sent_at="1999-01-01T00:00:01Z"),
            "2026-05-04T11:59:59.000Z",
        ),
        (Message(original_timestamp="2026-05-04T11:00:00Z"), "2026-05-04T11:00:00.000Z"),
        (Message(sent_at="2026-05-04T11:00:00Z"), "2026-05-04T13:00:00.000Z"),
        (Message(sent_at="9999-12-31T23:59:59Z", original_timestamp="0001-01-01T00:00:00Z"), RECEIVED),
    ],
)
def test_the_time_of_an_event_is_its_own_or_corrected_for_the_devices_clock(message: Message, time: str) -> None:
    assert enrich(message, received_at=RECEIVED).timestamp == time


def test_without_a_moment_of_receipt_a_missing_time_stays_missing() -> None:
    assert enrich(Message(original_timestamp="2026-05-04T09:00:00Z")).timestamp is None


def test_a_recorded_moment_of_receipt_is_used() -> None:
    assert enrich(Message(received_at=RECEIVED)).timestamp == RECEIVED


def test_the_message_id_and_the_moment_of_receipt_are_set() -> None:
    message = enrich(Message(message_id=3, received_at="earlier"), received_at=RECEIVED, message_id="m-1")
    assert (message.message_id, message.received_at) == ("m-1", RECEIVED)


def test_a_complete_message_comes_back_as_it_is() -> None:
    message = Message(timestamp=RECEIVED)
    assert enrich(message) is message


@pytest.mark.parametrize("text", ["", "12", "123456789012345", "0001-13-01", "x" * 500, None, 7, {}])
def test_what_is_no_time_is_none(text: object) -> None:
    assert parse_time(text) is None
    assert not is_iso(text)


def test_times_are_written_in_utc_with_milliseconds() -> None:
    moment = parse_time("2026-05-04T08:15:30.2509+02:00")
    assert moment is not None
    assert format_time(moment) == "2026-05-04T06:15:30.250Z"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_cannot_say_is_none(text: str) -> None:
    assert parse_time(text) is None
