"""The same store on a cluster of three nodes: no script touches two slots, and a partition's keys are on one node."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import redis

from policies.connection import Workspace
from router.app import create_app
from router.config.settings import Settings
from router.service import Service
from router.store.accounting import Totals
from router.store.embedded import valkey_binary
from router.store.store import Store
from tests.end_to_end.conftest import free_port
from tests.store.test_intake import incoming, intake

pytestmark = pytest.mark.anyio

_SLOTS = (0, 5461, 10923, 16384)


@pytest.fixture(scope="module")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of three primaries on loopback."""
    ports: list[int] = []
    while len(ports) < 3:
        port = free_port()
        if port not in ports and port < 55_000:
            ports.append(port)
    servers = [_start(port, tmp_path_factory.mktemp(f"node-{port}")) for port in ports]
    try:
        _join([redis.Redis(port=port) for port in ports], ports)
        yield f"redis+cluster://127.0.0.1:{ports[0]}"
    finally:
        for server in servers:
            server.terminate()
            server.wait(timeout=10)


def _start(port: int, folder: Path) -> subprocess.Popen[bytes]:
    arguments = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "2000",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    return subprocess.Popen([valkey_binary(), *arguments], stdout=subprocess.DEVNULL)


def _join(nodes: list[redis.Redis], ports: list[int]) -> None:
    _until(lambda: all(node.ping() for node in nodes))
    for number, node in enumerate(nodes):
        node.execute_command("CLUSTER", "ADDSLOTSRANGE", _SLOTS[number], _SLOTS[number + 1] - 1)  # type: ignore[no-untyped-call]
    for port in ports[1:]:
        nodes[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port)  # type: ignore[no-untyped-call]
    _until(lambda: all(node.cluster("info")["cluster_state"] == "ok" for node in nodes))
    for node in nodes:
        node.close()


def _until(holds: object) -> None:
    assert callable(holds)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except redis.exceptions.RedisError:
            pass
        time.sleep(0.05)
    raise AssertionError("the cluster did not come up")


@pytest.fixture
async def cluster(cluster_url: str) -> AsyncIterator[Store]:
    store = await Store.open(cluster_url, partitions=8)
    await store._redis.flushall()
    await store._redis.set("hr:partitions", 8)
    yield store
    await store.aclose()


async def test_messages_of_all_partitions_are_queued_once_and_counted(cluster: Store) -> None:
    messages = [incoming(f"m{number}", identity=f"a{number}") for number in range(200)]
    assert await intake(cluster).put(messages) == 0
    assert await intake(cluster).put(messages) == 200
    assert await cluster.totals() == Totals(accepted=200, queued=200, duplicate_messages=200)
    tokens = await cluster.lease_some("us", milliseconds=5000, tokens={}, wanted=range(8))
    assert len(set(tokens)) == 8
    assert all(tokens.values())


async def test_a_router_on_a_cluster_delivers_everything_once(
    cluster_url: str, cluster: Store, quickstart: Workspace
) -> None:
    names: list[str] = []

    def braze(request: httpx.Request) -> httpx.Response:
        names.extend(event["name"] for event in json.loads(request.content).get("events", []))
        return httpx.Response(201, json={"message": "success"})

    service = Service(
        settings=Settings(partitions=8),
        workspace=quickstart,
        environment={"BRAZE_REST_KEY": "k"},
        redis_url=cluster_url,
        braze_transport=httpx.MockTransport(braze),
    )
    async with (
        service,
        httpx.AsyncClient(transport=httpx.ASGITransport(create_app(service.runtime)), base_url="http://g") as client,
    ):
        events = [
            {"type": "track", "event": f"e{n}", "messageId": f"c{n}", "anonymousId": f"a{n % 30}"} for n in range(120)
        ]
        assert (await client.post("/v1/batch", json={"batch": events}, auth=("wk-web", ""))).text == "ok"
        for _ in range(200):
            totals = await service.store.totals()
            if totals.queued == 0:
                break
            await asyncio.sleep(0.05)
    assert totals == Totals(accepted=120, delivered=120)
    assert sorted(names) == sorted(f"e{n}" for n in range(120))


async def test_users_are_suppressed_and_deleted_on_a_cluster(
    cluster_url: str, cluster: Store, quickstart: Workspace
) -> None:
    deleted: list[str] = []

    def braze(request: httpx.Request) -> httpx.Response:
        deleted.extend(json.loads(request.content).get("external_ids", []))
        return httpx.Response(201, json={"message": "success"})

    service = Service(
        settings=Settings(partitions=8, admin_token="t", deletion_repeat_seconds=0.0),
        workspace=quickstart,
        environment={"BRAZE_REST_KEY": "k"},
        redis_url=cluster_url,
        braze_transport=httpx.MockTransport(braze),
    )
    async with (
        service,
        httpx.AsyncClient(transport=httpx.ASGITransport(create_app(service.runtime)), base_url="http://g") as client,
    ):
        bad = {"type": "track", "event": "", "userId": "u-1", "anonymousId": "a"}
        await client.post("/v1/batch", json={"batch": [{**bad, "messageId": "1"}]}, auth=("wk-web", ""))
        for _ in range(200):
            if (await service.store.totals()).dead_lettered:
                break
            await asyncio.sleep(0.05)
        body = {
            "regulationType": "suppress_with_delete",
            "destinationIds": ["braze-eu"],
            "users": [{"userId": "u-1"}],
        }
        headers = {"authorization": "Bearer t"}
        path = (await client.post("/v2/regulations", json=body, headers=headers)).headers["location"]
        await client.post("/v1/batch", json={"batch": [{**bad, "messageId": "2"}]}, auth=("wk-web", ""))
        for _ in range(200):
            if (await client.get(path, headers=headers)).json()["status"] != "pending":
                break
            await asyncio.sleep(0.05)
        totals = await service.store.totals()
    assert totals == Totals(accepted=2, blocked=1, discarded=1)
    assert deleted == ["u-1", "u-1"]
