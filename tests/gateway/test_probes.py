"""Health, readiness, version and metrics."""

import re

import httpx
import pytest

from policies.connection import Workspace
from router.app import create_app
from router.config.settings import Settings
from router.configuration import Configuration
from router.routing import routing_table
from router.runtime import Runtime
from router.store.embedded import EmbeddedValkey
from router.store.store import Store
from tests.conftest import RunRouter

pytestmark = pytest.mark.anyio


async def test_health_speaks_rudderstacks_words(run_router: RunRouter) -> None:
    async with run_router() as running:
        document = (await running.client.get("/health")).json()
    assert document["server"] == document["db"] == "UP"
    assert document["acceptingEvents"] == "TRUE"
    assert document["mode"] == "NORMAL"


async def test_version_says_that_gzip_is_understood(run_router: RunRouter) -> None:
    async with run_router() as running:
        document = (await running.client.get("/version")).json()
    assert document["Features"] == ["gzip-req-payload"]


async def test_metrics_show_where_every_unit_is(run_router: RunRouter) -> None:
    async with run_router() as running:
        await running.client.post("/v1/track", json={"userId": "u", "event": "x"}, auth=("wk-ios", ""))
        text = (await running.client.get("/metrics")).text
    assert 'router_units{state="accepted"} 1.0' in text
    assert 'router_units{state="blocked"} 1.0' in text


async def test_metrics_count_by_source_destination_and_rule(run_router: RunRouter) -> None:
    async with run_router() as running:
        await running.service.store.pause("braze-eu")
        for key in ("wk-ios", "wk-web"):
            await running.client.post("/v1/track", json={"userId": "u", "event": "x"}, auth=(key, ""))
        text = (await running.client.get("/metrics")).text
    where = 'destination="braze-eu"'
    assert f'router_units_counted{{{where},outcome="blocked",rule="cloud/device-mode",source="ios-app"}} 1.0' in text
    assert f'router_units_counted{{{where},outcome="accepted",rule="",source="web-shop"}} 1.0' in text
    assert f"router_queued_units{{{where}}} 1.0" in text
    assert re.search(rf"router_queued_bytes{{{where}}} \d", text)


async def test_without_a_store_nothing_is_accepted_and_probes_say_so(
    tmp_path_factory: pytest.TempPathFactory, quickstart: Workspace
) -> None:
    server = EmbeddedValkey(tmp_path_factory.mktemp("gone"))
    store = await Store.open(server.start(), partitions=4)
    runtime = Runtime(
        settings=Settings(partitions=4),
        table=routing_table(quickstart),
        store=store,
        configuration=Configuration(store, quickstart, {}),
    )
    server.stop()
    transport = httpx.ASGITransport(create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        event = await client.post("/v1/track", json={"userId": "u", "event": "x"}, auth=("wk-web", ""))
        health, ready, metrics = [await client.get(path) for path in ("/health", "/ready", "/metrics")]
    await store.aclose()
    assert (event.status_code, event.text) == (503, "service unavailable\n")
    assert (health.status_code, health.text) == (503, "Cannot connect to db\n")
    assert ready.status_code == metrics.status_code == 503
