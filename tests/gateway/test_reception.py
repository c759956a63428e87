"""What all endpoints share: retries noted, crawlers sent away, types of other destinations accounted for."""

import pytest

from tests.conftest import RunRouter

pytestmark = pytest.mark.anyio

EVENT = {"event": "x", "userId": "u-1"}


@pytest.mark.parametrize(
    ("attempt", "reason", "counted"),
    [
        ("1", "server-429", "server-429"),
        ("7", "client-timeout", "client-timeout"),
        ("1", "server-599", "other"),
        ("1", 'made"up', "other"),
        ("2", None, "other"),
        ("9" * 5000, "client-network", "client-network"),
    ],
)
async def test_a_retry_is_counted_under_a_known_reason(
    run_router: RunRouter, attempt: str, reason: str | None, counted: str
) -> None:
    headers = {"rsa-retry-attempt": attempt} | ({"rsa-retry-reason": reason} if reason else {})
    async with run_router() as running:
        await running.client.post("/v1/track", json=EVENT, auth=("wk-web", ""), headers=headers)
        metrics = (await running.client.get("/metrics")).text
    assert f'gateway_retried_requests_total{{reason="{counted}"}} 1.0' in metrics


@pytest.mark.parametrize("attempt", ["0", "", "-1", "one", "²"])
async def test_a_first_attempt_is_no_retry(run_router: RunRouter, attempt: str) -> None:
    headers = [(b"rsa-retry-attempt", attempt.encode("latin-1")), (b"rsa-retry-reason", b"server-429")]
    async with run_router() as running:
        answer = await running.client.post("/v1/track", json=EVENT, auth=("wk-web", ""), headers=headers)
        metrics = (await running.client.get("/metrics")).text
    assert answer.text == "ok"
    assert "gateway_retried_requests_total{" not in metrics


async def test_crawlers_are_sent_away(run_router: RunRouter) -> None:
    async with run_router() as running:
        answer = await running.client.get("/robots.txt")
    assert answer.content == b"User-agent: * \nDisallow: / \n"


@pytest.mark.parametrize("path", ["merge", "audiencelist"])
async def test_types_of_other_destinations_are_accepted_and_accounted_for(run_router: RunRouter, path: str) -> None:
    async with run_router() as running:
        answer = await running.client.post(f"/v1/{path}", json=EVENT, auth=("wk-web", ""))
        totals = await running.service.store.totals()
    assert answer.text == "ok"
    assert (totals.accepted, totals.blocked) == (1, 1)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/batch", "POST"),
        ("PUT", "/v1/import", "POST"),
        ("GET", "/beacon/v1/batch", "POST"),
        ("DELETE", "/pixel/v1/page", "GET"),
    ],
)
async def test_a_wrong_method_is_told_the_right_one(
    run_router: RunRouter, method: str, path: str, allowed: str
) -> None:
    async with run_router() as running:
        answer = await running.client.request(method, path, auth=("wk-web", ""))
    assert (answer.status_code, answer.text) == (405, "invalid http request method\n")
    assert answer.headers["allow"] == allowed
