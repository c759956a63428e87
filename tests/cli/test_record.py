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
    where = ("--url", up.gateway, "--token", TOKEN, "--out", str(tmp_path / "none.jsonl"))
    ended = run("record", "--source", "ios-app", "--count", "5", "--within", "1s", *where)
    assert ended.returncode == 64
    assert b"no event of `ios-app` came in within 1 s" in ended.stderr
    unknown = run("record", "--source", "web-shpo", "--count", "5", *where)
    assert unknown.returncode == 64
    assert b"there is no source `web-shpo`; did you mean `web-shop`" in unknown.stderr


def test_a_router_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    where = ("--url", "http://127.0.0.1:1", "--token", TOKEN, "--out", str(tmp_path / "none.jsonl"))
    assert run("record", "--source", "web-shop", "--count", "5", *where).returncode == 74
