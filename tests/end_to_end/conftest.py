"""Routers as processes of their own: real sockets, real Valkey, real signals."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class UpProcess:
    """`hybrid-router up …` in a process."""

    def __init__(self, arguments: list[str], *, port: int, data_dir: Path, log: Path) -> None:
        self.port = port
        self.gateway = f"http://127.0.0.1:{port}"
        self.braze = f"http://127.0.0.1:{port + 1}"
        command = [
            sys.executable,
            "-m",
            "router.cli.main",
            "up",
            "--port",
            str(port),
            "--data-dir",
            str(data_dir),
            *arguments,
        ]
        self._log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)

    def output(self) -> str:
        """Everything it has printed."""
        return self._log.read_text()

    def wait_until_ready(self) -> "UpProcess":
        """Wait for /ready; fails with the output when the process ends first."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.gateway}/ready", timeout=1.0).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"not ready:\n{self.output()}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Signal it and wait for its end; returns the seconds that took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=_STOP_SECONDS + 1.0)
        return time.monotonic() - started

    def status(self) -> dict[str, Any]:
        """`/admin/v1/status`."""
        return self.admin("GET", "status")

    def admin(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A call of the admin API with the token that it printed."""
        token = re.search(r"Authorization: Bearer ([\w-]+)", self.output())
        assert token is not None
        headers = {"authorization": f"Bearer {token[1]}"}
        answer = httpx.request(method, f"{self.gateway}/admin/v1/{path}", json=body, headers=headers, timeout=5.0)
        assert answer.is_success, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def wait_until_settled(self, accepted: int) -> dict[str, int]:
        """Wait until `accepted` units are in and nothing is queued; returns the totals."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            totals: dict[str, int] = self.status()["totals"]
            if totals["accepted"] >= accepted and totals["queued"] == 0:
                return totals
            time.sleep(0.05)
        raise AssertionError(f"not settled: {totals}\n{self.output()}")

    def simulator(self, path: str) -> dict[str, Any]:
        """Read from the local Braze."""
        document: dict[str, Any] = httpx.get(f"{self.braze}/_sim/{path}", timeout=5.0).json()
        return document


StartUp = Callable[..., UpProcess]


@pytest.fixture
def start_up(tmp_path: Path) -> Iterator[StartUp]:
    """Starts `up` with arguments; whatever still runs at the end is killed, servers of its data folder included."""
    started: list[UpProcess] = []

    def start(*arguments: str, port: int | None = None, data_dir: Path = tmp_path / "data") -> UpProcess:
        log = tmp_path / f"up-{len(started)}.log"
        started.append(UpProcess(list(arguments), port=port or free_port(), data_dir=data_dir, log=log))
        return started[-1]

    yield start
    for up in started:
        if up.process.poll() is None:
            up.process.kill()
            up.process.wait()
    _kill_server(tmp_path / "data")


def free_port() -> int:
    """A port that is free now, and whose next one is too."""
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two free ports in a row")


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def _kill_server(data_dir: Path) -> None:
    pid_file = data_dir / "valkey.pid"
    if pid_file.exists():
        try:
            os.kill(int(pid_file.read_text()), signal.SIGKILL)
        except ProcessLookupError:
            return
