"""Secrets are written nowhere: a real `serve` and the commands, with planted secrets, and everything they wrote looked through."""

import base64
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from router.store.embedded import EmbeddedValkey
from tests.end_to_end.conftest import free_port
from tests.survival.scene import wait_for

SECRETS = {
    "REST key in the environment": "planted0rest0key0of0the0environment",
    "REST key in the connection file": "planted0rest0key0of0the0file",
    "misspelt REST key in the connection file": "planted0rest0key0under0another0name",
    "REST key in a broken connection file": "planted0rest0key0of0a0broken0file",
    "REST key in a call": "planted0rest0key0in0a0call",
    "admin token": "planted0admin0token",
    "wrong admin token": "planted0wrong0token",
    "store password": "planted0store0password",
    "rotated REST key": "planted0rest0key0after0rotation",
}
FILE = f"""version: 1
sources:
  - {{id: web-shop, type: web, write_key: wk-web}}
  - {{id: shop-server, type: cloud, write_key: wk-server}}
destinations:
  - id: braze-eu
    type: BRAZE
    config: {{dataCenter: EU-01, restApiKey: env.PLANTED_KEY, appKey: app, connectionMode: {{web: hybrid}}, supportDedup: true}}
  - id: braze-us
    type: BRAZE
    config:
      dataCenter: US-01
      restApiKey: {SECRETS["REST key in the connection file"]}
      restAPIKey: {SECRETS["misspelt REST key in the connection file"]}
connections:
  - {{source: web-shop, destination: braze-eu}}
  - {{source: shop-server, destination: braze-us}}
"""
BROKEN = [
    FILE.replace("env.PLANTED_KEY", f"[{SECRETS['REST key in a broken connection file']}]"),
    FILE.replace("env.PLANTED_KEY", f'"{SECRETS["REST key in a broken connection file"]}'),
    FILE.replace("env.PLANTED_KEY", f"{SECRETS['REST key in a broken connection file']}: x: y"),
    FILE.replace("restApiKey: planted", "restApiKey: !!binary planted"),
    FILE.replace("restApiKey: planted", "restApiKey:\n        planted"),
    FILE.replace("dataCenter: US-01", "dataCenter: US-99").replace("restApiKey: planted", "rest-api-key:  planted"),
]
REFUSED = BROKEN[:3]


