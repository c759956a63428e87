"""Growing an installation: only when nothing runs and nothing is queued, and nothing is forgotten."""

import pytest

from router.errors import RouterError
from router.store.accounting import Totals
from router.store.layout import Unit
from router.store.partitions import grow
from router.store.store import Store
from tests.store.test_intake import BY_DEVICE, incoming, intake

pytestmark = pytest.mark.anyio


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
