"""Suppression from the request to the last process: who is known, by what, and what the account says of it."""

import asyncio
from typing import Any

import pytest

from router.store.accounting import Totals
from tests.conftest import Running, RunRouter
from tests.scripted_braze import FakeBraze, post, settled, track

pytestmark = pytest.mark.anyio

TOKEN = {"authorization": "Bearer test-admin-token"}
SUPPRESSED_TRACKS = "blocked|web-shop|braze-eu|cloud/suppressed-user"


async def regulate(running: Running, *users: str, **more: Any) -> str:
    body = {"regulationType": "suppress", "users": [{"userId": user} for user in users], **more}
    answer = await running.client.post("/v2/regulations", json=body, headers=TOKEN)
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["id"]
    return name


async def test_a_suppressed_users_events_are_accepted_and_not_sent(run_router: RunRouter) -> None:
    braze = FakeBraze()
    async with run_router(braze) as running:
        await regulate(running, "u-1")
        await post(running, track(1, userId="u-1"), track(2, userId="u-2", anonymousId="a-2"), track(3, userId=" u-1 "))
        assert await settled(running) == Totals(accepted=3, delivered=1, blocked=2)
        assert (await running.service.store.account()).counters[SUPPRESSED_TRACKS] == 2
        metrics = (await running.client.get("/metrics")).text
    assert braze.event_names == ["e2"]
    assert 'gateway_suppressed_events_total{source="web-shop"} 2.0' in metrics
    assert "router_suppressed_users 1.0" in metrics


async def test_an_anonymous_id_seen_with_the_user_is_suppressed_until_another_user_has_it(
    run_router: RunRouter,
) -> None:
    braze = FakeBraze()
    async with run_router(braze) as running:
        await regulate(running, "u-1")
        await post(running, track(1), track(2, userId="u-1"))
        await post(running, track(3), track(4, userId="u-2"), track(5, anonymousId="a-9"))
        assert await settled(running) == Totals(accepted=5, delivered=2, blocked=3)
    assert sorted(braze.event_names) == ["e4", "e5"]


async def test_anonymous_ids_can_be_stated(run_router: RunRouter) -> None:
    braze = FakeBraze()
    async with run_router(braze) as running:
        await regulate(running, users=[{"userId": "u-1", "anonymousIds": ["a-1"], "email": "x@example.com"}])
        await post(running, track(1), track(2, anonymousId="a-2"))
        await settled(running)
    assert braze.event_names == ["e2"]


async def test_a_suppression_for_some_sources_leaves_the_others_alone(run_router: RunRouter) -> None:
    braze = FakeBraze()
    async with run_router(braze) as running:
        await regulate(running, "u-1", sourceIds=["shop-server"])
        await post(running, track(1, userId="u-1"))
        await running.client.post("/v1/track", json=track(2, userId="u-1"), auth=("wk-server", ""))
        await settled(running)
    assert braze.event_names == ["e1"]


async def test_every_process_knows_within_a_second_and_learns_of_links_and_of_the_end(run_router: RunRouter) -> None:
    braze = FakeBraze()
    async with run_router(braze) as one, run_router(braze) as other:
        name = await regulate(one, "u-1")
        await asyncio.sleep(1.0)
        await post(other, track(1, userId="u-1"))
        await asyncio.sleep(1.0)
        await post(one, track(2))
        assert (await one.client.delete(f"/v2/regulations/{name}", headers=TOKEN)).json()["status"] == "cancelled"
        await asyncio.sleep(1.0)
        await post(other, track(3), track(4, userId="u-1"))
        assert await settled(one) == Totals(accepted=4, delivered=2, blocked=2)
    assert braze.event_names == ["e3", "e4"]


async def test_a_process_that_starts_later_knows_users_and_links(run_router: RunRouter) -> None:
    async with run_router() as running:
        await regulate(running, "u-1")
        await post(running, track(1, userId="u-1"))
    braze = FakeBraze()
    async with run_router(braze) as running:
        await post(running, track(2), track(3, userId="u-1"), track(4, anonymousId="a-4"))
        await settled(running)
    assert braze.event_names == ["e4"]


async def test_the_what_if_says_so_too(run_router: RunRouter) -> None:
    async with run_router() as running:
        await regulate(running, "u-1", sourceIds=["web-shop"])
        found = []
        for source, user in (("web-shop", "u-1"), ("web-shop", "u-2"), ("shop-server", "u-1")):
            event = {"source": source, "message": track(1, userId=user)}
            (outcome,) = (await running.client.post("/admin/v1/simulate", json=event, headers=TOKEN)).json()
            found.append(outcome["cloud"]["rule"])
    assert found == ["cloud/suppressed-user", "cloud/deliver", "cloud/deliver"]
