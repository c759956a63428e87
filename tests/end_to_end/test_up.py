"""The README's promise: one command, everything accounted for, a clean stop, nothing lost over a restart."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.conftest import StartUp, free_port, lines

KEYS = (
    "accepted",
    "delivered",
    "blocked",
    "filtered",
    "dead_lettered",
    "discarded",
    "queued",
    "duplicate_messages",
    "rejected",
    "in_braze_twice",
)


def test_the_demo_accounts_for_every_event_and_doubles_none(tmp_path: Path, fixtures: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "router.cli.main",
        "up",
        "--demo",
        "--once",
        "--port",
        str(free_port()),
        "--data-dir",
        str(tmp_path),
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    summary = json.loads(run.stdout.splitlines()[-1])
    assert tuple(summary) == KEYS
    recorded = lines(fixtures / "events" / "shop.jsonl")
    assert summary["accepted"] + summary["duplicate_messages"] + summary["rejected"] == len(recorded)
    assert summary["accepted"] == sum(summary[key] for key in KEYS[1:7])
    assert summary["queued"] == summary["in_braze_twice"] == 0
    assert summary["duplicate_messages"] == summary["dead_lettered"] == 1
    assert "Traceback" not in run.stderr


def test_the_local_braze_holds_exactly_what_was_delivered(start_up: StartUp, fixtures: Path) -> None:
    up = start_up("--demo").wait_until_ready()
    up.wait_until_settled(accepted=74)
    assert up.simulator("duplicates")["count"] == 0
    events = up.simulator("events?limit=1000")["events"]
    simulated = subprocess.run(
        [sys.executable, "-m", "router.cli.main", "simulate", str(fixtures / "events" / "shop.jsonl"), "--format", "jsonl",
         "-c", str(fixtures / "connections" / "quickstart.yaml")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    first = {outcome["message_id"]: outcome for outcome in map(json.loads, reversed(simulated.stdout.splitlines()))}
    bodies = [request["body"] for outcome in first.values() for request in outcome["requests"]]
    expected = [event["name"] for body in bodies for event in body.get("events", [])]
    expected += [purchase["product_id"] for body in bodies for purchase in body.get("purchases", [])]
    assert sorted(event["name"] for event in events) == sorted(expected)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_within_five_seconds(
    start_up: StartUp, tmp_path: Path, number: signal.Signals
) -> None:
    up = start_up("--demo").wait_until_ready()
    up.wait_until_settled(accepted=74)
    server = int((tmp_path / "data" / "valkey.pid").read_text())
    assert up.stop(number) < 5.0
    assert up.process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)
    assert "Traceback" not in up.output()


def test_what_was_queued_at_a_stop_is_delivered_after_the_next_start(start_up: StartUp, fixtures: Path) -> None:
    nobody = free_port()
    arguments = ("--connections", str(fixtures / "connections" / "quickstart.yaml"))
    os.environ["BRAZE_REST_KEY"] = "any-key"
    try:
        held = start_up(*arguments, "--braze-url", f"http://127.0.0.1:{nobody}").wait_until_ready()
    finally:
        del os.environ["BRAZE_REST_KEY"]
    events = [{"type": "track", "event": f"e{n}", "messageId": f"m{n}", "userId": f"u{n}"} for n in range(20)]
    assert httpx.post(f"{held.gateway}/v1/batch", json={"batch": events}, auth=("wk-web", "")).text == "ok"
    assert held.status()["totals"]["queued"] == 20
    assert held.stop() < 5.0
    again = start_up(*arguments).wait_until_ready()
    totals = again.wait_until_settled(accepted=20)
    assert totals["delivered"] == 20
    assert sorted(event["name"] for event in again.simulator("events")["events"]) == sorted(f"e{n}" for n in range(20))


def test_a_kill_9_loses_nothing_that_was_accepted(start_up: StartUp, fixtures: Path) -> None:
    arguments = ("--connections", str(fixtures / "connections" / "quickstart.yaml"))
    up = start_up(*arguments).wait_until_ready()
    httpx.post(
        f"{up.braze}/_sim/faults", json={"match": {}, "action": {"kind": "status", "code": 503}}
    ).raise_for_status()
    events = [{"type": "track", "event": f"e{n}", "messageId": f"m{n}", "userId": f"u{n}"} for n in range(50)]
    assert httpx.post(f"{up.gateway}/v1/batch", json={"batch": events}, auth=("wk-web", "")).text == "ok"
    up.process.kill()
    up.process.wait()
    again = start_up(*arguments).wait_until_ready()
    assert again.wait_until_settled(accepted=50)["delivered"] == 50
    assert len(again.simulator("events?limit=1000")["events"]) == 50
    assert again.simulator("duplicates")["count"] == 0


def test_a_store_that_dies_is_started_again_and_nothing_is_lost(
    start_up: StartUp, tmp_path: Path, fixtures: Path
) -> None:
    up = start_up("--connections", str(fixtures / "connections" / "quickstart.yaml")).wait_until_ready()
    os.kill(int((tmp_path / "data" / "valkey.pid").read_text()), signal.SIGKILL)
    event = {"event": "After the crash", "userId": "u-1", "messageId": "after"}
    for _ in range(100):
        if httpx.post(f"{up.gateway}/v1/track", json=event, auth=("wk-web", ""), timeout=10.0).status_code == 200:
            break
        time.sleep(0.1)
    assert up.wait_until_settled(accepted=1)["delivered"] == 1
    assert up.stop() < 5.0


def test_a_taken_port_and_a_used_folder_are_named_with_exit_74(start_up: StartUp, tmp_path: Path) -> None:
    up = start_up("--demo").wait_until_ready()
    taken = start_up("--demo", port=up.port, data_dir=tmp_path / "other")
    assert taken.process.wait(timeout=30) == 74
    assert "cannot listen on 127.0.0.1:" in taken.output()
    used = start_up("--demo")
    assert used.process.wait(timeout=30) == 74
    assert f"in use by process {up.process.pid}" in used.output()
    assert "Traceback" not in taken.output() + used.output()


def test_a_wrong_connection_file_names_the_place_and_exits_3(start_up: StartUp, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("version: 1\nsources:\n  - {id: a, type: javascript}\ndestinations: []\nconnections: []\n")
    up = start_up("--connections", str(wrong))
    assert up.process.wait(timeout=30) == 3
    assert f"{wrong}:3:19: /sources/0/type: `javascript` is no source type; use `web`" in up.output()
