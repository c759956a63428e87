"""The embedded server: private, durable, one supervisor at a time, adopted after a crash of its parent."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from router.errors import ServiceUnreachable
from router.store.embedded import EmbeddedValkey, valkey_binary


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


def orphan(folder: Path) -> int:
    """Process id of a server whose supervisor was killed."""
    code = f"""
import redis, sys, time
from router.store.embedded import EmbeddedValkey
url = EmbeddedValkey({str(folder)!r}).start()
redis.Redis.from_url(url).set("key", "from the first life")
print(redis.Redis.from_url(url).info("server")["process_id"], flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server_pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    return server_pid


def test_a_server_that_outlived_its_parent_is_adopted(tmp_path: Path) -> None:
    server_pid = orphan(tmp_path)
    server = EmbeddedValkey(tmp_path)
    with client(server.start()) as connection:
        assert connection.info("server")["process_id"] == server_pid
        assert connection.get("key") == b"from the first life"
    server.stop()
    assert not _lives(server_pid, within=3.0)


@pytest.mark.parametrize("socket", ["there", "gone"])
def test_a_stalled_server_is_never_joined_by_a_second_one_on_its_files(tmp_path: Path, socket: str) -> None:
    server_pid = orphan(tmp_path)
    os.kill(server_pid, signal.SIGSTOP)
    if socket == "gone":
        (tmp_path / "valkey.sock").unlink()
    impatient = EmbeddedValkey(tmp_path, patience=0.5)
    try:
        with pytest.raises(ServiceUnreachable, match=f"process {server_pid}.* has not answered .* end that process"):
            impatient.start()
        impatient.stop()
        os.kill(server_pid, 0)
    finally:
        os.kill(server_pid, signal.SIGKILL)
    successor = EmbeddedValkey(tmp_path)
    with client(successor.start()) as connection:
        assert connection.get("key") == b"from the first life"
    successor.stop()


def test_a_server_that_reads_its_file_is_waited_for_however_long_it_takes(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    with client(server.start()) as connection, connection.pipeline(transaction=False) as pipeline:
        for number in range(10_000):
            pipeline.set(f"k{number}", "x")
        pipeline.execute()
    server.stop()
    with slow_server(tmp_path) as pid:
        patient = EmbeddedValkey(tmp_path, patience=1.5)
        started = time.monotonic()
        with client(patient.start()) as connection:
            assert connection.info("server")["process_id"] == pid
            assert connection.dbsize() == 10_000
        assert time.monotonic() - started > 1.5, "the file was read too fast for this test to mean anything"
        patient.stop()


def test_whoever_stops_before_the_file_is_read_does_not_wait_for_it(tmp_path: Path) -> None:
    server_pid = orphan(tmp_path)
    os.kill(server_pid, signal.SIGSTOP)
    hasty = EmbeddedValkey(tmp_path)
    try:
        with pytest.raises(ServiceUnreachable, match="nobody waits"):
            hasty.start(given_up=lambda: True)
    finally:
        hasty.stop()
        os.kill(server_pid, signal.SIGKILL)


@contextmanager
def slow_server(folder: Path) -> Iterator[int]:
    """A server on the same files, by its process id, that takes a fifth of a millisecond to read each key."""
    config = folder / "slow.conf"
    config.write_text((folder / "valkey.conf").read_text() + "key-load-delay 200\n")
    with subprocess.Popen([valkey_binary(), str(config)], cwd=folder, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 5.0
        while not (folder / "valkey.sock").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield process.pid
        process.kill()


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
