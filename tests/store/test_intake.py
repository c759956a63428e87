"""Check-and-enqueue: marked seen if and only if queued, in one step per partition and commit."""

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Sequence

import msgspec
import pytest
from redis.asyncio import Redis

from policies.decision import Decision, Verdict
from router.errors import StoreUnavailable
from router.store import keys
from router.store.accounting import Totals
from router.store.entries import Backlog
from router.store.intake import Intake
from router.store.layout import Incoming, Unit
from router.store.store import Store

pytestmark = pytest.mark.anyio

BLOCKED = Verdict("block", "device/hybrid-goes-by-cloud")
BY_CLOUD = Decision(BLOCKED, Verdict("deliver", "cloud/deliver"))
BY_DEVICE = Decision(Verdict("deliver", "device/deliver"), Verdict("block", "cloud/device-mode"))
_SENDING = itertools.count()


def incoming(message_id: str, *units: Unit, identity: str = "a", source: str = "web", version: int = 1) -> Incoming:
    return Incoming(
        source=source,
        identity=identity,
        type="track",
        message_id=message_id,
        decision_id=f"d-{message_id}",
        received_at="2026-05-04T08:00:00.000Z",
        message=b'{"messageId":"%s","v":%d,"sentAt":"%d"}' % (message_id.encode(), version, next(_SENDING)),
        units=units or (Unit("braze", BY_CLOUD, "r1"),),
    )


def intake(
    store: Store,
    *,
    clock: Callable[[], float] = time.time,
    window: int = 100,
    max_queued: int = 1000,
    max_bytes: int = 10**9,
    ticks: Callable[[], float] = time.monotonic,
) -> Intake:
    return Intake(
        store,
        clock=clock,
        window_seconds=window,
        max_queued=max_queued,
        max_queued_bytes=max_bytes,
        timeout=5.0,
        ticks=ticks,
    )


async def queued(store: Store, destination: str = "braze") -> list[str]:
    lanes = [(partition, destination) for partition in range(store.partitions)]
    found = await store.peek(lanes, counts=[100] * len(lanes))
    backlogs = [backlog for backlog in found if isinstance(backlog, Backlog)]
    return [event.message_id for backlog in backlogs for entry in backlog.entries for event in entry.events]


async def test_a_repeat_within_a_batch_across_requests_and_across_processes_is_queued_once(store: Store) -> None:
    ours, theirs = intake(store), intake(store)
    assert await ours.put([incoming("m1"), incoming("m2"), incoming("m1")]) == 1
    assert await ours.put([incoming("m2")]) == 1
    assert await theirs.put([incoming("m1"), incoming("m3")]) == 1
    assert sorted(await queued(store)) == ["m1", "m2", "m3"]
    assert await store.totals() == Totals(accepted=3, queued=3, duplicate_messages=3)


async def test_a_message_is_remembered_for_one_window_at_least_and_two_at_most(store: Store) -> None:
    now = 1000.0
    ours = intake(store, clock=lambda: now, window=100)
    await ours.put([incoming("m1")])
    now = 1099.0
    assert await ours.put([incoming("m1")]) == 1
    now = 1199.0
    assert await ours.put([incoming("m1")]) == 1
    now = 1200.0
    assert await ours.put([incoming("m1")]) == 0


@pytest.mark.parametrize("behind", [1.0, 60.0, 99.0])
async def test_a_repeat_is_found_by_a_process_whose_clock_is_behind_at_the_border_of_a_window(
    store: Store, behind: float
) -> None:
    ours = intake(store, clock=lambda: 1000.5, window=100)
    theirs = intake(store, clock=lambda: 1000.5 - behind, window=100)
    assert await ours.put([incoming("m1")]) == 0
    assert await theirs.put([incoming("m1"), incoming("m2")]) == 1
    assert await ours.put([incoming("m2")]) == 1


async def test_a_blocked_unit_is_counted_under_its_rule_and_not_queued(store: Store) -> None:
    await intake(store).put([incoming("m1", Unit("braze", BY_DEVICE, "r1"))])
    assert await queued(store) == []
    assert await store.totals() == Totals(accepted=1, blocked=1)


