"""When recorded events happened and arrived, and which the router does not accept again."""

import json
from typing import Any

import pytest

from policies.workspace import parse_workspace
from router.errors import InvalidJson
from router.simulation.envelopes import Envelope
from router.simulation.through_braze.recording import Recorded, read_recording
from tests.simulation.test_through_braze_lives import START
from tests.simulation.through_braze_story import moment, said, workspace_document


def read(*events: Envelope, source_type: str = "web") -> list[Recorded]:
    (recording,) = read_recording(parse_workspace(workspace_document("hybrid", source_type)), events).values()
    return recording


def times(event: Recorded) -> tuple[float, float]:
    return round(event.happened - START, 3), round(event.arrived - START, 3)


def bare(**message: Any) -> Envelope:
    return Envelope(json.dumps({"type": "track", "event": "e", "anonymousId": "a-1", **message}).encode(), "app")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"originalTimestamp": moment(5), "sentAt": moment(7)}, (5.0, 7.0)),
        ({"originalTimestamp": moment(5), "sentAt": moment(4)}, (5.0, 5.0)),
        ({"originalTimestamp": moment(5)}, (5.0, 5.0)),
        ({"sentAt": moment(7)}, (7.0, 7.0)),
        ({"timestamp": moment(3), "originalTimestamp": moment(5), "sentAt": moment(7)}, (3.0, 5.0)),
        ({"originalTimestamp": moment(5), "sentAt": moment(7), "receivedAt": moment(1007)}, (1005.0, 1007.0)),
        ({"receivedAt": moment(9)}, (9.0, 9.0)),
    ],
)
def test_an_event_happens_by_its_own_clock_and_arrives_when_it_was_sent(
    stated: dict[str, str], expected: tuple[float, float]
) -> None:
    (event,) = read(bare(**stated))
    assert times(event) == expected


def test_an_app_that_does_not_say_when_it_sent_an_event_sent_it_with_its_next_batch() -> None:
    (event,) = read(bare(originalTimestamp=moment(5)), source_type="android")
    assert times(event) == (5.0, 15.0)


def test_an_event_without_any_time_happens_with_the_one_before_it() -> None:
    first, second = read(bare(originalTimestamp=moment(5), sentAt=moment(6)), bare())
    assert times(second)[0] == times(first)[0]
    (alone,) = read(bare())
    assert alone.message.timestamp == "2026-01-01T00:00:00.000Z"


def test_nothing_overtakes_what_its_sender_has_sent_before_and_keeps_its_time_all_the_same() -> None:
    first, second, other = read(
        said(0, event="first", sent=10), said(1, event="second", sent=4), said(2, event="other", anonymousId="a-2")
    )
    assert [times(event)[1] for event in (first, second, other)] == [10.0, 10.0, 2.0]
    assert second.message.timestamp == moment(1)


def test_a_message_id_is_accepted_once_a_day_from_each_sender() -> None:
    repeated: dict[str, Any] = {"event": "e", "messageId": "m-1"}
    events = read(
        said(0, **repeated),
        said(1, **repeated),
        said(2, anonymousId="a-2", **repeated),
        said(3, source="server", **repeated),
        said(4, event="e", messageId=None),
        said(5, event="e", messageId=None),
        said(90_001, originalTimestamp="2026-05-05T09:00:01.000Z", sentAt="2026-05-05T09:00:01.000Z", **repeated),
    )
    assert [event.repeated for event in events] == [False, True, False, False, False, False, False]


def test_what_is_sent_again_before_its_first_sending_arrives_is_the_repeat() -> None:
    late = said(0, event="e", messageId="m-1", sent=50)
    early = said(0, event="e", messageId="m-1", sent=10)
    assert [event.repeated for event in read(early, late)] == [False, True]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (Envelope(b"[]", "app"), "event 2: "),
        (Envelope(b'{"type":"track"}', "nobody"), "event 2: there is no source `nobody`"),
    ],
)
def test_an_event_that_is_none_is_named(line: Envelope, told: str) -> None:
    with pytest.raises(InvalidJson, match=told):
        read(said(0, event="e"), line)


def test_half_of_a_surrogate_pair_is_no_reason_to_stop() -> None:
    (event,) = read(Envelope(b'{"type":"track","event":"e","userId":"u","properties":{"a":"\\ud83d"}}', "app"))
    assert event.raw["properties"] == {"a": "?"}
