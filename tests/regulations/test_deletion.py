"""Deletion, step by step, against a real store: in order, fifty at a time, exact in the account, going on after any crash."""

import asyncio
import time
from typing import Any

import httpx
import pytest
import redis

from policies.connection import Workspace
from router.errors import StoreUnavailable
from router.recording.recorder import Taking
from router.regulations.progress import Deletion
from router.regulations.suppressions import Suppressions
from router.regulations.watch import Watch
from router.store.accounting import Totals
from router.store.dead_letters import DeadLetters
from router.store.erasure import ids_of
from router.store.recordings import Recordings
from router.store.regulations import Regulations
from router.store.store import Store
from tests.recording.test_recorder import incoming, recording
from tests.regulations.scene import DESTINATION, USERS, Braze, Scene, scene, target, with_trait_dedup
from tests.scripted_braze import identify, track

pytestmark = pytest.mark.anyio


async def test_users_are_deleted_fifty_at_a_time_and_a_second_time_later(ready: Scene, braze: Braze) -> None:
    await ready.regulate(*USERS)
    await ready.rounds(30)
    assert [len(each) for each in braze.deleted] == [50, 50, 20] * 2
    assert [user for each in braze.deleted[:3] for user in each] == USERS
    kept = await ready.kept()
    assert {target(kept.deletion).status_of(user) for user in USERS} == {"done"}
    assert await ready.regulations.open() == []


async def test_the_second_time_waits_for_its_moment(ready: Scene, braze: Braze) -> None:
    await ready.regulate("u-1")
    deletions = ready.deletions(repeat_after=60.0)
    for _ in range(20):
        await deletions.round()
    assert braze.deleted == [["u-1"]]
    assert target((await ready.kept()).deletion).stage == "confirming"
    assert target((await ready.kept()).deletion).status_of("u-1") == "pending"


async def test_queued_events_are_discarded_by_the_lane_and_only_then_the_user_is_deleted(
    ready: Scene, braze: Braze
) -> None:
    await ready.accept(track(1), track(2, userId="u-1"), track(3, userId="u-2", anonymousId="a-2"), track(4))
    await ready.regulate("u-1")
    await ready.rounds(10)
    assert braze.deleted == []
    assert target((await ready.kept()).deletion).stage == "draining"
    assert "queued before" in target((await ready.kept()).deletion).reason
    async with ready.delivering():
        assert await ready.drained() == Totals(accepted=4, delivered=1, discarded=3)
        await ready.rounds(20)
    assert braze.sent == ["u-2"]
    assert braze.deleted == [["u-1"]] * 2
    account = await ready.store.account()
    assert account.counters["discarded|web-shop|braze-eu|cloud/suppressed-user"] == 3


async def test_what_is_on_its_way_ends_before_the_user_is_deleted(store: Store, quickstart: Workspace) -> None:
    refusing = True

    def refuse(path: str, body: dict[str, Any]) -> httpx.Response | None:
        return httpx.Response(429, headers={"Retry-After": "0.2"}) if refusing and path == "/users/track" else None

    braze = Braze(refuse)
    async with scene(store, quickstart, braze) as made:
        await made.accept(track(1, userId="u-1"))
        async with made.delivering():
            await asyncio.sleep(0.3)  # the lane has read the event and is being refused
            await made.regulate("u-1")
            await made.rounds(10)
            assert braze.deleted == []
            refusing = False
            assert (await made.drained()).delivered == 1
            await made.rounds(10)
    assert braze.sent == ["u-1"]
    assert braze.deleted == [["u-1"]] * 2


async def test_events_that_come_later_do_not_bring_the_profile_back(ready: Scene, braze: Braze) -> None:
    await ready.regulate("u-1")
    async with ready.delivering():
        await ready.rounds(10)
        await ready.accept(track(1, userId="u-1"), known=Suppressions())  # by a process that does not know yet
        await ready.accept(track(2, userId="u-1"), track(3))
        assert await ready.drained() == Totals(accepted=3, blocked=2, discarded=1)
    assert braze.sent == []


