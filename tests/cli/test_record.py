"""`hybrid-router record` against a router in a process of its own; what it writes is traffic for `plan`."""

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.cli.test_main import CONNECTIONS, ROOT, run
from tests.end_to_end.conftest import StartUp, start_up

__all__ = ["start_up"]

TOKEN = "cli-test-token"


def test_live_traffic_becomes_a_masked_fixture_that_plan_reads(start_up: StartUp, tmp_path: Path) -> None:
    up = start_up("--connections", str(ROOT / CONNECTIONS), "--admin-token", TOKEN).wait_until_ready()
    out = tmp_path / "web-shop.jsonl"
    command = [sys.executable, "-m", "router.cli.main", "record", "--source", "web-shop", "--count", "20"]
    command += ["--within", "30s", "--out", str(out), "--traits", "hash", "--url", up.gateway, "--token", TOKEN]
    recording = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while recording.poll() is None and time.monotonic() < deadline:
        events = [{"type": "track", "event": "Ping", "userId": "ada@example.com"} for _ in range(5)]
        httpx.post(f"{up.gateway}/v1/batch", json={"batch": events}, auth=("wk-web", ""))
        time.sleep(0.1)
    _, said = recording.communicate(timeout=5)
    assert (recording.returncode, said.decode().strip()) == (0, "20 events of web-shop recorded")
    assert "ada@" not in out.read_text()
    assert len({json.loads(line)["message"]["userId"] for line in out.read_text().splitlines()}) == 1
    planned = run("plan", str(out), "-c", CONNECTIONS, "--to", "web=device", "--format", "json")
    assert json.loads(planned.stdout)["summary"]["changed"] == 20


def test_a_source_that_sends_nothing_is_said_so(start_up: StartUp, tmp_path: Path) -> None:
    up = start_up("--connections", str(ROOT / CONNECTIONS), "--admin-token", TOKEN).wait_until_ready()
    out = tmp_path / "none.jsonl"
    out.write_text("an older recording\n")
    where = ("--url", up.gateway, "--token", TOKEN, "--out", str(out))
    ended = run("record", "--source", "ios-app", "--count", "5", "--within", "1s", *where)
    assert ended.returncode == 64
    assert b"no event of `ios-app` came in within 1 s" in ended.stderr
    unknown = run("record", "--source", "web-shpo", "--count", "5", *where)
    assert unknown.returncode == 64
    assert b"there is no source `web-shpo`; did you mean `web-shop`" in unknown.stderr
    assert {path.name: path.read_text() for path in tmp_path.glob("*.jsonl*")} == {out.name: "an older recording\n"}
    assert not list(tmp_path.glob(".*.part"))


def test_a_router_that_does_not_answer_is_said_so_and_leaves_the_file_of_before(tmp_path: Path) -> None:
    out = tmp_path / "web-shop.jsonl"
    out.write_text("an older recording\n")
    where = ("--url", "http://127.0.0.1:1", "--token", TOKEN, "--out", str(out))
    assert run("record", "--source", "web-shop", "--count", "5", *where).returncode == 74
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(out.name, "an older recording\n")]


def test_a_folder_that_is_not_there_is_said_so_before_anything_is_ordered(tmp_path: Path) -> None:
    ended = run("record", "--source", "web-shop", "--count", "5", "--token", TOKEN, "--out", str(tmp_path / "no" / "a"))
    assert (ended.returncode, b"Traceback" in ended.stderr) == (64, False)
