"""`hybrid-router transform`."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from router.cli.transform import transform

EVENT = {"type": "track", "event": "Ping", "userId": "u", "timestamp": "T"}
ANSWER = {
    "requests": [
        {
            "path": "/users/track",
            "body": {
                "partner": "RudderStack",
                "events": [{"name": "Ping", "time": "T", "properties": {}, "external_id": "u"}],
            },
        }
    ],
    "errors": [],
}


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command on lines, given as JSON data or bytes."""

    def invoke(*lines: Any) -> Result:
        path = tmp_path / "cases.jsonl"
        path.write_bytes(b"\n".join(line if isinstance(line, bytes) else msgspec.json.encode(line) for line in lines))
        return CliRunner().invoke(transform, [str(path)])

    return invoke


def answers(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.output
    return [msgspec.json.decode(line) for line in result.stdout_bytes.splitlines()]


def test_each_line_gives_one_line(run: Run) -> None:
    failing = {"events": [{"type": "x"}, EVENT], "config": {}}
    result = run({"events": [EVENT]}, b"", failing, {"events": []})
    error = {"index": 0, "status": 400, "message": "Message type is not supported"}
    assert answers(result) == [ANSWER, {**ANSWER, "errors": [error]}, {"requests": [], "errors": []}]


def test_config_and_settings_are_obeyed(run: Run) -> None:
    orders = {"events": [{**EVENT, "event": "Order Refunded"}], "config": {"useEcommerceRecommendedEvents": True}}
    legacy = {"events": [{**EVENT, "traits": {"a": 1}}] * 75, "settings": {"track_batching": "legacy"}}
    recommended, batched = answers(run(orders, legacy))
    assert recommended["requests"][0]["body"]["events"][0]["name"] == "ecommerce.order_refunded"
    assert len(batched["requests"]) == 1


@pytest.mark.parametrize("event", [5, None, [], "x", True])
def test_an_event_that_is_no_object_fails_alone(event: Any, run: Run) -> None:
    [answer] = answers(run({"events": [event, EVENT]}))
    assert [error["index"] for error in answer["errors"]] == [0]
    assert answer["requests"] == ANSWER["requests"]


def test_half_of_a_surrogate_pair_is_a_question_mark_and_no_reason_to_refuse_the_line(run: Run) -> None:
    line = rb'{"events":[{"type":"track","event":"a\ud800","userId":"\ud83d\ude00","timestamp":"T","properties":{"\udc00":1}}]}'
    [answer] = answers(run(line))
    event = {"name": "a?", "time": "T", "properties": {"?": 1}, "external_id": "\U0001f600"}
    assert answer == {
        "requests": [{"path": "/users/track", "body": {"partner": "RudderStack", "events": [event]}}],
        "errors": [],
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "line 2: Input data was truncated"),
        (b"nonsense", "line 2: JSON is malformed"),
        (b"[]", "line 2: Expected `object`, got `array`"),
        ({"config": {}}, "line 2: Object missing required field `events`"),
        ({"events": 5}, "line 2: Expected `array`, got `int` - at `$.events`"),
        ({"events": [], "settings": {"track_batching": "x"}}, "line 2: Invalid enum value 'x'"),
        (b'{"events":[{"type":"\xff"}]}', "line 2: 'utf-8' codec can't decode byte 0xff"),
        (b'{"events":[' + b"[" * 100_000, "line 2: "),
        (rb'{"events":["\ud800"], 5}', "line 2: JSON is malformed: unexpected end of hex escape"),
        (rb'{"events":"\ud800"}', "line 2: Expected `array`, got `str` - at `$.events`"),
    ],
)
def test_a_malformed_line_is_told_by_its_number(line: Any, told: str, run: Run) -> None:
    result = run({"events": [EVENT]}, line)
    assert result.exit_code == 64
    assert told in result.stderr
    assert msgspec.json.decode(result.stdout_bytes) == ANSWER


def test_compressed_files_are_read_too(run: Run) -> None:
    assert answers(run(gzip.compress(msgspec.json.encode({"events": [EVENT]})))) == [ANSWER]


@pytest.mark.parametrize("content", [b"\x1f\x8bnonsense", gzip.compress(b"{" * 100)[:-10]])
def test_a_broken_compressed_file_is_a_usage_error(content: bytes, run: Run) -> None:
    result = run(content)
    assert isinstance(result.exception, SystemExit)
    assert "cannot read `" in result.stderr


def test_a_file_that_does_not_exist_is_a_usage_error() -> None:
    result = CliRunner().invoke(transform, ["no-such-file.jsonl"])
    assert "cannot read `no-such-file.jsonl`" in result.stderr


def test_help_shows_an_example() -> None:
    result = CliRunner().invoke(transform, ["--help"])
    assert result.exit_code == 0
    assert "hybrid-router transform -" in result.output
    assert '"events"' in result.output


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_read_when_no_file_is_named(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "router.cli.transform", *arguments]
    content = msgspec.json.encode({"events": [EVENT]})
    done = subprocess.run(command, input=content, capture_output=True, check=True, timeout=60)
    assert msgspec.json.decode(done.stdout) == ANSWER
