"""`check` and `send` against a local Braze and a running router."""

import json
import os
from pathlib import Path

import httpx
import pytest

from tests.cli.test_main import CONNECTIONS, EVENTS, ROOT, run
from tests.end_to_end.conftest import StartUp, free_port, start_up

__all__ = ["start_up"]


@pytest.fixture
def environment() -> dict[str, str]:
    return {**os.environ, "BRAZE_REST_KEY": "local-braze-rest-key"}


def test_check_says_what_the_key_may_do_and_changes_nothing(start_up: StartUp, environment: dict[str, str]) -> None:
    from router.braze_simulator.config import DEFAULT_KEY

    up = start_up("--connections", str(ROOT / CONNECTIONS)).wait_until_ready()
    good = run(
        "check",
        "-c",
        CONNECTIONS,
        "--braze-url",
        up.braze,
        "--json",
        environment={**environment, "BRAZE_REST_KEY": DEFAULT_KEY},
    )
    assert good.returncode == 0, good.stdout + good.stderr
    report = json.loads(good.stdout)
    assert {item["permission"]: item["finding"] for item in report["permissions"]} == dict.fromkeys(
        ["users.track", "users.identify", "users.merge", "users.alias.new", "users.delete", "subscription.status.set"],
        "allowed",
    )
    wrong = run(
        "check",
        "-c",
        CONNECTIONS,
        "--braze-url",
        up.braze,
        environment={**environment, "BRAZE_REST_KEY": "planted-secret-key"},
    )
    assert wrong.returncode == 3
    assert b"the key is refused" in wrong.stdout
    assert b"planted-secret-key" not in wrong.stdout + wrong.stderr
    assert up.simulator("users")["count"] == 0


def test_check_names_the_one_permission_that_is_missing(start_up: StartUp, environment: dict[str, str]) -> None:
    from router.braze_simulator.config import DEFAULT_KEY

    up = start_up("--connections", str(ROOT / CONNECTIONS)).wait_until_ready()
    fault = {"match": {"path": "/users/merge"}, "action": {"kind": "status", "code": 403}}
    httpx.post(f"{up.braze}/_sim/faults", json=fault).raise_for_status()
    checked = run(
        "check",
        "-c",
        CONNECTIONS,
        "--braze-url",
        up.braze,
        "--json",
        environment={**environment, "BRAZE_REST_KEY": DEFAULT_KEY},
    )
    assert checked.returncode == 3
    findings = {item["permission"]: item["finding"] for item in json.loads(checked.stdout)["permissions"]}
    assert [name for name, finding in findings.items() if finding != "allowed"] == ["users.merge"]


def test_check_says_when_braze_cannot_be_reached(environment: dict[str, str]) -> None:
    checked = run("check", "-c", CONNECTIONS, "--braze-url", f"http://127.0.0.1:{free_port()}", environment=environment)
    assert checked.returncode == 74
    assert b"no answer" in checked.stdout


def test_send_delivers_a_recording_and_isolates_what_is_rejected(start_up: StartUp, tmp_path: Path) -> None:
    up = start_up("--connections", str(ROOT / CONNECTIONS)).wait_until_ready()
    recording = tmp_path / "events.jsonl"
    recording.write_bytes(
        (ROOT / EVENTS).read_bytes() + b'{"source":"web-shop","message":{"type":"track","event":"nobody"}}\n'
    )
    sent = run("send", str(recording), "--url", up.gateway, "-c", CONNECTIONS)
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout) == {
        "accepted": 75,
        "rejected": 1,
        "reasons": {"400 request neither has anonymousId nor userId": 1},
    }
    totals = up.wait_until_settled(accepted=74)
    assert (totals["delivered"], totals["duplicate_messages"]) == (56, 1)


def test_send_with_a_wrong_key_or_without_a_gateway_says_so(start_up: StartUp) -> None:
    up = start_up("--connections", str(ROOT / CONNECTIONS)).wait_until_ready()
    wrong = run("send", EVENTS, "--url", up.gateway, "--write-key", "nope")
    assert (wrong.returncode, b"401 invalid write key" in wrong.stderr) == (64, True)