async def test_dead_letters_of_the_user_are_discarded_and_counted(ready: Scene, braze: Braze) -> None:
    await ready.accept(
        track(1, userId="u-1", event=""), track(2, userId="u-2", anonymousId="a-2", event=""), track(3, event="")
    )
    async with ready.delivering():
        assert (await ready.drained()).dead_lettered == 3
        await ready.regulate("u-1")
        await ready.rounds(10)
        totals = await ready.drained()
    letters = (await DeadLetters(ready.store).newest(count=10)).letters
    assert {ids_of(bytes(each.letter.message)) for each in letters} == {("u-2", "a-2"), ("", "a-1")}
    assert totals == Totals(accepted=3, dead_lettered=2, discarded=1)
    assert target((await ready.kept()).deletion).discarded_letters == 1


async def test_a_letter_retried_meanwhile_is_discarded_by_the_lane(ready: Scene, braze: Braze) -> None:
    await ready.accept(track(1, userId="u-1", event=""))
    async with ready.delivering():
        await ready.drained()
        await ready.regulate("u-1")
        (listed,) = (await DeadLetters(ready.store).newest(count=10)).letters
        await DeadLetters(ready.store).retry(listed.id)
        assert await ready.drained() == Totals(accepted=1, discarded=1)


async def test_trait_memory_of_the_user_is_forgotten(
    store: Store, quickstart: Workspace, braze: Braze, valkey_url: str
) -> None:
    async with scene(store, with_trait_dedup(quickstart), braze) as made:
        with redis.Redis.from_url(valkey_url) as client:
            async with made.delivering():
                await made.accept(identify("u-1", anonymousId=None), identify("u-2", messageId="i-2", anonymousId=None))
                await made.drained()
                assert client.exists("hr:traits:{braze-eu:u-1}", "hr:traits:{braze-eu:u-2}") == 2
                await made.regulate("u-1", "17")
                await made.rounds(10)
            assert client.exists("hr:traits:{braze-eu:u-1}") == 0
            assert client.exists("hr:traits:{braze-eu:u-2}") == 1


async def test_a_recording_holds_no_deletion_and_has_no_id_to_search_for(ready: Scene, braze: Braze) -> None:
    recordings, order = Recordings(ready.store), recording(until=time.time() + 60)
    await recordings.order(order)
    taking = Taking(order)
    taking.take([incoming("u-1", userId="u-1")])
    await recordings.add(order, taking.held, skipped=1)
    (sample,) = await recordings.events(order.id, after="", count=10)
    assert b"u-1" not in bytes(sample.envelope)
    await ready.regulate("u-1")
    await ready.rounds(10)
    assert braze.deleted == [["u-1"]] * 2
    assert await ready.regulations.open() == []


async def test_a_deletion_that_fails_does_not_hold_those_that_were_filed_later(
    ready: Scene, braze: Braze, valkey_url: str
) -> None:
    class Broken(Regulations):
        """Cannot note what became of the first one."""

        error: Exception = StoreUnavailable("WRONGTYPE")

        async def save(self, regulation_id: str, deletion: Deletion, *, token: str) -> None:
            if regulation_id == "r-1":
                raise self.error
            await super().save(regulation_id, deletion, token=token)

    await ready.regulate("u-1")
    await ready.regulate("u-2", name="r-2")
    for error in (StoreUnavailable("WRONGTYPE"), ZeroDivisionError()):
        broken = Broken(ready.store)
        broken.error = error
        deletions = ready.deletions(broken)
        with redis.Redis.from_url(valkey_url) as client:
            client.delete("hr:{regulations}:lease")
        for _ in range(6):
            await deletions.round()
    assert braze.deleted == [["u-2"]] * 2
    assert await ready.regulations.open() == ["r-1"]


async def test_a_user_whom_braze_refuses_is_found_and_the_others_are_deleted(
    store: Store, quickstart: Workspace
) -> None:
    def refuse(path: str, body: dict[str, Any]) -> httpx.Response | None:
        bad = "u-7" in body.get("external_ids", ())
        return httpx.Response(400, json={"message": "u-7 is no user"}) if bad else None

    braze = Braze(refuse)
    async with scene(store, quickstart, braze) as made:
        await made.regulate(*USERS[:60])
        await made.rounds(60)
        state = target((await made.kept()).deletion)
    assert state.failed == {"u-7": "u-7 is no user"}
    assert (state.status, state.status_of("u-7"), state.status_of("u-8")) == ("failed", "failed", "done")
    assert {user for each in braze.deleted for user in each} == set(USERS[:60]) - {"u-7"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(401, json={"message": "Invalid API key"}), "401 Invalid API key"),
        (httpx.Response(429, headers={"Retry-After": "3600"}), "throttled: HTTP status 429 without a body"),
        (httpx.Response(500, text="oops"), "server: oops"),
    ],
)
async def test_a_failure_that_passes_holds_the_deletion_and_says_why(
    store: Store, quickstart: Workspace, answer: httpx.Response, said: str
) -> None:
    calls = 0

    def refuse(path: str, body: dict[str, Any]) -> httpx.Response | None:
        nonlocal calls
        calls += 1
        return answer

    async with scene(store, quickstart, Braze(refuse)) as made:
        await made.regulate("u-1")
        await made.rounds(10)
        state = target((await made.kept()).deletion)
    assert (state.stage, state.reason) == ("deleting", said)
    assert calls < 10