async def test_each_connected_destination_gets_its_own_unit(store: Store) -> None:
    await intake(store).put(
        [incoming("m1", Unit("eu", BY_CLOUD, "r1"), Unit("us", BY_DEVICE, "r1"), Unit("au", BY_CLOUD, "r1"))]
    )
    assert await queued(store, "eu") == await queued(store, "au") == ["m1"]
    assert await queued(store, "us") == []
    assert await store.totals() == Totals(accepted=3, blocked=1, queued=2)


async def test_a_message_without_connections_is_remembered_but_makes_no_unit(store: Store) -> None:
    lonely = Incoming(
        source="web",
        identity="a",
        type="track",
        message_id="m1",
        decision_id="d",
        received_at="",
        message=b"{}",
        units=(),
    )
    assert await intake(store).put([lonely]) == 0
    assert await intake(store).put([lonely]) == 1
    assert (await store.totals()).accepted == 0


async def test_concurrent_requests_share_commits_and_each_hears_of_its_own_repeats(store: Store) -> None:
    ours = intake(store)
    puts = [ours.put([incoming(f"m{n}", identity=f"a{n}"), incoming("same")]) for n in range(50)]
    repeats = await asyncio.gather(*puts)
    assert sum(repeats) == 49
    assert await store.totals() == Totals(accepted=51, queued=51, duplicate_messages=49)


async def test_order_within_an_identity_is_the_order_of_arrival(store: Store) -> None:
    ours = intake(store)
    for first in range(0, 30, 3):
        await ours.put([incoming(f"{n:02}") for n in range(first, first + 3)])
    assert await queued(store) == [f"{n:02}" for n in range(30)]


async def test_thousands_of_messages_fit_one_commit(store: Store) -> None:
    assert await intake(store, max_queued=10_000).put([incoming(f"m{n}") for n in range(5000)]) == 0
    assert (await store.totals()).queued == 5000


async def test_an_entry_holds_no_more_than_delivery_can_work_on_at_once(store: Store) -> None:
    assert await intake(store, max_queued=10_000).put([incoming(f"{n:04}") for n in range(1200)]) == 0
    lanes = [(partition, "braze") for partition in range(store.partitions)]
    found = [
        backlog
        for backlog in await store.peek(lanes, counts=[100] * len(lanes), events=10_000)
        if isinstance(backlog, Backlog)
    ]
    entries = [entry.events for backlog in found for entry in backlog.entries]
    assert [len(events) for events in entries] == [500, 500, 200]
    assert [event.message_id for events in entries for event in events] == [f"{n:04}" for n in range(1200)]


async def test_a_read_ends_where_it_has_enough_bytes(store: Store) -> None:
    ours = intake(store)
    for number in range(10):
        large = msgspec.structs.replace(
            incoming(f"m{number}"), message=b'{"blob":"%s"}' % os.urandom(50_000).hex().encode()
        )
        await ours.put([large])
    lane, count = (keys.partition_of("a", store.partitions), "braze"), [100]
    (whole,) = await store.peek([lane], counts=count)
    assert isinstance(whole, Backlog)
    assert len(whole.entries) == 10
    (backlog,) = await store.peek([lane], counts=count, size=2 * whole.entries[0].size + 1000)
    assert isinstance(backlog, Backlog)
    assert backlog.entries == whole.entries[:3]


async def test_a_defect_in_a_commit_is_an_answer_and_what_waits_behind_it_is_stored(store: Store) -> None:
    ours = intake(store)
    broken = ours.put([incoming("m1", identity="\ud800")])
    with pytest.raises(StoreUnavailable, match="defect"):
        await broken
    assert await ours.put([incoming("m2")]) == 0
    assert await queued(store) == ["m2"]


async def test_a_full_queue_takes_nothing_however_long_it_stays_full(store: Store) -> None:
    now = 50.0
    ours = intake(store, ticks=lambda: now, max_queued=2)
    await ours.put([incoming("m1"), incoming("m2")])
    for _ in range(4):
        now += 0.7
        with pytest.raises(StoreUnavailable, match="the queue is full"):
            await ours.put([incoming("m9")])
    assert await store.totals() == Totals(accepted=2, queued=2)


async def test_many_writers_bring_a_queue_past_its_mark_by_one_entry_at_most(store: Store) -> None:
    ours = [intake(store, max_queued=100) for _ in range(5)]
    puts = [each.put([incoming(f"{n}-{k}") for k in range(30)]) for n, each in enumerate(ours * 20)]
    answers = await asyncio.gather(*puts, return_exceptions=True)
    totals = await store.totals()
    assert sum(answer == 0 for answer in answers) * 30 <= totals.queued < 100 + 500
    assert totals.adds_up()


