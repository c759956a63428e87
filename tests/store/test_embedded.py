"""The embedded server: private, durable, one supervisor at a time, adopted after a crash of its parent."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from router.errors import ServiceUnreachable
from router.store.embedded import EmbeddedValkey


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url)


def test_data_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    for expected in (None, b"kept"):
        server = EmbeddedValkey(tmp_path)
        with client(server.start()) as connection:
            assert connection.get("key") == expected
            connection.set("key", "kept")
        server.stop()


def test_its_folder_and_files_are_private(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "data")
    server.start()
    try:
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "data" / "valkey.conf").stat().st_mode) == 0o600
        assert not stat.S_IMODE((tmp_path / "data" / "valkey.sock").stat().st_mode) & 0o077
    finally:
        server.stop()


def test_a_second_supervisor_is_refused(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    url = server.start()
    refused = EmbeddedValkey(tmp_path)
    try:
        with pytest.raises(ServiceUnreachable, match=f"in use by process {os.getpid()}"):
            refused.start()
        refused.stop()
        with client(url) as connection:
            assert connection.ping(), "a refused supervisor must not stop the server of another"
    finally:
        server.stop()
    successor = EmbeddedValkey(tmp_path)
    successor.start()
    successor.stop()


def test_a_server_that_outlived_its_parent_is_adopted(tmp_path: Path) -> None:
    code = f"""
import redis, sys, time
from router.store.embedded import EmbeddedValkey
url = EmbeddedValkey({str(tmp_path)!r}).start()
redis.Redis.from_url(url).set("key", "from the first life")
print(redis.Redis.from_url(url).info("server")["process_id"], flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server_pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    server = EmbeddedValkey(tmp_path)
    with client(server.start()) as connection:
        assert connection.info("server")["process_id"] == server_pid
        assert connection.get("key") == b"from the first life"
    server.stop()
    assert not _lives(server_pid, within=3.0)


def test_a_path_too_long_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    server = EmbeddedValkey(deep)
    try:
        with client(server.start()) as connection:
            assert connection.ping()
    finally:
        server.stop()


def _lives(pid: int, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    return True


def test_hashes_are_looked_up_by_hash_from_a_hundred_fields_on(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    try:
        with client(server.start()) as connection:
            connection.hset("ids", mapping={str(number): "x" for number in range(100)})
            assert connection.object("encoding", "ids") == b"hashtable"
    finally:
        server.stop()
