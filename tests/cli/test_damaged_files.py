"""Files of events that are cut off, changed or no events at all: each command names the file."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from tests.cli.test_main import CONNECTIONS, EVENTS, ROOT, run

_WHOLE = gzip.compress((ROOT / EVENTS).read_bytes(), mtime=0)


def _with_flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes(byte ^ 0xFF for byte in content[at : at + 8]) + content[at + 8 :]


DAMAGES = {
    "cut off": _WHOLE[:3000],
    "bits flipped": _with_flipped(_WHOLE, 200),
    "another checksum": _with_flipped(_WHOLE, len(_WHOLE) - 8),
    "followed by something else": _WHOLE + b"something else",
}
SUITE = f"version: 1\nconnection: {ROOT / CONNECTIONS}\ntests:\n  - {{name: a, events_from: events.jsonl.gz, expect: {{never: lost}}}}\n"


def _suite(events: Path) -> tuple[str, ...]:
    suite = events.parent / "damaged.policy.yaml"
    suite.write_text(SUITE)
    return "test", str(suite)


COMMANDS: dict[str, tuple[Callable[[Path], tuple[str, ...]], int]] = {
    "plan": (lambda events: ("plan", str(events), "-c", CONNECTIONS, "--to", "web=device"), 64),
    "plan --cost": (lambda events: ("plan", str(events), "-c", CONNECTIONS, "--to", "web=device", "--cost"), 64),
    "simulate": (lambda events: ("simulate", str(events), "-c", CONNECTIONS), 64),
    "explain": (lambda events: ("explain", str(events), "-c", CONNECTIONS), 64),
    "test": (_suite, 3),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_gzip_file_is_named(tmp_path: Path, command: str, damage: str) -> None:
    events = tmp_path / "events.jsonl.gz"
    events.write_bytes(DAMAGES[damage])
    arguments, code = COMMANDS[command]
    done = run(*arguments(events))
    said = done.stderr.decode()
    assert (done.returncode, "Traceback" in said) == (code, False), said
    assert "events.jsonl.gz" in said


@pytest.mark.parametrize("kept", [12, 400, -40])
def test_a_damaged_parquet_file_in_a_folder_is_named(tmp_path: Path, kept: int) -> None:
    lines = (ROOT / EVENTS).read_text().splitlines()
    whole = tmp_path / "whole.parquet"
    parquet.write_table(pyarrow.table({"message": lines}), whole)
    whole.with_name("cut.parquet").write_bytes(whole.read_bytes()[:kept])
    done = run("plan", str(tmp_path), "-c", CONNECTIONS, "--to", "web=device")
    said = done.stderr.decode()
    assert (done.returncode, "Traceback" in said) == (64, False), said
    assert "cut.parquet`: the Parquet file is damaged" in said


def test_a_parquet_file_with_damaged_pages_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "pages.parquet"
    messages = pyarrow.table({"message": (ROOT / EVENTS).read_text().splitlines()})
    parquet.write_table(messages, path, compression="snappy", use_dictionary=False)
    path.write_bytes(_with_flipped(path.read_bytes(), 4))
    done = run("plan", str(path), "-c", CONNECTIONS, "--to", "web=device")
    assert (done.returncode, b"Traceback" in done.stderr) == (64, False), done.stderr
    assert b"pages.parquet" in done.stderr


def test_an_envelope_without_a_message_is_undecided_and_no_event() -> None:
    line = b'{"source":"web-shop"}\n'
    planned = run("plan", "-", "-c", CONNECTIONS, "--to", "web=device", feed=line)
    assert b"an envelope without a message" in b" ".join(planned.stdout.split())
    simulated = run("simulate", "-", "-c", CONNECTIONS, feed=line)
    assert simulated.returncode == 64
    assert b"-:1: an envelope without a message" in simulated.stderr
