"""A router and its Valkey as processes of their own, and the CPU time they use."""

import asyncio
import os
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from router.demo import CONNECTIONS
from router.errors import ServiceUnreachable

_TICK = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 30.0
TOKEN = "bench-token"


class RouterProcess:
    """`hybrid-router serve` on a free port with an embedded Valkey in a temporary folder; an async context manager."""

    def __init__(self, *, braze_url: str, fsync: str = "everysec", port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self._braze_url = braze_url
        self._fsync = fsync
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "RouterProcess":
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        self._folder = Path(folder)
        arguments = [
            "serve",
            "--connections",
            str(CONNECTIONS),
            "--port",
            str(self.port),
            "--data-dir",
            str(self._folder / "data"),
        ]
        arguments += [
            "--braze-url",
            self._braze_url,
            "--fsync",
            self._fsync,
            "--admin-token",
            TOKEN,
            "--log-level",
            "error",
        ]
        arguments += [
            "--max-queued-events",
            "100000000",
            "--max-queued-bytes",
            "100000000000",
            "--pace-track-per-second",
            "0",
            "--pace-users-per-minute",
            "0",
            "--pace-subscriptions-per-minute",
            "0",
        ]
        environment = {**os.environ, "BRAZE_REST_KEY": "bench-key"}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "router.cli.main", *arguments, env=environment
        )
        self.http = await self._stack.enter_async_context(
            aiohttp.ClientSession(base_url=self.url, connector=aiohttp.TCPConnector(limit=0))
        )
        await self._ready()
        self.valkey_pid = int((self._folder / "data" / "valkey.pid").read_text())
        self.valkey_socket = self._folder / "data" / "valkey.sock"
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        await self._stack.aclose()

    def cpu(self) -> tuple[float, float]:
        """CPU seconds of the router and of Valkey so far."""
        return _cpu(self._process.pid), _cpu(self.valkey_pid)

    async def totals(self) -> dict[str, int]:
        """The account, from /admin/v1/status."""
        async with self.http.get("/admin/v1/status", headers=_ADMIN) as answer:
            document = await answer.json()
        totals: dict[str, int] = document["totals"]
        return totals

    async def hold(self) -> None:
        """Accept, but deliver nothing."""
        async with self.http.post("/admin/v1/destinations/braze-eu/pause", headers=_ADMIN) as answer:
            answer.raise_for_status()

    async def release(self) -> None:
        """Deliver what is queued."""
        async with self.http.post("/admin/v1/destinations/braze-eu/resume", headers=_ADMIN) as answer:
            answer.raise_for_status()

    async def _ready(self) -> None:
        for _ in range(int(_START_SECONDS / 0.05)):
            try:
                async with self.http.get("/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
        raise ServiceUnreachable("the router to measure did not start")


_ADMIN = {"authorization": f"Bearer {TOKEN}"}


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK
