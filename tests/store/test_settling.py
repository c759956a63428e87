"""Leases and settlements: fenced, idempotent, one step."""

import pytest

from router.errors import LeaseLost, RouterError, StoreUnavailable
from router.store import keys
from router.store.accounting import Totals, counter
from router.store.entries import Backlog, Entry, UnknownFormat, pack, unpack
from router.store.store import Settlement, Store
from tests.store.test_intake import incoming, intake

pytestmark = pytest.mark.anyio

DELIVERED = counter("delivered", "web", "braze", "cloud/deliver")


async def lease_all(store: Store, owner: str, tokens: dict[int, str] | None = None) -> dict[int, str]:
    return await store.lease_some(owner, milliseconds=5000, tokens=tokens or {}, wanted=range(store.partitions))


async def backlog(store: Store, partition: int) -> Backlog:
    (found,) = await store.peek([(partition, "braze")], counts=[10])
    assert isinstance(found, Backlog)
    return found


async def put(store: Store, *message_ids: str) -> tuple[int, str, Entry]:
    """Queue messages of one identity; returns their partition, a lease token for it, and the entry."""
    await intake(store).put([incoming(message_id) for message_id in message_ids])
    for partition in range(store.partitions):
        if entries := (await backlog(store, partition)).entries:
            break
    return partition, (await lease_all(store, "us"))[partition], entries[0]


async def test_a_lease_is_held_by_one_owner_and_renewed_by_its_token(store: Store) -> None:
    ours = await lease_all(store, "us")
    assert sorted(ours) == list(range(store.partitions))
    assert all(ours.values())
    assert set((await lease_all(store, "them")).values()) == {""}
    assert await lease_all(store, "us", ours) == ours


async def test_a_released_lease_is_free_and_its_successor_has_another_token(store: Store) -> None:
    ours = await lease_all(store, "us")
    await store.release(ours)
    theirs = await lease_all(store, "us")
    assert all(theirs.values())
    assert not set(ours.values()) & set(theirs.values())


async def test_members_are_counted_while_they_give_signs_of_life(store: Store) -> None:
    assert await store.join("b", milliseconds=10_000) == (1, 0)
    assert await store.join("a", milliseconds=10_000) == (2, 0)
    assert await store.join("b", milliseconds=10_000) == (2, 1)
    await store.leave("a")
    assert await store.join("b", milliseconds=10_000) == (1, 0)
    assert (await store.join("c", milliseconds=-1))[0] == 1


async def test_progress_hides_ended_events_and_a_finished_entry_is_gone(store: Store) -> None:
    partition, token, entry = await put(store, "m1", "m2", "m3")
    first = Settlement(progress={entry.id: "0,2"}, counters={DELIVERED: 2}, ended=2)
    await store.settle(partition, "braze", token=token, settlement=first)
    (rest,) = (await backlog(store, partition)).entries
    assert [event.message_id for event in rest.events] == ["m2"]
    assert rest.ended == {0, 2}
    last = Settlement(finished=(entry.id,), counters={DELIVERED: 1}, ended=1, freed=entry.size)
    await store.settle(partition, "braze", token=token, settlement=last)
    assert (await backlog(store, partition)).entries == ()
    assert await store.totals() == Totals(accepted=3, delivered=3)
    assert (await store.account()).queued_bytes == {"braze": 0}


async def test_what_is_in_flight_is_known_to_the_next_owner(store: Store) -> None:
    partition, token, entry = await put(store, "m1", "m2", "m3")
    await store.settle(partition, "braze", token=token, settlement=Settlement(in_flight=f"{entry.id}:0,2"))
    assert (await backlog(store, partition)).in_flight == {(entry.id, 0), (entry.id, 2)}
    await store.settle(partition, "braze", token=token, settlement=Settlement())
    assert (await backlog(store, partition)).in_flight == frozenset()


async def test_a_repeated_settlement_counts_once(store: Store) -> None:
    partition, token, entry = await put(store, "m1", "m2")
    settlement = Settlement(progress={entry.id: "0"}, counters={DELIVERED: 1}, ended=1, dead_letters=(b"{}",))
    for _ in range(3):
        await store.settle(partition, "braze", token=token, settlement=settlement)
    assert await store.totals() == Totals(accepted=2, delivered=1, queued=1)
    letters = await store.letters(["+"] * store.partitions, count=10)
    assert [letter.raw for each in letters for letter in each] == [b"{}"]


async def test_a_stale_owner_cannot_settle(store: Store) -> None:
    partition, token, _ = await put(store, "m1")
    await store.release({partition: token})
    await lease_all(store, "them")
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


async def test_an_unreadable_queue_does_not_hold_up_the_others(store: Store) -> None:
    partition, _, _ = await put(store, "m1")
    other = (partition + 1) % store.partitions
    await store._redis.xadd(f"hr:{{p{other}}}:queue:braze", {"v": "99", "skip": "", "batch": ""})
    found = await store.peek([(other, "braze"), (partition, "braze")], counts=[10, 10])
    assert isinstance(found[0], UnknownFormat)
    assert isinstance(found[1], Backlog)


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        ("queue", "n", b"x"),
        ("queue", "n", b"\xff"),
        ("progress", "1-1", b"0,zz"),
        ("progress", "inflight", b"1-1:a"),
        ("progress", "inflight", b"1-x:1"),
        ("progress", "inflight", b"1:1"),
        ("progress", "inflight", b"\xff"),
    ],
)
async def test_a_damaged_number_holds_up_its_own_queue_only(store: Store, key: str, field: str, value: bytes) -> None:
    partition, _, _ = await put(store, "m1")
    other = (partition + 1) % store.partitions
    damaged: list[str | bytes] = [field, value] if key == "queue" else []
    await store.command("XADD", keys.queue(other, "braze"), "1-1", "v", "1", "skip", "", "batch", pack([]), *damaged)
    if key == "progress":
        await store.command("HSET", keys.progress(other, "braze"), field, value)
    found = await store.peek([(other, "braze"), (partition, "braze")], counts=[10, 10])
    assert isinstance(found[0], UnknownFormat)
    assert "damaged" in str(found[0])
    assert isinstance(found[1], Backlog)


@pytest.mark.parametrize("fields", [{"batch": b"no gzip"}, {"batch": b""}, {"skip": b"x"}, {"batch": None}])
def test_a_damaged_entry_is_named_and_holds_up_its_own_queue_only(fields: dict[str, bytes | None]) -> None:
    stored: dict[bytes, bytes | None] = {b"v": b"1", b"skip": b"", b"batch": pack([])}
    stored |= {name.encode(): value for name, value in fields.items()}
    with pytest.raises(UnknownFormat, match="1-0 is damaged"):
        unpack(b"1-0", {name: value for name, value in stored.items() if value is not None})
