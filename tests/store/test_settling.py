"""Leases and settlements: fenced, idempotent, one step."""

import pytest

from router.errors import LeaseLost, RouterError, StoreUnavailable
from router.store.accounting import Totals, counter
from router.store.entries import UnknownFormat, unpack
from router.store.store import Settlement, Store
from tests.store.test_intake import incoming, intake

pytestmark = pytest.mark.anyio

DELIVERED = counter("delivered", "web", "braze", "cloud/deliver")


async def put(store: Store, *message_ids: str) -> tuple[int, str]:
    """Queue messages of one identity; returns their partition and a lease token for it."""
    await intake(store).put([incoming(message_id) for message_id in message_ids])
    lanes = [(partition, "braze") for partition in range(store.partitions)]
    found = await store.peek(lanes, count=10)
    partition = next(number for number, entries in enumerate(found) if entries)
    tokens = await store.lease_all("us", milliseconds=5000, tokens={})
    return partition, tokens[partition]


async def test_a_lease_is_held_by_one_owner_and_renewed_by_its_token(store: Store) -> None:
    ours = await store.lease_all("us", milliseconds=5000, tokens={})
    assert sorted(ours) == list(range(store.partitions))
    assert all(ours.values())
    assert set((await store.lease_all("them", milliseconds=5000, tokens={})).values()) == {""}
    assert await store.lease_all("us", milliseconds=5000, tokens=ours) == ours


async def test_a_released_lease_is_free_and_its_successor_has_another_token(store: Store) -> None:
    ours = await store.lease_all("us", milliseconds=5000, tokens={})
    await store.release_all(ours)
    theirs = await store.lease_all("us", milliseconds=5000, tokens={})
    assert all(theirs.values())
    assert not set(ours.values()) & set(theirs.values())


async def test_progress_hides_ended_events_and_a_finished_entry_is_gone(store: Store) -> None:
    partition, token = await put(store, "m1", "m2", "m3")
    ((entry,),) = await store.peek([(partition, "braze")], count=10)
    first = Settlement(progress={entry.id: [0, 2]}, counters={DELIVERED: 2}, ended=2)
    await store.settle(partition, "braze", token=token, settlement=first)
    ((rest,),) = await store.peek([(partition, "braze")], count=10)
    assert [event.message_id for event in rest.events] == ["m2"]
    assert rest.ended == {0, 2}
    last = Settlement(finished=(entry.id,), counters={DELIVERED: 1}, ended=1)
    await store.settle(partition, "braze", token=token, settlement=last)
    assert await store.peek([(partition, "braze")], count=10) == [[]]
    assert await store.totals() == Totals(accepted=3, delivered=3)


async def test_a_repeated_settlement_counts_once(store: Store) -> None:
    partition, token = await put(store, "m1", "m2")
    ((entry,),) = await store.peek([(partition, "braze")], count=10)
    settlement = Settlement(progress={entry.id: [0]}, counters={DELIVERED: 1}, ended=1, dead_letters=(b"{}",))
    for _ in range(3):
        await store.settle(partition, "braze", token=token, settlement=settlement)
    assert await store.totals() == Totals(accepted=2, delivered=1, queued=1)
    assert await store.dead_letters() == [b"{}"]


async def test_a_stale_owner_cannot_settle(store: Store) -> None:
    partition, token = await put(store, "m1")
    await store.release_all({partition: token})
    await store.lease_all("them", milliseconds=5000, tokens={})
    with pytest.raises(LeaseLost):
        await store.settle(partition, "braze", token=token, settlement=Settlement(ended=1, counters={DELIVERED: 1}))
    assert await store.totals() == Totals(accepted=1, queued=1)


async def test_the_number_of_partitions_is_fixed_for_a_store(store: Store, valkey_url: str) -> None:
    with pytest.raises(RouterError, match="set partitions: 4"):
        await Store.open(valkey_url, partitions=8)


async def test_a_store_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        await Store.open("redis://127.0.0.1:1", partitions=4, timeout=0.5)


def test_an_entry_of_a_newer_program_is_refused_not_guessed() -> None:
    with pytest.raises(UnknownFormat, match="format b'2'"):
        unpack(b"1-1", {b"v": b"2", b"skip": b"", b"batch": b""})


async def test_revisions_are_kept_as_first_written(store: Store) -> None:
    await store.save_revision("r1", b"one")
    await store.save_revision("r1", b"another")
    assert await store.revision("r1") == b"one"
    assert await store.revision("r2") is None
