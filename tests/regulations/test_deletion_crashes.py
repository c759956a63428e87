"""A deletion that dies at any of its writes: the next process goes on, and the account stays exact."""

import asyncio

import pytest
import redis

from router.errors import LeaseLost
from router.regulations.deletions import Deletions
from router.regulations.progress import Deletion
from router.store.regulations import Regulations
from router.store.store import Store
from tests.regulations.scene import USERS, Braze, Scene
from tests.scripted_braze import track

pytestmark = pytest.mark.anyio


async def work(deletions: Deletions) -> None:
    """More rounds than a deletion takes."""
    for _ in range(40):
        await deletions.round()
        await asyncio.sleep(0.01)


class Crash(BaseException):
    """Stands for kill -9."""


class Crashing(Regulations):
    """Dies at one of its writes: before it, or after it before anything else happens."""

    def __init__(self, store: Store, *, at: int, before: bool) -> None:
        super().__init__(store)
        self._at, self._before = at, before
        self._writes = 0

    async def save(self, regulation_id: str, deletion: Deletion, *, token: str) -> None:
        self._writes += 1
        if self._writes == self._at and self._before:
            raise Crash
        await super().save(regulation_id, deletion, token=token)
        if self._writes == self._at:
            raise Crash


@pytest.mark.parametrize("before", [True, False], ids=["before the write", "after the write"])
@pytest.mark.parametrize("at", range(1, 13))
async def test_a_crash_at_any_step_loses_no_step_and_the_account_stays_exact(
    ready: Scene, braze: Braze, valkey_url: str, at: int, before: bool
) -> None:
    await ready.accept(track(1, userId="u-1"), track(2, userId="u-1", event=""), track(3, userId="x", anonymousId="x"))
    async with ready.delivering():
        await ready.drained()
        await ready.accept(*[track(n, userId=f"u-{n}", anonymousId=f"b-{n}") for n in range(10, 30)])
        await ready.regulate(*USERS)
        deletions = ready.deletions(Crashing(ready.store, at=at, before=before))
        with pytest.raises(Crash):
            await work(deletions)
        assert (await ready.store.totals()).adds_up()
        with redis.Redis.from_url(valkey_url) as client:
            client.delete("hr:{regulations}:lease")  # it ends by itself after a while
        await work(ready.deletions())
        totals = await ready.drained()
    assert (totals.accepted, totals.dead_lettered, totals.queued) == (23, 0, 0)
    assert totals.delivered + totals.discarded == 23
    assert await ready.regulations.open() == []
    times = {user: sum(user in each for each in braze.deleted) for user in USERS}
    assert set(times.values()) <= {2, 3}
    with pytest.raises(LeaseLost):
        await ready.regulations.save("r-1", Deletion(targets={}), token="an old one")
