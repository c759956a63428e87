"""`serve` over TLS, with certificates made here."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from tests.cli.test_main import run
from tests.end_to_end.conftest import free_port
from tests.survival.scene import wait_for

ADMIN = {"authorization": "Bearer tls-test-token"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of this test's own."""
    return trustme.CA()


Serve = Callable[..., str]


@pytest.fixture
def serve(tmp_path: Path, fixtures: Path, authority: trustme.CA, valkey_url: str) -> Iterator[Serve]:
    """Starts `serve` with a certificate for 127.0.0.1; gives its URL when it answers."""
    started: list[subprocess.Popen[bytes]] = []
    write_certificate(authority, tmp_path)

    def start(client: httpx.Client, *arguments: str) -> str:
        port, log = free_port(), tmp_path / "serve.log"
        command = [sys.executable, "-m", "router.cli.main", "serve", "--port", str(port), "--redis-url", valkey_url]
        command += ["--connections", str(fixtures / "connections" / "quickstart.yaml"), "--partitions", "4"]
        command += [
            "--ssl-certfile",
            str(tmp_path / "chain.pem"),
            "--ssl-keyfile",
            str(tmp_path / "key.pem"),
            *arguments,
        ]
        environment = {**os.environ, "BRAZE_REST_KEY": "k", "HYBRID_ROUTER_ADMIN_TOKEN": "tls-test-token"}
        with log.open("ab") as output:
            started.append(subprocess.Popen(command, stdout=output, stderr=output, env=environment))
        wait_for(lambda: client.get(f"https://127.0.0.1:{port}/ready").status_code == 200, log)
        return f"https://127.0.0.1:{port}"

    start.processes = started  # type: ignore[attr-defined]
    yield start
    for process in started:
        process.terminate()
        assert process.wait(timeout=20) == 0


def write_certificate(authority: trustme.CA, folder: Path) -> None:
    """A certificate for this machine, and its key."""
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a client needs to believe the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_serve_speaks_https_and_tells_browsers_to_stay_with_it(serve: Serve, authority: trustme.CA) -> None:
    with httpx.Client(verify=trusting(authority), trust_env=False) as client:
        url = serve(client)
        answer = client.get(f"{url}/admin/v1/status", headers=ADMIN)
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        event = {"userId": "u", "event": "over TLS"}
        assert client.post(f"{url}/v1/track", json=event, auth=("wk-web", "")).text == "ok"
        assert "strict-transport-security" not in client.get(f"{url}/health").headers
    with (
        httpx.Client(trust_env=False) as stranger,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        stranger.get(f"{url}/health")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url.replace("https", "http") + "/health", trust_env=False)


def test_the_command_line_believes_an_authority_of_your_own(
    serve: Serve, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    with httpx.Client(verify=trusting(authority), trust_env=False) as client:
        url = serve(client)
    arguments = ["admin", "--url", url, "--token", "tls-test-token"]
    refused = run(*arguments, "status")
    assert (refused.returncode, b"CERTIFICATE_VERIFY_FAILED" in refused.stderr) == (74, True)
    assert run(*arguments, "--ca-certs", str(tmp_path / "authority.pem"), "status").returncode == 0
    wrong = run(*arguments, "--ca-certs", str(tmp_path / "key.pem"), "status")
    assert (wrong.returncode, b"holds no certificates" in wrong.stderr) == (64, True)
    missing = run(*arguments, "--ca-certs", "nowhere.pem", "status")
    assert (missing.returncode, b"Traceback" in missing.stderr) == (64, False)


def test_clients_must_show_a_certificate_where_that_is_asked_for(
    serve: Serve, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "clients.pem")
    known = trusting(authority)
    authority.issue_cert("client@shop.example").configure_cert(known)
    with httpx.Client(verify=known, trust_env=False) as client:
        url = serve(client, "--ssl-ca-certs", str(tmp_path / "clients.pem"))
    with httpx.Client(verify=trusting(authority), trust_env=False) as nobody, pytest.raises(httpx.TransportError):
        nobody.get(f"{url}/health")


def test_a_renewed_certificate_is_used_after_a_hangup_and_a_broken_one_is_not(
    serve: Serve, authority: trustme.CA, tmp_path: Path
) -> None:
    with httpx.Client(verify=trusting(authority), trust_env=False) as client:
        url = serve(client)
    process = serve.processes[0]  # type: ignore[attr-defined]
    newer = trustme.CA()
    write_certificate(newer, tmp_path)
    process.send_signal(signal.SIGHUP)
    wait_for(
        lambda: httpx.get(f"{url}/health", verify=trusting(newer), trust_env=False).status_code == 200,
        tmp_path / "serve.log",
    )
    (tmp_path / "key.pem").write_text("broken")
    process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 10
    while "certificate and key cannot be used" not in (log := (tmp_path / "serve.log").read_text()):
        assert time.monotonic() < deadline, log
        time.sleep(0.05)
    assert httpx.get(f"{url}/health", verify=trusting(newer), trust_env=False).status_code == 200
