"""Nothing but the operator's connection and settings says which host is called, and that only from Braze's own table."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from policies.connection import as_document
from policies.problems import Invalid
from policies.workspace import parse_workspace
from router.braze.client import BrazeClient
from router.braze.hosts import UnknownDataCenter, rest_endpoint
from router.braze.objects import Request
from tests.conftest import RunRouter
from tests.control.operating import ADMIN
from tests.scripted_braze import settled

pytestmark = pytest.mark.anyio

HOSTILE: list[Any] = [
    "evil.example",
    "https://evil.example",
    "US-01.evil.example",
    "US-01@evil.example",
    "EU-01/../../evil.example",
    "EU-01#",
    "EU-01\r\nHost: evil.example",
    "EU-01\x00",
    "\uff25\uff35-01",
    "localhost:6379",
    ["EU-01"],
    {"web": "EU-01"},
    1,
]
OWN_HOST = "rest.fra-01.braze.eu"


@pytest.mark.parametrize("center", HOSTILE, ids=repr)
def test_a_data_center_that_is_not_in_the_table_has_no_host_and_no_connection(center: Any, quickstart: Any) -> None:
    with pytest.raises(UnknownDataCenter):
        rest_endpoint(center)
    document = as_document(quickstart)
    document["destinations"][0]["config"]["dataCenter"] = center
    with pytest.raises(Invalid):
        parse_workspace(document)


@pytest.mark.parametrize("center", HOSTILE, ids=repr)
async def test_no_admin_call_brings_another_host_in(run_router: RunRouter, center: Any) -> None:
    body = {"config": {"dataCenter": center}, "reason": "test"}
    async with run_router() as running:
        revision = running.service.runtime.table.revision
        answer = await running.client.patch("/admin/v1/connections/web-shop:braze-eu", json=body, headers=ADMIN)
        assert running.service.runtime.table.revision == revision
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/config/dataCenter"


async def test_nothing_in_an_event_or_a_header_brings_another_host_in(run_router: RunRouter) -> None:
    hosts: list[str] = []

    def braze(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(201, json={"message": "success"})

    elsewhere = {
        "dataCenter": "evil.example",
        "endpoint": "https://evil.example",
        "restApiKey": "x",
        "url": "//evil.example",
    }
    event = {
        "userId": "u",
        "event": "x",
        "properties": elsewhere,
        "integrations": {"All": True, "Braze": elsewhere},
        "context": {**elsewhere, "externalId": [{"type": "brazeExternalId", "id": "//evil.example/users/track"}]},
        **elsewhere,
    }
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    async with run_router(braze) as running:
        for kind in ("track", "identify", "group", "alias"):
            body = {**event, "groupId": "../../evil", "previousId": "http://evil.example", "traits": elsewhere}
            await running.client.post(f"/v1/{kind}", json=body, headers=headers, auth=("wk-server", ""))
        await settled(running)
    assert set(hosts) == {OWN_HOST}


class Redirecting(http.server.BaseHTTPRequestHandler):
    """Sends whoever asks to another path, and remembers what was asked for."""

    status = 307
    asked: list[str]

    def do_POST(self) -> None:
        """Redirect."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the base class's
        """Silence."""


@pytest.fixture
def redirecting() -> Iterator[str]:
    """URL of a server that redirects."""
    Redirecting.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(redirecting: str, status: int) -> None:
    Redirecting.status = status
    async with BrazeClient(redirecting, "key") as client:
        answer = await client.send(Request.of("/users/track", body={"events": []}, sources={}))
    assert answer.status == status
    assert Redirecting.asked == ["/users/track"]
