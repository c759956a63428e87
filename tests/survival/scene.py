"""The processes of one survival run: Valkey, a local Braze, routers and workers; each can be killed and started again."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx

from router.braze_simulator.config import DEFAULT_KEY
from router.store.embedded import EmbeddedValkey
from tests.end_to_end.conftest import free_port

ROOT = Path(__file__).parent.parent.parent
CONNECTIONS = ROOT / "fixtures" / "connections" / "quickstart.yaml"
TOKEN = "survival-token"
_ADMIN = {"authorization": f"Bearer {TOKEN}"}
_START_SECONDS = 30.0
Fsync = Literal["everysec", "always"]


class Router:
    """One `serve` or `worker` process on a fixed port."""

    def __init__(
        self, command: str, *, port: int, redis_url: str, braze_url: str, log: Path, extra: tuple[str, ...] = ()
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        arguments = [command, "--connections", str(CONNECTIONS), "--port", str(port), "--redis-url", redis_url]
        arguments += ["--braze-url", braze_url, "--log-format", "json", "--log-level", "warning", *extra]
        if command == "serve":
            arguments += ["--admin-token", TOKEN]
        self._arguments = [sys.executable, "-m", "router.cli.main", *arguments]
        self.process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            environment = {**os.environ, "BRAZE_REST_KEY": DEFAULT_KEY}
            return subprocess.Popen(
                self._arguments, stdout=output, stderr=output, env=environment, start_new_session=True
            )

    def ensure_running(self) -> None:
        """Start it again if it has ended."""
        if self.process.poll() is not None:
            self.process = self._spawn()

    def kill(self) -> None:
        """`kill -9`, and start again."""
        self.process.kill()
        self.process.wait()
        self.process = self._spawn()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Not dead and not alive: a process that is swapped out or whose machine sleeps."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self) -> float:
        """SIGTERM; returns the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return time.monotonic() - started

    def wait_until_ready(self) -> None:
        """Wait for /ready."""
        wait_for(lambda: httpx.get(f"{self.url}/ready", timeout=1.0).status_code == 200, self.log)


class Scene:
    """Everything that runs, and the ways to harm it."""

    def __init__(
        self, folder: Path, *, serves: int, workers: int, fsync: Fsync = "everysec", extra: tuple[str, ...] = ()
    ) -> None:
        self.folder = folder
        self._valkey_folder = folder / "valkey"
        self._fsync: Fsync = fsync
        self.valkey = EmbeddedValkey(self._valkey_folder, fsync=fsync)
        url = self.valkey.start()
        self.braze_port = free_port()
        self.braze_url = f"http://127.0.0.1:{self.braze_port}"
        self._braze = self._start_braze()
        self.routers = [self._router("serve", number, url, extra) for number in range(serves)]
        self.workers = [self._router("worker", serves + number, url, extra) for number in range(workers)]
        for router in self.processes:
            router.wait_until_ready()

    @property
    def processes(self) -> list[Router]:
        """All routers and workers."""
        return [*self.routers, *self.workers]

    def kill_valkey(self) -> None:
        """`kill -9` of the store; it starts again on the same file."""
        os.kill(self._valkey_pid, signal.SIGKILL)
        self.valkey.stop()
        self.valkey = EmbeddedValkey(self._valkey_folder, fsync=self._fsync)
        self.valkey.start()

    @contextmanager
    def frozen_valkey(self) -> Iterator[None]:
        """The store takes connections and says nothing."""
        os.kill(self._valkey_pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._valkey_pid, signal.SIGCONT)

    @property
    def _valkey_pid(self) -> int:
        return int((self._valkey_folder / "valkey.pid").read_text())

    def fault(self, action: dict[str, Any], *, count: int, every: int = 1) -> None:
        """Let the local Braze misbehave for some requests."""
        rule = {"match": {"path": "/users/*"}, "window": {"count": count, "every": every}, "action": action}
        httpx.post(f"{self.braze_url}/_sim/faults", json=rule, timeout=5.0).raise_for_status()

    def simulator(self, path: str, **query: Any) -> dict[str, Any]:
        """Read from the local Braze."""
        document: dict[str, Any] = httpx.get(f"{self.braze_url}/_sim/{path}", params=query, timeout=60.0).json()
        return document

    def status(self) -> dict[str, Any]:
        """The account."""
        answer = httpx.get(f"{self.routers[0].url}/admin/v1/status", headers=_ADMIN, timeout=10.0)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document

    def dead_letters(self) -> dict[str, str]:
        """Of the newest thousand: messageId by the letter's id."""
        answer = httpx.get(
            f"{self.routers[0].url}/admin/v1/dead-letters", params={"count": 1000}, headers=_ADMIN, timeout=30.0
        )
        answer.raise_for_status()
        return {letter["id"]: letter["message_id"] for letter in answer.json()["dead_letters"]}

    def retry(self, letter: str) -> None:
        """Put a dead letter back into its queue."""
        url = f"{self.routers[0].url}/admin/v1/dead-letters/{letter}/retry"
        httpx.post(url, headers=_ADMIN, timeout=30.0).raise_for_status()

    def wait_until_drained(self, *, seconds: float) -> dict[str, int]:
        """Wait until nothing is queued; returns the totals."""
        deadline = time.monotonic() + seconds
        totals: dict[str, int] = {}
        while time.monotonic() < deadline:
            for router in self.processes:
                router.ensure_running()
            try:
                totals = self.status()["totals"]
            except httpx.HTTPError:
                totals = {}
            if totals and totals["queued"] == 0:
                return totals
            time.sleep(0.2)
        raise AssertionError(f"still queued: {totals}\n{self.logs()[-4000:]}")

    def ambiguous_message_ids(self) -> set[str]:
        """The messageIds that deliveries marked as ambiguous, from the logs."""
        found: set[str] = set()
        for names in re.findall(r'"message_ids": \[([^\]]*)\], [^\n]*"event": "ambiguous', self.logs()):
            found.update(re.findall(r'"([^"]+)"', names))
        return found

    def logs(self) -> str:
        """What all processes have written."""
        return "".join(router.log.read_text() for router in self.processes)

    def close(self) -> None:
        """Stop everything."""
        for router in self.processes:
            router.process.kill()
            router.process.wait()
        self._braze.kill()
        self._braze.wait()
        self.valkey.stop()

    def _router(self, command: str, number: int, redis_url: str, extra: tuple[str, ...]) -> Router:
        log = self.folder / f"{command}-{number}.log"
        return Router(command, port=free_port(), redis_url=redis_url, braze_url=self.braze_url, log=log, extra=extra)

    def _start_braze(self) -> subprocess.Popen[bytes]:
        config = self.folder / "braze.yaml"
        config.write_text("rate_plan: 'off'\n")
        command = [
            sys.executable,
            "-m",
            "router.cli.main",
            "braze-simulator",
            "--port",
            str(self.braze_port),
            "--config",
            str(config),
        ]
        log = self.folder / "braze.log"
        with log.open("ab") as output:
            process = subprocess.Popen([*command, "--key", DEFAULT_KEY], stdout=output, stderr=output)
        wait_for(lambda: httpx.get(f"{self.braze_url}/_sim/health", timeout=1.0).status_code == 200, log)
        return process


def wait_for(holds: Any, log: Path) -> None:
    """Wait until a probe holds; fails with the log."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(log.read_text())
