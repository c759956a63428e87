"""Trait dedup while requests are sent: whatever overlaps, breaks off or gets lost, only true repeats are left out."""

import itertools
import random
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any, Literal

import pytest

from router.braze.batching import BatchSettings, batch
from router.braze.object_errors import ObjectProblem
from router.braze.objects import Item, Request, User
from router.braze.responses import Outcome, Processed, TooLarge
from router.braze.trait_values import users_of
from router.delivery.trait_guard import TraitGuard
from router.errors import StoreUnavailable
from router.store.store import Store
from router.store.traits import TraitMemory
from tests.braze.simulated import Profiles

pytestmark = pytest.mark.anyio

Numbered = list[tuple[int, Item]]
ALIAS = {"alias_label": "rudder_id", "alias_name": "a0"}
PHONE = ("rudder_id", "a0")
PACKING = BatchSettings(coalescing="per_user")


def plan(value: Any, user: User = "u0", **more: Any) -> Item:
    owner = {"external_id": user} if isinstance(user, str) else {"_update_existing_only": False, "user_alias": ALIAS}
    return Item("attributes", {"plan": value, **more, **owner})


IDENTIFY = Item("identify", {"user_alias": ALIAS, "external_id": "u0"})
MERGE = Item("merges", {"identifier_to_merge": {"external_id": "u0"}, "identifier_to_keep": {"external_id": "u1"}})


@pytest.fixture
def memory(store: Store) -> TraitMemory:
    return memory_of(store)


def memory_of(store: Any, destination: str = "braze-eu") -> TraitMemory:
    return TraitMemory(store, destination=destination, days=30, max_attributes=256)


async def deliver(memory: TraitMemory, *items: Item, outcome: Outcome | None = None, tracks: bool = True) -> list[Any]:
    """One undisturbed read; the attribute objects that were sent."""
    guard = TraitGuard(memory, tracks=tracks)
    left = await guard.reduce(list(enumerate(items)), deduplicated=range(len(items)))
    sent: list[Any] = []
    for request in batch(left.items, PACKING).requests:
        await guard.sending(request)
        sent += request.body.get("attributes", ())
        await guard.answered(request, outcome or Processed())
    return [{name: value for name, value in body.items() if name == "plan"} for body in sent]


async def test_what_braze_accepted_is_not_sent_again(memory: TraitMemory) -> None:
    assert await deliver(memory, plan("gold")) == [{"plan": "gold"}]
    assert await deliver(memory, plan("gold")) == []


@pytest.mark.parametrize(
    "outcome",
    [
        Processed(failed=(ObjectProblem(array="attributes", index=0, events=(0,), message="no"),)),
        TooLarge(message="too large"),
    ],
)
async def test_what_braze_did_not_accept_is_sent_again(memory: TraitMemory, outcome: Outcome) -> None:
    await deliver(memory, plan("gold"))
    await deliver(memory, plan("silver"), outcome=outcome)
    assert await deliver(memory, plan("gold")) == [{"plan": "gold"}]


async def test_gold_silver_gold_of_two_devices_sends_the_third(memory: TraitMemory, store: Store) -> None:
    await deliver(memory, plan("gold"))
    await deliver(memory_of(store), plan("silver"))
    assert await deliver(memory, plan("gold")) == [{"plan": "gold"}]


async def test_a_lost_attempt_keeps_its_attributes_unknown(memory: TraitMemory) -> None:
    guard = TraitGuard(memory, tracks=True)
    left = await guard.reduce([(0, plan("gold"))], deduplicated=[0])
    (request,) = batch(left.items, PACKING).requests
    await guard.sending(request)
    guard.lost()
    await guard.sending(request)
    await guard.answered(request, Processed())
    assert await deliver(memory, plan("gold")) == [{"plan": "gold"}]


async def test_a_refused_attempt_that_is_made_again_is_believed(memory: TraitMemory) -> None:
    guard = TraitGuard(memory, tracks=True)
    left = await guard.reduce([(0, plan("gold"))], deduplicated=[0])
    (request,) = batch(left.items, PACKING).requests
    for _ in range(3):
        await guard.sending(request)
    await guard.answered(request, Processed())
    assert await deliver(memory, plan("gold")) == []


