"""POST /v1/import: good events are stored even where others of the batch are refused."""

from typing import Any

import pytest

from tests.conftest import RunRouter

pytestmark = pytest.mark.anyio

GOOD = [
    {"type": "track", "event": "Bought", "userId": f"u-{number}", "messageId": f"m-{number}"} for number in range(3)
]
NO_IDS = "request neither has anonymousId nor userId\n"
NO_EVENT = "event is not a valid rudder event\n"

IMPORTS: list[tuple[str, Any, int, str, int]] = [
    ("all good", {"batch": GOOD}, 200, "ok", 3),
    ("no batch", {}, 200, "ok", 0),
    ("empty batch", {"batch": []}, 200, "ok", 0),
    ("null batch", {"batch": None}, 200, "ok", 0),
    ("a list at the top", [GOOD[0]], 200, "ok", 0),
    ("one without ids", {"batch": [GOOD[0], {"event": "x"}, GOOD[1]]}, 400, NO_IDS, 2),
    ("one that is no object", {"batch": [3, *GOOD]}, 400, NO_EVENT, 3),
    ("the first fault is named", {"batch": [{"event": "x"}, 3, GOOD[0]]}, 400, NO_IDS, 1),
    ("nothing good", {"batch": [{"event": "x"}, {"userId": " "}]}, 400, NO_IDS, 0),
]


@pytest.mark.parametrize(
    ("body", "status", "text", "accepted"), [row[1:] for row in IMPORTS], ids=[row[0] for row in IMPORTS]
)
async def test_an_import_stores_what_is_good_and_says_what_is_not(
    run_router: RunRouter, body: Any, status: int, text: str, accepted: int
) -> None:
    async with run_router() as running:
        answer = await running.client.post("/v1/import", json=body, auth=("wk-server", ""))
        assert (answer.status_code, answer.text) == (status, text)
        assert (await running.service.store.totals()).accepted == accepted


@pytest.mark.parametrize(
    ("content", "key", "status", "text"),
    [(b"{", "wk-server", 400, "invalid json\n"), (b"{}", "nope", 401, "invalid write key\n")],
)
async def test_a_broken_import_and_an_unknown_key_are_refused(
    run_router: RunRouter, content: bytes, key: str, status: int, text: str
) -> None:
    async with run_router() as running:
        answer = await running.client.post("/v1/import", content=content, auth=(key, ""))
    assert (answer.status_code, answer.text) == (status, text)


async def test_events_that_an_import_left_out_are_counted(run_router: RunRouter) -> None:
    async with run_router() as running:
        await running.client.post("/v1/import", json={"batch": [3, {}, *GOOD]}, auth=("wk-server", ""))
        metrics = (await running.client.get("/metrics")).text
    assert 'gateway_left_out_events_total{source="shop-server"} 2.0' in metrics


async def test_an_import_that_is_sent_again_repeats_nothing(run_router: RunRouter) -> None:
    async with run_router() as running:
        for _ in range(2):
            await running.client.post("/v1/import", json={"batch": [*GOOD, {}]}, auth=("wk-server", ""))
        totals = await running.service.store.totals()
    assert (totals.accepted, totals.duplicate_messages) == (3, 3)