async def test_a_paused_or_missing_destination_holds_the_deletion_and_says_so(ready: Scene, braze: Braze) -> None:
    await ready.regulate("u-1")
    await ready.store.pause(DESTINATION)
    await ready.rounds(5)
    assert target((await ready.kept()).deletion).reason == "the destination is paused"
    await ready.store.resume(DESTINATION)
    outlets, ready.outlets = ready.outlets, {}
    await ready.rounds(5)
    assert "disabled" in target((await ready.kept()).deletion).reason
    assert braze.deleted == []
    ready.outlets = outlets
    await ready.rounds(10)
    assert braze.deleted == [["u-1"]] * 2


async def test_one_process_deletes_at_a_time_and_another_goes_on_when_it_ends(ready: Scene, braze: Braze) -> None:
    await ready.regulate(*USERS)
    first, second = ready.deletions(), ready.deletions()
    for _ in range(4):
        await first.round()
        await second.round()
    assert len(braze.deleted) == 1
    ready.stopping.set()
    await first.run()  # ends at once and gives the lease back
    ready.stopping.clear()
    for _ in range(20):
        await second.round()
    assert [len(each) for each in braze.deleted] == [50, 50, 20] * 2


async def test_a_cancelled_deletion_stops_where_it_is(ready: Scene, braze: Braze) -> None:
    regulation = await ready.regulate(*USERS)
    deletions = ready.deletions()
    for _ in range(4):
        await deletions.round()
    await ready.regulations.cancel(regulation, at="2026-05-04T09:00:00.000Z", unlinked=[])
    for _ in range(10):
        await deletions.round()
    assert len(braze.deleted) == 1
    await ready.watch.refresh()
    await ready.accept(track(1, userId="u-1"))
    async with ready.delivering():
        assert await ready.drained() == Totals(accepted=1, delivered=1)


async def test_a_key_that_may_not_delete_holds_no_events(store: Store, quickstart: Workspace) -> None:
    def refuse(path: str, body: dict[str, Any]) -> httpx.Response | None:
        return httpx.Response(403, json={"message": "no permission"}) if path == "/users/delete" else None

    braze = Braze(refuse)
    async with scene(store, quickstart, braze) as made:
        await made.regulate("u-1")
        await made.rounds(10)
        assert target((await made.kept()).deletion).reason == "403 no permission"
        await made.accept(track(1, userId="u-2"))
        async with made.delivering():
            assert await made.drained() == Totals(accepted=1, delivered=1)


class Slow(Watch):
    """A process whose knowledge of regulations is held up between the read of a queue and its delivery."""

    def __init__(self, regulations: Regulations) -> None:
        super().__init__(regulations)
        self.reading, self.may_know = asyncio.Event(), asyncio.Event()

    async def refresh(self) -> None:
        self.reading.set()
        await self.may_know.wait()
        await super().refresh()


async def test_what_was_read_before_the_deletion_was_filed_is_discarded_when_it_is_known_before_sending(
    ready: Scene, braze: Braze
) -> None:
    slow = Slow(ready.regulations)
    await ready.accept(track(1, userId="u-1"))
    own = ready.watch
    ready.use_watch(slow)
    async with ready.delivering():
        await slow.reading.wait()  # the queue has been read
        ready.use_watch(own)
        await ready.regulate("u-1")
        await ready.rounds(5)
        assert braze.deleted == []
        slow.may_know.set()
        assert await ready.drained() == Totals(accepted=1, discarded=1)
    assert braze.sent == []