class EchoingBraze(http.server.BaseHTTPRequestHandler):
    """The worst Braze there could be: it answers with what it was asked, key included, in turn as failure and as success."""

    protocol_version = "HTTP/1.1"
    answers = 0

    def do_POST(self) -> None:
        """Echo."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        EchoingBraze.answers += 1
        status = (500, 400, 201, 401, 429)[EchoingBraze.answers % 5]
        body = json.dumps({"message": f"no: {dict(self.headers)}", "errors": [str(dict(self.headers))]}).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Retry-After", "0"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the base class's
        """Silence."""


@pytest.fixture
def braze() -> Iterator[str]:
    """URL of the echoing Braze."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), EchoingBraze)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Scene:
    """A `serve` with planted secrets, and everything that it and its helpers wrote."""

    def __init__(self, folder: Path, store: str, braze: str) -> None:
        self.folder = folder
        self.file, self.keys, self.log = folder / "connections.yaml", folder / "keys.env", folder / "serve.log"
        self.file.write_text(FILE)
        self.keys.write_text(f"PLANTED_KEY={SECRETS['REST key in the environment']}\n")
        self.answers: list[str] = []
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [
            sys.executable,
            "-m",
            "router.cli.main",
            "serve",
            "--connections",
            str(self.file),
            "--port",
            str(port),
        ]
        command += ["--braze-url", braze, "--partitions", "4", "--env-file", str(self.keys), "--log-level", "debug"]
        environment = {
            **os.environ,
            "PLANTED_ADMIN": SECRETS["admin token"],
            "HYBRID_ROUTER_ADMIN_TOKEN": "env.PLANTED_ADMIN",
            "HYBRID_ROUTER_REDIS_URL": store,
            "HYBRID_ROUTER_DECISION_LOG": "all",
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        wait_for(lambda: httpx.get(f"{self.url}/ready", timeout=2).status_code == 200, self.log)

    def ask(self, method: str, path: str, *, token: str = SECRETS["admin token"], **more: Any) -> httpx.Response:
        """One call; its answer is looked through later."""
        headers = {"authorization": f"Bearer {token}", **more.pop("headers", {})}
        answer = httpx.request(method, f"{self.url}{path}", headers=headers, timeout=20, trust_env=False, **more)
        self.answers.append(f"{method} {path}: {answer.status_code} {dict(answer.headers)} {answer.text}")
        return answer

    def hang_up(self, *, told: str) -> None:
        """SIGHUP, and wait for what the log says of it."""
        before = self.log.read_text().count(told)
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while self.log.read_text().count(told) == before:
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[str]:
    """URL of a Valkey server that wants a password."""
    server = EmbeddedValkey(tmp_path / "valkey")
    url, password = server.start(), SECRETS["store password"]
    with redis.Redis.from_url(url) as client:
        client.config_set("requirepass", password)
    yield url.replace("unix://", f"unix://:{password}@")
    server.stop()


@pytest.fixture
def scene(tmp_path: Path, store: str, braze: str) -> Iterator[Scene]:
    """A running scene."""
    running = Scene(tmp_path, store, braze)
    yield running
    running.process.kill()
    running.process.wait()


def test_no_secret_is_written_anywhere(scene: Scene, store: str) -> None:
    made = httpx.post(
        f"{scene.url}/admin/v1/tokens",
        json={"name": "ci", "role": "operator"},
        headers={"authorization": f"Bearer {SECRETS['admin token']}"},
        trust_env=False,
    ).json()["token"]  # the one answer that may show it
    secrets = {**SECRETS, "token made by a call": made}
    send_events(scene)
    call_everything(scene, made)
    change_files(scene)
    send_events(scene)
    call_everything(scene, made)
    stop(scene)
    written = scene.log.read_text()
    assert "Braze" in written
    assert written.count("not reloaded") == len(REFUSED) + 1
    places = {"the log": written, **{f"an answer ({answer[:60]})": answer for answer in scene.answers}}
    places |= in_the_store(store) | in_files(scene.folder, but_not={scene.file, scene.keys})
    assert leaks(places, secrets) == []


def send_events(scene: Scene) -> None:
    """Events that are delivered, refused, retried."""
    for number in range(10):
        for key in ("wk-web", "wk-server"):
            event = {"userId": f"u{number}", "event": "x", "traits": {"email": "a@x.io"}}
            name = "identify" if number % 2 else "track"
            answer = httpx.post(f"{scene.url}/v1/{name}", json=event, auth=(key, ""), timeout=20, trust_env=False)
            scene.answers.append(answer.text)
    scene.ask("POST", "/v1/batch", content=b"{")
    time.sleep(1.0)


def call_everything(scene: Scene, made: str) -> None:
    """Every GET of the admin API, and calls that go wrong in many ways."""
    document = scene.ask("GET", "/admin/v1/openapi.json").json()
    assert scene.ask("GET", "/admin/v1/status").status_code == 200
    names = {"id": "braze-us", "name": "ci", "revision": "current", "before": "current", "after": "current"}
    for path, methods in document["paths"].items():
        if "get" in methods:
            scene.ask("GET", path.format(**names))
    for connection in ("web-shop:braze-eu", "shop-server:braze-us"):
        scene.ask("GET", f"/admin/v1/connections/{connection}")
    for letter in scene.ask("GET", "/admin/v1/dead-letters").json()["dead_letters"][:3]:
        scene.ask("POST", f"/admin/v1/dead-letters/{letter['id']}/retry")
    for path in ("/", "/health", "/ready", "/version", "/metrics", "/sourceConfig?writeKey=wk-web", "/admin/nowhere"):
        scene.ask("GET", path)
    key = SECRETS["REST key in a call"]
    for value in (key, [key], {key: key}, 5):
        patch = {"config": {"restApiKey": value}, "reason": "test"}
        assert scene.ask("PATCH", "/admin/v1/connections/shop-server:braze-us", json=patch).status_code == 422
    patch = {"config": {"rest_api_key": key}, "reason": "test"}
    scene.ask("PATCH", "/admin/v1/connections/shop-server:braze-us", json=patch)
    overlay = {"config": {"braze-us": {"restApiKey": [key]}}}
    event = {"source": "shop-server", "message": {"type": "track", "userId": "u", "event": "x"}}
    scene.ask("POST", "/admin/v1/simulate", json={"event": event, "overlay": overlay})
    scene.ask("POST", "/admin/v1/simulate", json=event)
    scene.ask("POST", "/admin/v1/connections/web-shop:braze-eu/modes", json={"modes": {"web": "x"}, "reason": "test"})
    scene.ask("GET", "/admin/v1/status", token=SECRETS["wrong admin token"])
    scene.ask("GET", "/admin/v1/tokens", token=made)


def change_files(scene: Scene) -> None:
    """Files that cannot be used, and a key that is rotated."""
    for broken in REFUSED:
        scene.file.write_text(broken)
        scene.hang_up(told="not reloaded")
    scene.file.write_text(FILE)
    scene.keys.write_text(f"PLANTED_KEY {SECRETS['rotated REST key']}\n")
    scene.hang_up(told="not reloaded")
    scene.keys.write_text(f"PLANTED_KEY={SECRETS['rotated REST key']}\n")
    scene.hang_up(told="reloaded  ")


def stop(scene: Scene) -> None:
    """A clean stop: what is buffered is written."""
    scene.process.terminate()
    assert scene.process.wait(timeout=20) == 0


def in_the_store(url: str) -> dict[str, str]:
    """Every key and value of the store."""
    found: dict[str, str] = {}
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter():
            kind = client.type(key)
            read = {
                b"string": client.get, b"hash": client.hgetall, b"stream": client.xrange, b"set": client.smembers,
                b"zset": lambda name: client.zrange(name, 0, -1), b"list": lambda name: client.lrange(name, 0, -1),
            }[kind]  # fmt: skip
            found[f"key {key.decode()} of the store"] = f"{key!r} {read(key)!r}"
    assert len(found) > 10
    return found


def in_files(folder: Path, *, but_not: set[Path]) -> dict[str, str]:
    """Everything in a folder, but the files that the secrets come from."""
    files = [path for path in folder.rglob("*") if path.is_file() and path not in but_not]
    return {str(path): path.read_bytes().decode("latin-1") for path in files}


def leaks(places: dict[str, str], secrets: dict[str, str]) -> list[str]:
    """Which secret stands where, as it is or in base64."""
    return [
        f"{name} in {place}"
        for name, secret in secrets.items()
        for place, text in places.items()
        if secret in text or base64.b64encode(secret.encode()).decode().rstrip("=")[:-1] in text
    ]


@pytest.mark.parametrize(
    "text", [FILE, *BROKEN], ids=["good", "list", "open quote", "colons", "binary", "next line", "misspelt"]
)
@pytest.mark.parametrize(
    "arguments",
    [
        ["lint", "FILE"],
        ["lint", "FILE", "--format", "json"],
        ["lint", "FILE", "--format", "sarif"],
        ["lint", "FILE", "--format", "github"],
        ["explain", "EVENT", "-c", "FILE"],
        ["explain", "EVENT", "-c", "FILE", "--json"],
        ["simulate", "EVENT", "-c", "FILE", "--format", "jsonl"],
        ["matrix", "-c", "FILE"],
        ["import", "FILE"],
        ["check", "-c", "FILE", "--braze-url", "BRAZE"],
    ],
    ids=lambda arguments: "-".join(word for word in arguments if word.islower()),
)
def test_no_command_shows_a_key_of_a_connection_file(
    arguments: list[str], text: str, tmp_path: Path, braze: str
) -> None:
    file, event = tmp_path / "connections.yaml", tmp_path / "event.json"
    file.write_text(text)
    event.write_text('{"source":"shop-server","message":{"type":"track","userId":"u","event":"x"}}')
    names = {"FILE": str(file), "EVENT": str(event), "BRAZE": braze}
    command = [sys.executable, "-m", "router.cli.main", *(names.get(word, word) for word in arguments)]
    environment = {**os.environ, "PLANTED_KEY": SECRETS["REST key in the environment"]}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert "Traceback" not in ended.stderr
    assert leaks({"stdout": ended.stdout, "stderr": ended.stderr}, SECRETS) == []
