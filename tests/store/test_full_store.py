"""A store at its `maxmemory` takes no more events, and everything that empties it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import redis

from router.braze.trait_changes import Move
from router.braze.trait_values import fingerprint, key_of
from router.config.settings import Settings
from router.delivery.pacing import Pacer, Rates
from router.errors import StoreUnavailable
from router.store import keys
from router.store.accounting import Totals
from router.store.audit import Act, AuditLog
from router.store.dead_letters import DeadLetters
from router.store.store import Settlement, Store
from router.store.traits import TraitMemory
from tests.conftest import RunRouter
from tests.scripted_braze import OK, WEB, identify, post, settled, track
from tests.store.test_dead_letters import fill
from tests.store.test_intake import incoming, intake
from tests.store.test_settling import DELIVERED, lease_all, put

pytestmark = pytest.mark.anyio


class Server:
    """The server behind a store, which can be made full."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        client.config_set("maxmemory-policy", "noeviction")

    def fill(self) -> None:
        """From now on it refuses whatever may need memory."""
        self._client.config_set("maxmemory", 1)

    def empty(self) -> None:
        """As before."""
        self._client.config_set("maxmemory", 0)


@pytest.fixture
async def server(valkey_url: str) -> AsyncIterator[Server]:
    """The server, which is not full after the test."""
    with redis.Redis.from_url(valkey_url) as client:
        found = Server(client)
        yield found
        found.empty()


async def test_it_refuses_events_and_remembers_nothing_of_them(store: Store, server: Server) -> None:
    server.fill()
    with pytest.raises(StoreUnavailable, match="maxmemory"):
        await intake(store).put([incoming("m1")])
    server.empty()
    assert await intake(store).put([incoming("m1")]) == 0


async def test_leases_are_taken_renewed_and_given_back(store: Store, server: Server) -> None:
    server.fill()
    ours = await lease_all(store, "us")
    assert all(ours.values())
    assert await lease_all(store, "us", ours) == ours
    await store.release(ours)
    assert all((await lease_all(store, "them")).values())


async def test_what_was_delivered_is_settled(store: Store, server: Server) -> None:
    partition, token, entry = await put(store, "m1", "m2")
    server.fill()
    first = Settlement(progress={entry.id: "0"}, counters={DELIVERED: 1}, ended=1, dead_letters=(b"{}",))
    await store.settle(partition, "braze", token=token, settlement=first)
    last = Settlement(finished=(entry.id,), counters={DELIVERED: 1}, ended=1, freed=entry.size)
    for _ in range(2):
        await store.settle(partition, "braze", token=token, settlement=last)
    assert await store.totals() == Totals(accepted=2, delivered=2)


async def test_dead_letters_are_retried_and_discarded_and_that_is_written_down(store: Store, server: Server) -> None:
    first, second = await fill(store, 2)
    server.fill()
    assert await AuditLog(store).append(Act(who="anna", role="operator", action="dead_letter.discard", target=first))
    await DeadLetters(store).discard(first)
    await DeadLetters(store).retry(second)
    assert (await DeadLetters(store).newest(count=5)).letters == []
    assert [entry.act.target for entry in await AuditLog(store).newest(count=5)] == [first]


async def test_traits_under_way_end_and_profiles_move(store: Store, server: Server) -> None:
    memory = TraitMemory(store, destination="braze", days=1, max_attributes=9)
    pro = {key_of("plan"): fingerprint("pro")}
    await memory.read({"u": list(pro)})
    await memory.mark({"u": pro}, token=b"12345678")
    server.fill()
    await memory.finish({"u": pro}, token=b"12345678")
    assert (await memory.read({"u": list(pro)}))["u"].values == pro
    moves = [Move(gone="u", kept="v", filling="all")]
    await memory.hold(moves, token=b"12345678")
    await memory.release(moves, token=b"12345678")


async def test_requests_are_paced_together(store: Store, server: Server, valkey_url: str) -> None:
    server.fill()
    pacer = Pacer(store, account="a", destination="d", rates=Rates())
    assert await pacer.take("/users/track") == 0.0
    with redis.Redis.from_url(valkey_url) as client:
        assert client.hget("hr:pace:{a:track}", "places") is not None


async def test_its_queues_empty_while_it_is_full(run_router: RunRouter, server: Server) -> None:
    calls, well = list[httpx.Request](), asyncio.Event()

    async def braze(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        await well.wait()
        return OK

    async with run_router(braze, Settings(partitions=2)) as running:
        await post(running, *[track(n, anonymousId=f"a{n}") for n in range(50)], identify())
        await settled(running, until=lambda totals: bool(calls))
        server.fill()
        refused = await running.client.post("/v1/batch", json={"batch": [track(99)]}, auth=WEB)
        assert refused.status_code == 503
        well.set()
        totals = await settled(running)
        assert (totals.delivered, totals.queued, totals.ambiguous) == (51, 0, 0)
        lease = await running.service.store.command("GET", keys.lease(0))
        assert lease is not None
