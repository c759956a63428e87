"""The admin API: guarded, and true."""

import anyio
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


@pytest.mark.parametrize("count", ["0", "-1", "\u00b2", "1" * 5000, "1001", "x"])
async def test_a_count_that_is_no_number_in_range_is_a_problem_document(run_router: RunRouter, count: str) -> None:
    async with run_router() as running:
        answer = await running.client.get("/admin/v1/dead-letters", params={"count": count}, headers=TOKEN)
    assert answer.status_code == 400


@pytest.mark.parametrize("letter", ["x", "0-1", "9-1-1", f"0-{2**64}-1", f"{'1' * 5000}-1-1", "\u00b2-1-1"])
async def test_an_id_that_no_dead_letter_has_is_not_found(run_router: RunRouter, letter: str) -> None:
    async with run_router() as running:
        answer = await running.client.get(f"/admin/v1/dead-letters/{letter}", headers=TOKEN)
    assert answer.status_code == 404


@pytest.mark.parametrize("value", ["1e999", '"\\ud800"', "[" * 700 + "]" * 700])
async def test_dead_letters_are_listed_whatever_a_client_sent(run_router: RunRouter, value: str) -> None:
    event = f'{{"type":"identify","userId":"u","messageId":"m","traits":{{"email":5,"x":{value}}}}}'
    async with run_router() as running:
        await running.client.post("/v1/identify", content=event, auth=("wk-server", ""))
        for _ in range(100):
            answer = await running.client.get("/admin/v1/dead-letters", headers=TOKEN)
            if answer.json()["dead_letters"]:
                break
            await anyio.sleep(0.05)
    assert [letter["message_id"] for letter in answer.json()["dead_letters"]] == ["m"]
