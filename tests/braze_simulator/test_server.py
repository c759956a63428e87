"""The simulator on a real socket: the command, and connections that break as on a network."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.braze_simulator.conftest import event

ONE = {"events": [event()]}
Run = Callable[..., "Served"]


class Served:
    """A running simulator and what it printed first."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "router.cli.braze_simulator", "--port", "0", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        self.client = httpx.Client(base_url=found[0], timeout=1.0, headers={"Authorization": "Bearer my-key"})

    def stop(self) -> str:
        """Stop it; the rest of its stderr."""
        self.client.close()
        self.process.terminate()
        return self.process.communicate(timeout=10)[1]


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs simulators, and checks that they ended without a word."""
    served: list[Served] = []

    def begin(*arguments: str, **environment: str) -> Served:
        served.append(Served(list(arguments), {"PATH": "/usr/bin:/bin", "NO_COLOR": "1", **environment}))
        return served[-1]

    yield begin
    assert [one.stop() for one in served] == ["" for _ in served]


def test_the_command_serves_with_the_given_key(run: Run) -> None:
    client = run("--key", "my-key").client
    assert client.post("/users/track", json=ONE).json() == {"message": "success", "events_processed": 1}
    assert client.post("/users/track", json=ONE, headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get("/_sim/users").json()["count"] == 1


def test_the_key_can_come_from_the_environment(run: Run) -> None:
    client = run(HYBRID_ROUTER_BRAZE_SIMULATOR_KEY="my-key").client
    assert client.post("/users/track", json=ONE).status_code == 201


def test_settings_and_faults_come_from_yaml_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("success_status: 200\nkeys:\n  my-key: {name: shop}\n")
    (tmp_path / "faults.yaml").write_text(
        "faults:\n  - match: {path: /users/identify}\n    action: {kind: status, code: 503}\n"
    )
    client = run("--config", str(tmp_path / "config.yaml"), "--faults", str(tmp_path / "faults.yaml")).client
    assert client.post("/users/track", json=ONE).status_code == 200
    assert client.post("/users/identify", json={}).status_code == 503
    assert {row["key"] for row in client.get("/_sim/requests").json()["requests"]} == {"shop"}


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("--config", "limits:\n  entries: many\n", "config.yaml:2:12: /limits/entries: expected `int`, got `str`"),
        ("--config", "colour: red\nseed: many\n", "config.yaml:2:7: /seed: expected `int`, got `str`; write a whole number"),
        ("--config", "sed: 1\nseeed: many\n", "config.yaml:2:8: /seeed: unknown key `seeed`; did you mean `seed`?"),
        ("--config", "track_limit_model: combined76\n", "`combined76` is not allowed here; did you mean `combined75`?"),
        ("--config", "keys:\n  secret: {permissions: [users.trak]}\n", "/keys/…/permissions/0: `users.trak` is not allowed"),
        ("--config", "a: [\n", "this is no YAML"),
        ("--config", "- 1\n", "expected"),
        ("--faults", "- action: {kind: explode}\n", "faults.yaml:1:18: /0/action/kind: `explode` is not allowed here; use one of"),
        ("--faults", "faults:\n- action: {kind: rset}\n", "2:18: /faults/0/action/kind: `rset` is not allowed here; did you mean `reset`?"),
        ("--faults", "faults:\n- action: {when: mid_body}\n", "2:3: /faults/0/action: `kind` is missing; use one of: apply_delay"),
        ("--faults", "action: {kind: status, code: 503}\nwindow: {skip: many}\n", "faults.yaml:2:16: /window/skip: expected `int`"),
        ("--faults", "faults:\n- match: {usr: u}\n  action: {kind: delay, msec: 3}\n", "3:31: /faults/0/action/msec: unknown key `msec`"),
        ("--faults", "falts: []\n", "faults.yaml:1:1: /falts: unknown key `falts`; did you mean `faults`?"),
    ],
)  # fmt: skip
def test_a_bad_file_ends_with_exit_code_3_and_its_place(tmp_path: Path, option: str, text: str, message: str) -> None:
    file = tmp_path / f"{option[2:]}.yaml"
    file.write_text(text)
    ended = subprocess.run(
        [sys.executable, "-m", "router.cli.braze_simulator", option, str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 3
    assert message in ended.stderr
    assert "secret" not in ended.stderr


def test_a_taken_port_is_a_usage_error(run: Run) -> None:
    taken = run("--key", "my-key").client.base_url.port
    ended = subprocess.run(
        [sys.executable, "-m", "router.cli.braze_simulator", "--port", str(taken)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (ended.returncode, "cannot listen on" in ended.stderr) == (64, True)


@pytest.mark.parametrize(
    ("action", "error", "applied"),
    [
        ({"kind": "reset"}, (httpx.RemoteProtocolError, httpx.ReadError), 0),
        ({"kind": "reset", "when": "after_apply"}, (httpx.RemoteProtocolError, httpx.ReadError), 1),
        ({"kind": "reset", "when": "mid_body"}, (httpx.RemoteProtocolError, httpx.ReadError), 1),
        ({"kind": "hang"}, (httpx.ReadTimeout,), 0),
    ],
)
def test_a_connection_breaks_as_on_a_network(run: Run, action: Any, error: Any, applied: int) -> None:
    client = run("--key", "my-key").client
    client.post("/_sim/faults", json={"window": {"count": 1}, "action": action})
    with pytest.raises(error):
        client.post("/users/track", json=ONE)
    assert client.get("/_sim/users").json()["count"] == applied
    assert client.post("/users/track", json=ONE).status_code == 201
