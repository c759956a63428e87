"""What a queue's progress tells the next owner, whichever version of the program wrote it."""

import pytest

from router.store.entries import Part, UnknownFormat
from router.store.progress import in_flight_of, pack_parts, parts_of

PARTS = {0: Part((b"12345678",), 1), 3: Part((b"abcdefgh",), 0, ("refused",))}


def test_what_an_older_program_noted_is_in_flight() -> None:
    assert in_flight_of({b"settlement": b"s1", b"inflight": b"1-0:0,2 2-0:1"}) == {("1-0", 0), ("1-0", 2), ("2-0", 1)}
    assert in_flight_of({}) == frozenset()


def test_an_event_sent_in_part_is_not_in_flight_until_an_older_program_has_settled_something() -> None:
    noted = {b"inflight": b"1-0:0,1", b"out": b"s1 1-0:1"}
    assert in_flight_of(noted | {b"settlement": b"s1"}) == {("1-0", 1)}
    assert in_flight_of(noted | {b"settlement": b"s2"}) == {("1-0", 0), ("1-0", 1)}
    assert in_flight_of(noted | {b"settlement": b"s1", b"out": b"s1 "}) == frozenset()


def test_parts_are_those_of_unfinished_events_of_entries_that_are_still_queued() -> None:
    progress = {b"settlement": b"s1", b"9-1": b"3", b"part:9-1": pack_parts(PARTS), b"part:8-7": pack_parts(PARTS)}
    assert parts_of(progress, first="9-0") == {("9-1", 0): PARTS[0]}
    assert parts_of(progress, first="10-0") == {}


@pytest.mark.parametrize("value", [b"2whatever", b"1\xc1", b""])
def test_parts_of_a_newer_program_are_refused_not_guessed(value: bytes) -> None:
    with pytest.raises(UnknownFormat, match="queue entry 1-0"):
        parts_of({b"part:1-0": value}, first="1-0")
