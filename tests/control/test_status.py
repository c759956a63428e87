"""The status tells how delivery is doing, over all processes."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest
import redis

from tests.conftest import Running, RunRouter
from tests.control.operating import ADMIN

pytestmark = pytest.mark.anyio

EVENT = {"userId": "u", "event": "x"}


async def status(running: Running) -> dict[str, Any]:
    """The document."""
    answer = await running.client.get("/admin/v1/status", headers=ADMIN)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def status_when(running: Running, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The document, once something holds; processes report every two seconds."""
    for _ in range(80):
        document = await status(running)
        if holds(document):
            return document
        await anyio.sleep(0.1)
    raise AssertionError(document)


def delivered(document: dict[str, Any]) -> bool:
    """Whether the first destination says that it delivered."""
    return bool(document["destinations"][0]["delivered_last_minute"])


async def test_a_destination_at_work_tells_its_rate(run_router: RunRouter) -> None:
    async with run_router() as running:
        for number in range(3):
            event = {**EVENT, "messageId": f"m{number}"}
            await running.client.post("/v1/track", json=event, auth=("wk-server", ""))
        (destination,) = (await status_when(running, delivered))["destinations"]
    assert destination["destination"] == "braze-eu"
    assert destination["delivered_last_minute"] == 3
    assert destination["circuit"] == {"state": "closed", "retry_in_seconds": 0.0, "reason": ""}
    assert (destination["enabled"], destination["paused"], destination["last_errors"]) == (True, False, [])
    assert (destination["queued"], destination["oldest_seconds"]) == (0, 0.0)


async def test_a_destination_that_refuses_tells_why_and_how_long_its_queue_has_waited(run_router: RunRouter) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"message": "Invalid API key"})

    async with run_router(refuse) as running:
        await running.client.post("/v1/track", json=EVENT, auth=("wk-server", ""))
        document = await status_when(running, lambda found: found["destinations"][0]["circuit"]["state"] == "open")
        await anyio.sleep(0.3)
        older = await status(running)
    (destination,) = document["destinations"]
    assert "401" in destination["circuit"]["reason"]
    assert 0 < destination["circuit"]["retry_in_seconds"] <= 30
    (error,) = destination["last_errors"]
    assert (error["path"], error["outcome"]) == ("/users/track", "unauthorized")
    assert destination["queued"] == 1
    assert 0 < destination["oldest_seconds"] < older["destinations"][0]["oldest_seconds"]


async def test_the_lease_map_names_a_living_process_for_every_partition(run_router: RunRouter) -> None:
    async with run_router() as one, run_router() as other:
        document = await status_when(
            one, lambda found: sorted(len(item["partitions"]) for item in found["processes"]) == [2, 2]
        )
        await status_when(other, lambda found: all(item["pid"] for item in found["processes"]))
    names = {item["process"] for item in document["processes"]}
    assert len(names) == 2
    assert {lease["process"] for lease in document["leases"]} == names
    assert [lease["partition"] for lease in document["leases"]] == [0, 1, 2, 3]
    assert {item["kind"] for item in document["processes"]} == {"serve"}


async def test_a_process_that_stops_takes_its_report_with_it(run_router: RunRouter, valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        async with run_router() as running:
            await status_when(running, lambda found: any(item["pid"] for item in found["processes"]))
            assert client.keys("hr:process:*")
        assert client.keys("hr:process:*") == []


async def test_what_is_queued_for_a_destination_that_is_gone_is_still_shown(
    run_router: RunRouter, valkey_url: str
) -> None:
    async with run_router() as running:
        with redis.Redis.from_url(valkey_url) as client:
            client.hset("hr:{p1}:depth", "gone", 7)
            client.xadd("hr:{p1}:queue:gone", {"n": "7"})
        found = {item["destination"]: item for item in (await status(running))["destinations"]}
    assert [(name, found[name]["configured"]) for name in sorted(found)] == [("braze-eu", True), ("gone", False)]
    assert (found["gone"]["enabled"], found["gone"]["queued"]) == (False, 7)


async def test_a_report_of_another_version_is_no_obstacle(run_router: RunRouter, valkey_url: str) -> None:
    async with run_router() as running:
        with redis.Redis.from_url(valkey_url) as client:
            client.zadd("hr:members", {"stranger": client.time()[0] * 1000})
            client.set("hr:process:stranger", "{}")
        found = {item["process"]: item for item in (await status(running))["processes"]}
    assert (found["stranger"]["pid"], found["stranger"]["partitions"]) == (0, [])
