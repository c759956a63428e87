"""Simulation: the live code offline, one outcome per event and destination."""

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from policies.connection import Workspace, with_modes
from router.errors import InvalidJson
from router.simulation.envelopes import Envelope, parse_envelope, read_envelopes
from router.simulation.simulate import Simulation
from router.simulation.sources import NoSource

TIME = "2026-05-04T08:00:00.000Z"


def envelope(message: dict[str, Any], source: str | None = "web-shop") -> Envelope:
    return Envelope(json.dumps({"timestamp": TIME, **message}).encode(), source)


def test_an_outcome_has_both_verdicts_and_what_would_follow(quickstart: Workspace) -> None:
    (outcome,) = Simulation(quickstart).run(
        [envelope({"type": "track", "event": "Ping", "userId": "u-1", "messageId": "m-1"})]
    )
    assert (outcome.index, outcome.message_id, outcome.type, outcome.event) == (0, "m-1", "track", "Ping")
    assert (outcome.source_type, outcome.destination, outcome.origin, outcome.mode) == (
        "web",
        "braze-eu",
        "user",
        "hybrid",
    )
    assert (outcome.device.verdict, outcome.device.rule) == ("block", "device/hybrid-goes-by-cloud")
    assert (outcome.cloud.verdict, outcome.cloud.rule) == ("deliver", "cloud/deliver")
    (request,) = outcome.requests
    assert request.path == "/users/track"
    assert request.body["events"] == [{"name": "Ping", "time": TIME, "properties": {}, "external_id": "u-1"}]
    assert outcome.error is None


def test_an_event_the_transform_refuses_says_so_and_makes_no_request(quickstart: Workspace) -> None:
    (outcome,) = Simulation(quickstart).run([envelope({"type": "track", "event": "", "userId": "u-1"})])
    assert outcome.cloud.verdict == "deliver"
    assert outcome.requests == []
    assert outcome.error is not None
    assert (outcome.error.rule, outcome.error.status, outcome.error.message) == (
        "cloud/invalid",
        400,
        "Event name is required",
    )


def test_properties_that_are_null_are_taken_for_absent_since_the_api_of_the_sdk_makes_an_object_of_them(
    quickstart: Workspace,
) -> None:
    on_device = Simulation(with_modes(quickstart, {"web": "device"}))
    for message in ({"type": "page", "userId": "u-1"}, {"type": "track", "event": "Ping", "userId": "u-1"}):
        null, absent = on_device.run([envelope({**message, "properties": None}), envelope(message)])
        assert (null.device.rule, null.device_calls) == ("device/deliver", absent.device_calls)


def test_a_mode_can_be_tried_without_touching_the_file(quickstart: Workspace) -> None:
    event = envelope({"type": "track", "event": "Ping", "userId": "u-1"})
    rules = {}
    for mode in ("cloud", "device", "hybrid"):
        (outcome,) = Simulation(with_modes(quickstart, {"web": mode})).run([event])
        rules[mode] = (outcome.device.rule, outcome.cloud.rule)
    assert rules == {
        "cloud": ("device/sdk-not-loaded", "cloud/deliver"),
        "device": ("device/deliver", "cloud/device-mode"),
        "hybrid": ("device/hybrid-goes-by-cloud", "cloud/deliver"),
    }


def test_a_mode_the_source_type_does_not_support_blocks_both_paths(quickstart: Workspace) -> None:
    workspace = with_modes(quickstart, {"cloud": "hybrid"})
    (outcome,) = Simulation(workspace).run([envelope({"type": "track", "event": "x", "userId": "u"}, "shop-server")])
    assert (outcome.device.rule, outcome.cloud.rule) == ("device/mode-unsupported", "cloud/mode-unsupported")


def test_explain_adds_every_step_and_a_note_about_foreign_marks(quickstart: Workspace) -> None:
    message = {
        "type": "track",
        "event": "x",
        "userId": "u",
        "channel": "mobile",
        "context": {"os": {"name": "Android"}},
    }
    (outcome,) = Simulation(quickstart).explain(envelope(message))
    assert isinstance(outcome.steps, tuple)
    assert [step.rule for step in outcome.steps if step.outcome != "pass"] == [
        "device/hybrid-goes-by-cloud",
        "cloud/deliver",
    ]
    assert {step.config_pointer for step in outcome.steps} >= {"/destinations/0/config/connectionMode/web"}
    assert outcome.notes == ("the event looks like android, its source `web-shop` is of type web; the source decides",)


@pytest.mark.parametrize(
    ("message", "forced", "source_type"),
    [
        ({"channel": "web"}, None, "web"),
        ({"channel": "mobile", "context": {"os": {"name": "iOS"}}}, None, "ios"),
        ({"channel": "server"}, None, "cloud"),
        ({"context": {"library": {"name": "rudder-sdk-swift"}}}, None, "iosSwift"),
        ({}, None, "cloud"),
        ({"channel": "web"}, "android", "android"),
        ({"channel": "web"}, "unity", "unity"),
    ],
)
def test_a_bare_message_gets_its_source_from_the_flag_or_its_marks(
    quickstart: Workspace, message: dict[str, Any], forced: Any, source_type: str
) -> None:
    event = envelope({"type": "track", "event": "x", "userId": "u", **message}, source=None)
    (outcome,) = Simulation(quickstart, source_type=forced).run([event])
    assert outcome.source_type == source_type


def test_a_bare_message_belongs_to_the_only_source_whatever_its_marks_say(quickstart: Workspace) -> None:
    from msgspec.structs import replace

    alone = replace(quickstart, sources=quickstart.sources[:1], connections=quickstart.connections[:1])
    (outcome,) = Simulation(alone).run(
        [envelope({"type": "track", "event": "x", "userId": "u", "channel": "server"}, source=None)]
    )
    assert outcome.source_type == "web"


def test_an_unknown_source_is_named_with_the_nearest_one(quickstart: Workspace) -> None:
    with pytest.raises(NoSource, match="there is no source `web-shpo` in the connection file; did you mean `web-shop`"):
        Simulation(quickstart).outcomes(envelope({"type": "track"}, "web-shpo"))


@pytest.mark.parametrize(
    ("line", "source", "message"),
    [
        (b'{"source":"a","message":{"type":"track"}}', "a", b'{"type":"track"}'),
        (b'{"type":"track"}', None, b'{"type":"track"}'),
        (b'{"type":"track","source":"a"}', None, b'{"type":"track","source":"a"}'),
        (b'{"type":"track","message":"hello"}', None, b'{"type":"track","message":"hello"}'),
    ],
)
def test_a_line_is_an_envelope_or_a_bare_message(line: bytes, source: str | None, message: bytes) -> None:
    assert parse_envelope(line) == Envelope(message, source)


@pytest.mark.parametrize("line", [b"", b"[]", b"nonsense", b'{"a":', b"\xff", b'{"source":"web-shop"}'])
def test_a_line_that_is_neither_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidJson):
        parse_envelope(line)


def test_gzip_is_recognised_blank_lines_are_skipped_and_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"type":"page"}\n\n{"type":"track"}\n{oops\n'))
    reading = read_envelopes(str(file))
    assert [number for number, _ in (next(reading), next(reading))] == [1, 3]
    with pytest.raises(InvalidJson, match=r"events\.jsonl\.gz:4: "):
        next(reading)


def test_stdin_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b'{"type":"page"}\n'))))
    assert [envelope.message for _, envelope in read_envelopes("-")] == [b'{"type":"page"}\n']