async def test_a_queue_that_is_full_in_bytes_takes_nothing_either(store: Store) -> None:
    ours = intake(store, max_bytes=10)
    await ours.put([incoming("m1")])
    with pytest.raises(StoreUnavailable, match="full"):
        await ours.put([incoming("m2")])


async def test_what_was_refused_by_a_full_queue_is_new_when_it_comes_again(store: Store) -> None:
    full, roomy = intake(store, max_queued=0), intake(store)
    with pytest.raises(StoreUnavailable):
        await full.put([incoming("m1"), incoming("m1")])
    assert await store.totals() == Totals()
    assert await roomy.put([incoming("m1")]) == 0
    assert await queued(store) == ["m1"]


async def test_a_full_queue_keeps_out_only_what_would_enter_it(store: Store) -> None:
    eu, us = Unit("eu", BY_CLOUD, "r1"), Unit("us", BY_CLOUD, "r1")
    await intake(store).put([incoming("m1", eu), incoming("m2", eu)])
    ours = intake(store, max_queued=2)
    puts = {
        "repeat": ours.put([incoming("m1", eu)]),
        "new": ours.put([incoming("m3", eu)]),
        "both": ours.put([incoming("m4", us, eu)]),
        "other": ours.put([incoming("m5", us)]),
        "blocked": ours.put([incoming("m6", Unit("eu", BY_DEVICE, "r1"))]),
    }
    answers = dict(zip(puts, await asyncio.gather(*puts.values(), return_exceptions=True), strict=True))
    assert {name for name, answer in answers.items() if isinstance(answer, StoreUnavailable)} == {"new", "both"}
    assert answers["repeat"] == 1
    assert (await queued(store, "eu"), await queued(store, "us")) == (["m1", "m2"], ["m5"])
    assert await ours.put([incoming("m7", us), incoming("m8", Unit("eu", BY_DEVICE, "r1"))]) == 0
    assert await store.totals() == Totals(accepted=6, queued=4, blocked=2, duplicate_messages=1)


async def test_a_queue_found_full_is_not_asked_about_again_for_a_second(store: Store) -> None:
    now = 50.0
    ours = intake(store, ticks=lambda: now, max_queued=1)
    await ours.put([incoming("m1")])
    with pytest.raises(StoreUnavailable, match="full"):
        await ours.put([incoming("m2")])
    for partition in range(store.partitions):
        await store.command("DEL", keys.depth(partition))
    with pytest.raises(StoreUnavailable, match="full"):
        await ours.put([incoming("m2")])
    assert await ours.put([incoming("m3", Unit("us", BY_CLOUD, "r1"))]) == 0
    now = 51.5
    assert await ours.put([incoming("m2")]) == 0


async def test_a_resend_is_a_repeat_and_another_payload_under_the_same_id_is_counted_apart(store: Store) -> None:
    ours = intake(store)
    await ours.put([incoming("m1"), incoming("m2")])
    assert await ours.put([incoming("m1"), incoming("m2", version=2)]) == 2
    assert await store.totals() == Totals(accepted=2, queued=2, duplicate_messages=2, conflicting_messages=1)


async def test_scripts_are_loaded_again_after_the_server_forgot_them(store: Store) -> None:
    await store._redis.script_flush()
    assert await intake(store).put([incoming("m1")]) == 0
    assert await queued(store) == ["m1"]


async def test_a_store_that_does_not_answer_in_time_is_unavailable_and_later_puts_work() -> None:
    answers: list[asyncio.Future[list[object]]] = []

    class SlowStore(Store):
        async def run(self, calls: Sequence[object]) -> list[object]:
            answers.append(asyncio.get_running_loop().create_future())
            return await answers[-1]

    slow = SlowStore(Redis(), partitions=1, scripts={})
    ours = Intake(slow, clock=time.time, window_seconds=9, max_queued=9, max_queued_bytes=9, timeout=0.05)
    with pytest.raises(StoreUnavailable, match=r"within 0\.05 s"):
        await ours.put([incoming("m1")])
    answers[0].set_result([[[], [], [], []]])
    later = asyncio.create_task(ours.put([incoming("m2")]))
    for _ in itertools.repeat(None, 20):
        await asyncio.sleep(0)
    answers[-1].set_result([[[0], [], [], []]])
    assert await later == 1