async def test_events_of_a_source_without_dedup_are_sent_whole_and_remembered(memory: TraitMemory) -> None:
    await deliver(memory, plan("gold"))
    guard = TraitGuard(memory, tracks=True)
    left = await guard.reduce([(0, plan("gold"))], deduplicated=[])
    assert left.items == [(0, plan("gold"))]
    await guard.sending(request := batch(left.items, PACKING).requests[0])
    await guard.answered(request, Processed())
    assert await deliver(memory, plan("gold")) == []


@pytest.mark.parametrize("item", [plan("silver"), IDENTIFY, MERGE])
async def test_a_change_without_tracking_ends_everything_that_was_known(memory: TraitMemory, item: Item) -> None:
    await deliver(memory, plan("gold"))
    await deliver(memory, item, tracks=False)
    assert await deliver(memory, plan("gold")) == [{"plan": "gold"}]


async def test_nothing_is_known_from_the_moment_an_untracked_read_begins(memory: TraitMemory) -> None:
    await deliver(memory, plan("gold"))
    await TraitGuard(memory, tracks=False).reduce([(0, plan("silver"))], deduplicated=[])
    assert await deliver(memory, plan("gold")) == [{"plan": "gold"}]


async def test_tracking_that_begins_while_an_untracked_request_is_out_knows_nothing_afterwards(
    memory: TraitMemory,
) -> None:
    guard = TraitGuard(memory, tracks=False)
    left = await guard.reduce([(0, plan("silver"))], deduplicated=[])
    (request,) = batch(left.items, PACKING).requests
    await guard.sending(request)
    await deliver(memory, plan("gold"))
    await guard.answered(request, Processed())
    assert await deliver(memory, plan("gold")) == [{"plan": "gold"}]


