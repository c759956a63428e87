"""Growing an installation: only when nothing runs and nothing is queued, and nothing is forgotten."""

import pytest

from router.errors import RouterError
from router.store.accounting import Totals, counter
from router.store.layout import Unit
from router.store.partitions import grow
from router.store.store import Settlement, Store
from tests.store.test_intake import BY_DEVICE, incoming, intake
from tests.store.test_settling import put

pytestmark = pytest.mark.anyio

DIED = counter("dead_lettered", "web", "braze", "cloud/invalid")


async def test_an_empty_installation_grows_and_keeps_its_account(store: Store, valkey_url: str) -> None:
    await intake(store).put([incoming(f"m{n}", Unit("braze", BY_DEVICE, "r"), identity=f"a{n}") for n in range(20)])
    assert await grow(valkey_url, to=32) == 4
    bigger = await Store.open(valkey_url, partitions=32)
    assert await bigger.totals() == Totals(accepted=20, blocked=20)
    await bigger.aclose()
    with pytest.raises(RouterError, match="set partitions: 32"):
        await Store.open(valkey_url, partitions=4)


async def test_it_cannot_shrink_nor_grow_while_something_runs_or_is_queued(store: Store, valkey_url: str) -> None:
    with pytest.raises(RouterError, match="can only grow"):
        await grow(valkey_url, to=4)
    await store.join("a router", milliseconds=6000)
    with pytest.raises(RouterError, match="1 processes are running"):
        await grow(valkey_url, to=8)
    await store.leave("a router")
    await intake(store).put([incoming("m1")])
    with pytest.raises(RouterError, match="1 units are queued"):
        await grow(valkey_url, to=8)


async def test_it_does_not_grow_while_there_are_dead_letters_whose_retry_would_miss_their_partition(
    store: Store, valkey_url: str
) -> None:
    partition, token, entry = await put(store, "m1")
    died = Settlement(finished=(entry.id,), counters={DIED: 1}, ended=1, freed=entry.size, dead_letters=(b"{}",))
    await store.settle(partition, "braze", token=token, settlement=died)
    with pytest.raises(RouterError, match="1 dead letters; retry or discard"):
        await grow(valkey_url, to=8)
