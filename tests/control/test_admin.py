"""The admin API: guarded, and true."""

import pytest

from router.config.settings import Settings
from tests.conftest import RunRouter

pytestmark = pytest.mark.anyio

TOKEN = {"authorization": "Bearer test-admin-token"}


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic test-admin-token"}]
)
@pytest.mark.parametrize(("method", "path"), [("GET", "status"), ("GET", "dead-letters"), ("POST", "simulate")])
async def test_without_the_token_nothing_is_told(
    run_router: RunRouter, headers: dict[str, str], method: str, path: str
) -> None:
    async with run_router() as running:
        answer = await running.client.request(method, f"/admin/v1/{path}", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 401


async def test_without_a_configured_token_the_api_is_off(run_router: RunRouter) -> None:
    async with run_router(settings=Settings(partitions=4)) as running:
        answer = await running.client.get("/admin/v1/status", headers={"authorization": "Bearer "})
    assert answer.status_code == 403


async def test_status_gives_the_account_and_whether_it_adds_up(run_router: RunRouter) -> None:
    async with run_router() as running:
        await running.client.post("/v1/track", json={"userId": "u", "event": "x"}, auth=("wk-ios", ""))
        document = (await running.client.get("/admin/v1/status", headers=TOKEN)).json()
    assert document["adds_up"] is True
    assert (document["totals"]["accepted"], document["totals"]["blocked"]) == (1, 1)
    assert document["revision"]


async def test_simulate_explains_an_event_and_sends_nothing(run_router: RunRouter) -> None:
    event = {"source": "web-shop", "message": {"type": "track", "event": "x", "userId": "u"}}
    async with run_router() as running:
        (outcome,) = (await running.client.post("/admin/v1/simulate", json=event, headers=TOKEN)).json()
        assert (await running.service.store.totals()).accepted == 0
    assert outcome["cloud"] == {"verdict": "deliver", "rule": "cloud/deliver"}
    assert outcome["steps"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"source":"nobody","message":{}}', 422),
        (b"[" * 100_000, 400),
        (b" " * 1_000_001, 413),
    ],
)
async def test_a_bad_body_is_a_problem_document(run_router: RunRouter, content: bytes, status: int) -> None:
    async with run_router() as running:
        answer = await running.client.post("/admin/v1/simulate", content=content, headers=TOKEN)
    assert answer.status_code == answer.json()["status"] == status