class Flaky:
    """A store that can be away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = False

    async def run(self, calls: Sequence[Any]) -> list[Any]:
        if self.away:
            raise StoreUnavailable("away")
        return await self._store.run(calls)


async def test_without_a_store_everything_is_sent_and_nothing_settled_until_it_is_noted(
    memory: TraitMemory, store: Store
) -> None:
    await deliver(memory, plan("gold"))
    flaky = Flaky(store)
    guard = TraitGuard(memory_of(flaky), tracks=True)
    flaky.away = True
    left = await guard.reduce([(0, plan("gold")), (1, plan("silver"))], deduplicated=[0, 1])
    assert len(left.items) == 2
    (request,) = batch(left.items[1:], PACKING).requests
    await guard.sending(request)
    with pytest.raises(StoreUnavailable):
        await guard.answered(request, Processed())
    flaky.away = False
    await guard.answered(request, Processed())
    assert await deliver(memory, plan("gold")) == [{"plan": "gold"}]


async def test_an_identify_sent_without_a_store_is_noted_afterwards(memory: TraitMemory, store: Store) -> None:
    await deliver(memory, plan(None), plan("gold", PHONE))
    flaky = Flaky(store)
    guard = TraitGuard(memory_of(flaky), tracks=True)
    left = await guard.reduce([(0, IDENTIFY)], deduplicated=[0])
    (request,) = batch(left.items, PACKING).requests
    flaky.away = True
    await guard.sending(request)
    flaky.away = False
    await guard.answered(request, Processed())
    assert await deliver(memory, plan(None)) == [{"plan": None}]
    await deliver(memory, plan("silver", PHONE))
    assert await deliver(memory, plan(None)) == [{"plan": None}]


Action = Literal["go", "crash", "lose"]
OTHER = Item("identify", {"user_alias": ALIAS, "external_id": "u1"})
MERGE_BACK = Item("merges", {"identifier_to_merge": {"external_id": "u1"}, "identifier_to_keep": {"external_id": "u0"}})
SCENES: Mapping[str, list[Item]] = {
    "one user": [plan("gold"), plan("gold"), plan("silver")],
    "values and operations": [plan("gold"), plan("gold"), plan({"inc": 1}), plan(None)],
    "an alias is identified": [IDENTIFY, plan(None), plan(None), plan("gold", PHONE), plan("gold", PHONE)],
    "an alias keeps writing": [IDENTIFY, plan("gold"), plan("gold"), plan("silver", PHONE), plan("gold", PHONE)],
    "an alias of two users": [IDENTIFY, OTHER, plan("gold"), plan("gold", "u1"), plan("silver", PHONE)],
    "users are merged": [MERGE, plan("gold"), plan(None, "u1"), plan(None, "u1"), plan("silver", "u1")],
    "there and back": [MERGE, MERGE_BACK, IDENTIFY, plan("gold"), plan("gold", "u1"), plan("silver", PHONE)],
}
STEPS = 80


class World:
    """Braze, the memory, and requests that may arrive late."""

    def __init__(self, memory: TraitMemory) -> None:
        self.memory = memory
        self.profiles = Profiles()
        self.under_way: dict[int, Request] = {}
        """Attempts that Braze has not applied yet, by number."""
        self.left_out = 0

    def start(self, request: Request) -> int:
        """An attempt to send a request begins."""
        number = next(numbers)
        self.under_way[number] = request
        return number

    def apply(self, number: int) -> None:
        """Braze applies an attempt, if it has not yet."""
        request = self.under_way.pop(number, None)
        if request is not None:
            self.profiles.send(request)

    def check(self, before: Numbered, after: Numbered) -> None:
        """What was left out is on the profile now."""
        kept = dict(after)
        for at, item in before:
            names = item.body.keys() - kept[at].body.keys() if at in kept else {"plan"}
            for name in names:
                (user,) = users_of(item.body)
                profile = self.profiles.attributes(user)
                assert profile is not None
                assert profile.get(name) == item.body[name]
                self.left_out += 1


class RacingLane:
    """One lane, driven step by step: mark, send, answer, and when the read is through, settle."""

    def __init__(self, world: World, reads: Iterator[list[Item]]) -> None:
        self._world = world
        self._reads = reads
        self._read: list[Item] | None = None
        self._steps = self._deliver()
        self._lose = False

    async def step(self, action: Action) -> None:
        """One step further; or the process dies; or the attempt that comes next gets no answer."""
        if action == "crash":
            await self._steps.aclose()
            self._steps = self._deliver()
            return
        self._lose = action == "lose"
        await anext(self._steps, None)

    async def _deliver(self) -> AsyncGenerator[None, None]:
        while (read := self._read or next(self._reads, None)) is not None:
            self._read = read
            items = list(enumerate(read))
            guard = TraitGuard(self._world.memory, tracks=True)
            left = await guard.reduce(items, deduplicated=range(len(items)))
            self._world.check(items, left.items)
            yield
            for request in batch(left.items, PACKING).requests:
                await guard.sending(request)
                attempt = self._world.start(request)
                yield
                while self._lose:
                    guard.lost()
                    await guard.sending(request)
                    attempt = self._world.start(request)
                    yield
                self._world.apply(attempt)
                yield
                await guard.answered(request, Processed())
                yield
            self._read = None


numbers = itertools.count()


def endless_reads(items: Sequence[Item], chance: random.Random) -> Iterator[list[Item]]:
    """Reads of one to three of these items."""
    while True:
        yield chance.choices(items, k=chance.choice([1, 1, 2, 3]))


async def race(store: Store, scene: str, seed: int) -> int:
    """Lanes of several devices, crashes at any point, attempts without an answer that arrive at any later time."""
    chance = random.Random(seed)
    world = World(memory_of(store, f"braze-{next(numbers)}"))
    reads = endless_reads(SCENES[scene], chance)
    lanes = [RacingLane(world, reads) for _ in range(chance.choice([2, 2, 3]))]
    trouble = chance.choice([0, 1, 3])
    for _ in range(STEPS):
        if world.under_way and chance.random() < 0.05 * trouble:
            world.apply(chance.choice(list(world.under_way)))
        odds: list[Action] = chance.choices(["go", "crash", "lose"], weights=[60, trouble, trouble])
        await chance.choice(lanes).step(odds[0])
    return world.left_out


@pytest.mark.parametrize("scene", SCENES)
async def test_only_what_the_profile_has_is_left_out_in_any_interleaving(store: Store, scene: str) -> None:
    left_out = [await race(store, scene, seed) for seed in range(60)]
    assert sum(left_out) > 0


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES)
async def test_only_what_the_profile_has_is_left_out_in_many_interleavings(store: Store, scene: str) -> None:
    assert sum([await race(store, scene, seed) for seed in range(60, 500)]) > 0


@pytest.mark.parametrize("scene", SCENES)
async def test_one_after_another_profiles_are_the_same_as_without_dedup(store: Store, scene: str) -> None:
    world, plain = World(memory_of(store)), Profiles()
    reads = endless_reads(SCENES[scene], random.Random(scene))
    for read in itertools.islice(reads, 60):
        for request in batch(list(enumerate(read)), PACKING).requests:
            plain.send(request)
        lane = RacingLane(world, iter([read]))
        for _ in range(20):
            await lane.step("go")
        assert world.profiles.everything() == plain.everything()
