"""The command line as a whole: help, exit codes, no tracebacks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from router.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent.parent
CONNECTIONS = "fixtures/connections/quickstart.yaml"
EVENTS = "fixtures/events/shop.jsonl"


def run(
    *arguments: str, feed: bytes = b"", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own, from the top of the project."""
    command = [sys.executable, "-m", "router.cli.main", *arguments]
    return subprocess.run(command, input=feed, capture_output=True, cwd=ROOT, env=environment, timeout=60, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = run(command, "--help")
    assert shown.returncode == 0
    assert b"Example" in shown.stdout
    assert f"hybrid-router {command}".encode() in shown.stdout


def test_the_list_of_commands_is_complete_and_loads_nothing_heavy() -> None:
    listed = run("--help").stdout.decode()
    assert all(f"  {command} " in listed for command in COMMANDS)
    code = "import sys, router.cli.main; sys.exit(any(name in sys.modules for name in ('rich', 'httpx', 'redis', 'starlette')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


WRONG: list[tuple[list[str], bytes, int, str]] = [
    (["nonsense"], b"", 64, "No such command"),
    (["simulate"], b"", 64, "Missing option '--connection'"),
    (
        ["simulate", EVENTS, "-c", "nowhere.yaml"],
        b"",
        3,
        "nowhere.yaml: /: cannot read the file: No such file or directory",
    ),
    (
        ["simulate", "nowhere.jsonl", "-c", CONNECTIONS],
        b"",
        64,
        "cannot read `nowhere.jsonl`: No such file or directory",
    ),
    (["simulate", "-c", CONNECTIONS], b'{"type":"page"}\n{oops\n', 64, "error: -:2: "),
    (["simulate", "-c", CONNECTIONS], b'{"source":"x","message":{}}', 64, "-:1: there is no source `x`"),
    (
        ["simulate", "-c", CONNECTIONS, "--mode", "webb=hybrid"],
        b"",
        64,
        "`webb` is no source type; did you mean `web`?",
    ),
    (
        ["simulate", "-c", CONNECTIONS, "--mode", "web=hybird"],
        b"",
        64,
        "`hybird` is no connection mode; did you mean `hybrid`?",
    ),
    (["explain", "-c", CONNECTIONS], b"[]", 64, "explain takes exactly one JSON object"),
    (["serve", "--connections", "nowhere.yaml"], b"", 3, "nowhere.yaml"),
    (
        ["serve", "--connections", CONNECTIONS],
        b"",
        3,
        "/destinations/0/config/restApiKey: the environment variable `BRAZE_REST_KEY` is not set",
    ),
    (["serve", "--port", "many"], b"", 3, "`many` is not allowed for port"),
    (["up", "--once"], b"", 64, "--once goes with --demo"),
    (["up"], b"", 3, "connections.yaml: /: there is no such connection file; name yours with --connections, or try"),
    (["send", EVENTS, "--url", "http://127.0.0.1:9"], b"", 64, "no write key for source"),
]


@pytest.mark.parametrize(
    ("arguments", "feed", "code", "told"), WRONG, ids=[" ".join(row[0]) + f" {row[3][:20]}" for row in WRONG]
)
def test_wrong_use_exits_with_its_code_and_says_what_is_wrong(
    arguments: list[str], feed: bytes, code: int, told: str
) -> None:
    ended = run(*arguments, feed=feed)
    assert (ended.returncode, told in ended.stderr.decode()) == (code, True), ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert b"rest-key" not in ended.stderr.lower()


def test_a_defect_of_ours_exits_with_70_and_shows_where_it_is() -> None:
    code = "from router.cli import main; main.COMMANDS['lint'] = ('router.cli.exit_codes', 'Missing', ''); main.run()"
    ended = subprocess.run([sys.executable, "-c", code, "lint"], capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == 70
    assert b"AttributeError" in ended.stderr


def test_a_mode_for_a_type_without_a_source_is_noted() -> None:
    feed = b'{"source":"web-shop","message":{"type":"page","userId":"u"}}'
    ended = run("simulate", "-c", CONNECTIONS, "--mode", "flutter=device", "--mode", "web=device", feed=feed)
    assert ended.returncode == 0
    assert ended.stderr.decode().count("note: the file has no source of type") == 1
    assert "of type flutter" in ended.stderr.decode()


def test_simulate_prints_one_json_line_per_event_in_the_fixed_shape() -> None:
    ended = run("simulate", EVENTS, "-c", CONNECTIONS, "--format", "jsonl")
    outcomes = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [outcome["index"] for outcome in outcomes] == list(range(75))
    assert list(outcomes[0]) == [
        "index", "message_id", "type", "event", "source_type", "destination", "origin", "mode",
        "device", "cloud", "device_calls", "requests", "error",
    ]  # fmt: skip


def test_simulate_as_text_ends_with_a_tally() -> None:
    ended = run("simulate", EVENTS, "-c", CONNECTIONS, "--mode", "web=cloud")
    assert ended.returncode == 0
    assert b"75 outcomes, 1 that the transform refuses" in ended.stdout


def test_explain_as_json_is_the_same_object_plus_steps() -> None:
    line = (ROOT / EVENTS).read_bytes().splitlines()[4]
    explained = json.loads(run("explain", "-c", CONNECTIONS, "--json", feed=line).stdout)
    (simulated,) = [
        json.loads(text)
        for text in run("simulate", "-c", CONNECTIONS, "--format", "jsonl", feed=line).stdout.splitlines()
    ]
    steps = explained.pop("steps")
    assert explained == simulated
    assert list(steps[0]) == ["rule", "path", "outcome", "why", "config_pointer", "value"]
    assert {step["path"] for step in steps} == {"device", "cloud"}


def test_explain_as_text_names_the_rule_and_the_line_of_the_file() -> None:
    line = (ROOT / EVENTS).read_bytes().splitlines()[4]
    text = run("explain", "-c", CONNECTIONS, feed=line).stdout.decode()
    assert "device/hybrid-goes-by-cloud" in text
    assert "/destinations/0/config/connectionMode/android" in text
    assert "POST /users/track" in text
