"""Regulations in the store: bounds, links, and changes a portion at a time."""

import pytest

from router.regulations.regulation import MOST_LINKS, RegulatedUser, Regulation, RegulationRequest, regulation_of
from router.regulations.watch import Watch
from router.store.regulations import Regulations, TooManySuppressed
from router.store.store import Store

pytestmark = pytest.mark.anyio

AT = "2026-05-04T08:00:00.000Z"


async def put(regulations: Regulations, name: str, *users: str) -> Regulation:
    request = RegulationRequest(regulation_type="suppress", users=[RegulatedUser(user_id=user) for user in users])
    regulation, links = regulation_of(request, sources=(), destinations=(), id=name, created_at=AT)
    await regulations.create(regulation, links)
    return regulation


async def test_there_is_an_end_to_how_many_users_are_suppressed(store: Store) -> None:
    regulations = Regulations(store, most_suppressed=3)
    first = await put(regulations, "r-1", "a", "b")
    with pytest.raises(TooManySuppressed, match="3 users"):
        await put(regulations, "r-2", "c", "d")
    assert [kept.regulation.id for kept in await regulations.newest(after="", count=10)] == ["r-1"]
    assert await regulations.cancel(first, at=AT, unlinked=[]) is True
    await put(regulations, "r-2", "c", "d")


async def test_a_user_has_so_many_anonymous_ids_and_no_more(store: Store) -> None:
    regulations, watch = Regulations(store), Watch(Regulations(store))
    await put(regulations, "r-1", "u")
    await regulations.link([("u", f"a-{number}") for number in range(MOST_LINKS + 10)])
    await regulations.link([("u", "a-0"), ("u", "late")])
    await watch.refresh()
    assert watch.suppressions.aliases("u") == tuple(f"a-{number}" for number in range(MOST_LINKS))
    watch.suppressions.learn("u", "later", "any-source")
    assert watch.suppressions.take_unsaved() == []


async def test_many_changes_come_a_portion_at_a_time_and_all_of_them(store: Store) -> None:
    regulations, watch = Regulations(store), Watch(Regulations(store))
    kept = [await put(regulations, f"r-{number}", f"u-{number}") for number in range(55)]
    await regulations.link([(f"u-{number}", f"a-{number}") for number in range(55)])
    await watch.refresh()
    assert len(watch.suppressions) == 55
    assert all(watch.suppressions.suppresses("", f"a-{number}", "any") for number in range(55))
    await regulations.cancel(kept[7], at=AT, unlinked=["u-7"])
    await watch.refresh()
    assert not watch.suppressions.suppresses("u-7", "", "any")
    assert watch.suppressions.aliases("u-7") == ()
    assert len(watch.suppressions) == 54


async def test_an_emptied_store_is_noticed(store: Store) -> None:
    watch = Watch(Regulations(store))
    await put(Regulations(store), "r-1", "u")
    await put(Regulations(store), "r-2", "v")
    await watch.refresh()
    await store.command("FLUSHALL")
    await put(Regulations(store), "r-3", "w")
    await watch.refresh()
    assert (len(watch.suppressions), watch.suppressions.suppresses("w", "", "any")) == (1, True)
