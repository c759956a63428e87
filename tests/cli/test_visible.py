"""What clients put into names cannot steer the terminal of whoever reads a report."""

import json
from pathlib import Path

import pytest

from router.visible import markup, visible
from tests.cli.test_main import CONNECTIONS, ROOT, run

_EVIL = "a\x1b]0;owned\x07\x1b[31m\r\x08\x7f\x9b2J\u202e\u2028z"
_MESSAGE = {"type": "track", "event": _EVIL, "userId": "u", "messageId": _EVIL, "properties": {"p": _EVIL}}
_EVIL_SUITE = f"""\
version: 1
connection: {ROOT / CONNECTIONS}
tests:
  - name: {json.dumps(_EVIL)}
    given: {{source: web-shop}}
    event: {json.dumps(_MESSAGE)}
    expect: {{device: deliver, requests: none}}
  - name: {json.dumps(f"skipped {_EVIL}")}
    skip: {json.dumps(_EVIL)}
    given: {{source: web-shop}}
    event: {json.dumps(_MESSAGE)}
    expect: {{device: deliver}}
"""
_EVIL_CONFIG = json.dumps(
    {
        "version": 1,
        "sources": [{"id": _EVIL, "type": "web", "write_key": "wk"}],
        "destinations": [
            {
                "id": f"{_EVIL}-d",
                "config": {
                    "dataCenter": "EU-01",
                    "connectionMode": "hybrid",
                    _EVIL: 1,
                    "restApiKey": "planted",
                },
            }
        ],
        "connections": [{"source": _EVIL, "destination": f"{_EVIL}-d"}],
    }
)
_PLAN = ("plan", "-", "-c", CONNECTIONS, "--to", "web=device")
COMMANDS = [
    (_PLAN, "a\\x1b"),
    ((*_PLAN, "--format", "markdown"), "a\\\\x1b"),
    (("simulate", "-", "-c", CONNECTIONS), "a\\x1b"),
    (("explain", "-", "-c", CONNECTIONS), "a\\x1b"),
    (("test", "SUITE"), "a\\x1b"),
    (("test", "SUITE", "--report", "tap"), "a\\x1b"),
    (("test", "SUITE", "--report", "github"), "a\\x1b"),
    (("test", "SUITE", "--report", "junit"), "a\\x1b"),
    (("explain", "-", "-c", CONNECTIONS, "--json"), "a\\u001b"),
    (("lint", "CONFIG"), "a\\x1b"),
    (("lint", "CONFIG", "--format", "github"), "a\\x1b"),
    (("matrix", "-c", "CONFIG"), "a\\x1b"),
    (("matrix", "-c", "CONFIG", "--format", "markdown"), "a"),
    (("matrix", "-c", "CONFIG", "--to", "web=device"), "a\\x1b"),
    (("prove", "never", "cloud=deliver", "-c", "CONFIG"), "a\\x1b"),
    (("test", "SUITE", "--coverage"), "a\\x1b"),
    (("check", "-c", "CONFIG", "--braze-url", "http://127.0.0.1:9"), "a\\x1b"),
    (("plan", "-", "-c", "CONFIG", "--to", "web=device"), "a\\x1b"),
    (("explain", "BAD", "-c", CONNECTIONS), "\\x1b"),
]


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=lambda value: " ".join(value))
def test_control_characters_of_clients_are_shown_and_not_sent_to_the_terminal(
    tmp_path: Path, command: tuple[str, ...], shown: str
) -> None:
    suite = tmp_path / "evil.policy.yaml"
    suite.write_text(_EVIL_SUITE)
    config = tmp_path / "evil.json"
    config.write_text(_EVIL_CONFIG)
    paths = {"SUITE": str(suite), "CONFIG": str(config), "BAD": f"{tmp_path}/no{_EVIL[1:]}"}
    arguments = [paths.get(argument, argument) for argument in command]
    feed = json.dumps({"source": "web-shop", "message": _MESSAGE}).encode() + b"\n"
    done = run(*arguments, feed=feed)
    text = (done.stdout + done.stderr).decode()
    assert shown in text, text
    assert not {char for char in text if char != "\n" and visible(char) != char}


def test_an_error_that_quotes_a_client_is_shown_the_same_way() -> None:
    feed = json.dumps({"source": _EVIL, "message": _MESSAGE}).encode()
    said = run("simulate", "-", "-c", CONNECTIONS, feed=feed).stderr.decode()
    assert "a\\x1b" in said
    assert not {char for char in said if char != "\n" and visible(char) != char}


@pytest.mark.parametrize("text", ["", "Größe 1 °C", "価格", "a\u00a0b", "C:\\dir [x]"])
def test_text_that_a_person_can_read_stays(text: str) -> None:
    assert visible(text) == text
    assert markup("[red]x\x1b") == "\\[red]x\\x1b"
