"""The memory of traits on a real server: nothing is believed that a race, a crash or a move could make untrue."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import redis

from router.braze.objects import User
from router.braze.trait_changes import Changes, Move
from router.braze.trait_values import UNKNOWN, fingerprint, key_of
from router.errors import StoreUnavailable
from router.store.store import Store
from router.store.traits import MOST_LINKS, TraitMemory

pytestmark = pytest.mark.anyio

ANNA, OTTO = "u-anna", "u-otto"
PHONE = ("rudder_id", "an-phone")
A, B, C = b"token--a", b"token--b", b"token--c"
IDENTIFY = Move(gone=PHONE, kept=ANNA, filling="blanks")
MERGE = Move(gone=OTTO, kept=ANNA, filling="all")


@pytest.fixture
async def memory(store: Store) -> TraitMemory:
    return await memory_of(store)


@pytest.fixture
def server(valkey_url: str) -> Iterator[Any]:
    """A client of the server, to look behind the scenes."""
    with redis.Redis.from_url(valkey_url, protocol=2) as client:
        yield client


async def memory_of(store: Store, **settings: int) -> TraitMemory:
    """The memory as a process has it that has read from it."""
    memory = TraitMemory(store, destination="braze-eu", **{"days": 30, "max_attributes": 256, **settings})
    await memory.read({})
    return memory


def setting(user: User = ANNA, **values: Any) -> Changes:
    return {user: {key_of(name): fingerprint(value) for name, value in values.items()}}


def uncertain(changes: Changes) -> Changes:
    return {user: dict.fromkeys(values, UNKNOWN) for user, values in changes.items()}


async def known(memory: TraitMemory, user: User = ANNA, *names: str) -> dict[str, Any]:
    """Which of these values are believed, by name, in readable form."""
    names = names or ("plan", "tier", "nick")
    found = (await memory.read({user: [key_of(name) for name in names]}))[user].values
    readable: Mapping[bytes, Any] = {fingerprint(value): value for value in ("gold", "silver", "", None, 1)}
    return {name: readable[found[key_of(name)]] for name in names if key_of(name) in found}


async def learn(memory: TraitMemory, changes: Changes, token: bytes = A) -> None:
    """One undisturbed delivery."""
    await memory.mark(changes, token=token)
    await memory.finish(changes, token=token)


async def test_a_value_is_believed_once_braze_has_accepted_it(memory: TraitMemory) -> None:
    assert await known(memory) == {}
    await learn(memory, setting(plan="gold", nick=None))
    assert await known(memory) == {"plan": "gold", "nick": None}


async def test_nothing_is_believed_of_a_change_on_its_way(memory: TraitMemory) -> None:
    await learn(memory, setting(plan="gold", tier=1))
    await memory.mark(setting(plan="silver"), token=B)
    assert await known(memory) == {"tier": 1}


async def test_what_was_known_outlives_the_process(memory: TraitMemory, store: Store) -> None:
    await learn(memory, setting(plan="gold"))
    assert await known(await memory_of(store)) == {"plan": "gold"}


@pytest.mark.parametrize("first", [A, B])
async def test_of_two_changes_in_flight_at_once_neither_is_believed(memory: TraitMemory, first: bytes) -> None:
    changes = {A: setting(plan="gold"), B: setting(plan="silver")}
    for token in (A, B):
        await memory.mark(changes[token], token=token)
    for token in (first, B if first == A else A):
        await memory.finish(changes[token], token=token)
        assert await known(memory) == {}
    await learn(memory, setting(plan="gold"), C)
    assert await known(memory) == {"plan": "gold"}


async def test_a_chain_of_overlapping_changes_is_not_believed_before_it_has_ended(memory: TraitMemory) -> None:
    await memory.mark(setting(plan="gold"), token=A)
    await memory.mark(setting(plan="silver"), token=B)
    await memory.finish(setting(plan="gold"), token=A)
    await memory.mark(setting(plan="gold"), token=C)
    await memory.finish(setting(plan="silver"), token=B)
    assert await known(memory) == {}
    await memory.finish(setting(plan="gold"), token=C)
    assert await known(memory) == {}


async def test_a_retry_that_overlaps_with_another_change_is_not_believed(memory: TraitMemory) -> None:
    await memory.mark(setting(plan="gold"), token=A)
    await learn(memory, setting(plan="silver"), B)
    await memory.mark(setting(plan="gold"), token=A)
    await memory.finish(setting(plan="gold"), token=A)
    assert await known(memory) == {}


async def test_changes_of_different_attributes_do_not_disturb_each_other(memory: TraitMemory) -> None:
    await memory.mark(setting(plan="gold"), token=A)
    await memory.mark(setting(tier=1), token=B)
    await memory.finish(setting(tier=1), token=B)
    await memory.finish(setting(plan="gold"), token=A)
    assert await known(memory) == {"plan": "gold", "tier": 1}


async def test_an_update_with_an_uncertain_result_makes_the_attribute_unknown(memory: TraitMemory) -> None:
    await learn(memory, setting(plan="gold"))
    await learn(memory, uncertain(setting(plan="gold")), B)
    assert await known(memory) == {}


async def test_a_crash_leaves_the_attribute_unknown_until_its_mark_expires(store: Store) -> None:
    memory = await memory_of(store)
    await learn(memory, setting(plan="gold"))
    await memory.mark(setting(plan="silver"), token=B)
    await learn(memory, setting(plan="gold"), C)
    assert await known(memory) == {}
    await (await memory_of(store, in_flight_seconds=0)).mark(setting(plan="silver"), token=B)
    await learn(memory, setting(plan="gold"), C)
    assert await known(memory) == {"plan": "gold"}


async def test_a_change_whose_mark_is_gone_takes_away_what_is_believed_by_now(
    memory: TraitMemory, store: Store
) -> None:
    late = setting(plan="silver")
    await (await memory_of(store, in_flight_seconds=0)).mark(late, token=A)
    await learn(memory, setting(plan="gold"), B)
    await memory.finish(late, token=A)
    assert await known(memory) == {}


async def test_a_change_whose_mark_is_gone_is_unordered_with_one_in_flight(memory: TraitMemory) -> None:
    await memory.mark(setting(plan="gold"), token=B)
    await memory.finish(setting(plan="silver"), token=A)
    await memory.finish(setting(plan="gold"), token=B)
    assert await known(memory) == {}


async def test_a_change_that_could_not_be_marked_is_not_believed(memory: TraitMemory) -> None:
    await memory.finish(setting(plan="silver"), token=A)
    assert await known(memory) == {}


async def test_users_and_destinations_have_records_of_their_own(memory: TraitMemory, store: Store) -> None:
    await learn(memory, setting(ANNA, plan="gold"))
    await learn(memory, setting(PHONE, plan="silver"))
    other = TraitMemory(store, destination="braze-us", days=30, max_attributes=9)
    assert await known(memory, ANNA) == {"plan": "gold"}
    assert await known(memory, PHONE) == {"plan": "silver"}
    assert await known(memory, "rudder_id:an-phone") == {}
    assert await known(other, ANNA) == {}


async def test_a_record_is_named_after_destination_and_user_and_holds_no_values(
    memory: TraitMemory, server: Any
) -> None:
    await learn(memory, setting("otto@x.io", email="otto@x.io"))
    await learn(memory, setting(("label {}", "Ö:1"), email="otto@x.io"))
    names = [bytes(name).decode() for name in server.keys("hr:traits:*")]
    assert sorted(names) == ["hr:traits:{braze-eu:label %7B%7D:%C3%96%3A1}", "hr:traits:{braze-eu:otto@x.io}"]
    record = server.hgetall(names[0])
    assert not any(b"otto" in name + value for name, value in record.items())


async def test_a_record_lives_for_the_days_of_the_setting_whatever_is_written_to_it(
    memory: TraitMemory, server: Any
) -> None:
    await learn(memory, setting(plan="gold"))
    (name,) = server.keys("hr:traits:*")
    assert 29 * 86_400 < server.ttl(name) <= 30 * 86_400
    server.expire(name, 100)
    await learn(memory, setting(plan="silver"), B)
    assert server.ttl(name) <= 100


async def test_attributes_over_the_bound_are_not_remembered_and_so_always_sent(store: Store, server: Any) -> None:
    memory = await memory_of(store, max_attributes=2)
    for name in ("plan", "tier", "nick"):
        await learn(memory, setting(**{name: "gold"}))
    assert await known(memory) == {"plan": "gold", "tier": "gold"}
    (name,) = server.keys("hr:traits:*")
    assert server.hlen(name) == 2 + 1
    await learn(memory, setting(plan="silver"), B)
    assert await known(memory) == {"plan": "silver", "tier": "gold"}


async def test_an_identified_alias_is_forgotten_and_blanks_of_the_user_with_it(memory: TraitMemory) -> None:
    await learn(memory, setting(PHONE, plan="gold"))
    await learn(memory, setting(ANNA, plan="silver", tier=None, nick=""))
    await memory.hold([IDENTIFY], token=B)
    await memory.release([IDENTIFY], token=B)
    assert await known(memory, PHONE) == {}
    assert await known(memory, ANNA) == {"plan": "silver"}


async def test_a_blank_is_not_believed_while_an_identify_is_under_way(memory: TraitMemory) -> None:
    await memory.mark(setting(tier=None), token=A)
    await memory.hold([IDENTIFY], token=B)
    await memory.finish(setting(tier=None), token=A)
    await learn(memory, setting(nick=""), C)
    await memory.release([IDENTIFY], token=B)
    assert await known(memory) == {}
    await learn(memory, setting(nick=""), C)
    assert await known(memory) == {"nick": ""}


async def test_an_identify_whose_hold_is_gone_takes_the_blanks_away_in_the_end(memory: TraitMemory) -> None:
    await learn(memory, setting(plan="gold", tier=None))
    await memory.mark(setting(nick=None), token=A)
    await memory.release([IDENTIFY], token=B)
    await memory.finish(setting(nick=None), token=A)
    assert await known(memory) == {"plan": "gold"}


async def test_after_a_merge_nothing_is_known_of_either_side(memory: TraitMemory) -> None:
    await learn(memory, {**setting(ANNA, plan="gold"), **setting(OTTO, plan="silver")})
    await memory.hold([MERGE], token=B)
    await memory.release([MERGE], token=B)
    assert await known(memory, ANNA) == {}
    assert await known(memory, OTTO) == {}


async def test_a_change_through_an_alias_reaches_everyone_it_was_tied_to(memory: TraitMemory) -> None:
    for move in (Move(gone=PHONE, kept=OTTO, filling="blanks"), MERGE):
        await memory.hold([move], token=A)
        await memory.release([move], token=A)
    await learn(memory, {**setting(ANNA, plan="gold", tier=1), **setting("u-else", plan="gold")}, B)
    reached = await memory.mark(setting(PHONE, plan="silver"), token=C)
    assert reached == {OTTO: {key_of("plan")}, ANNA: {key_of("plan")}}
    assert await known(memory) == {"tier": 1}
    await memory.finish(setting(PHONE, plan="silver"), token=C)
    assert await known(memory) == {"tier": 1}
    assert await known(memory, PHONE) == {}
    assert await known(memory, "u-else") == {"plan": "gold"}


async def test_a_read_follows_the_links(memory: TraitMemory) -> None:
    for move in (Move(gone=PHONE, kept=OTTO, filling="blanks"), MERGE):
        await memory.hold([move], token=A)
    found = await memory.read({PHONE: [key_of("plan")]})
    assert {user: each.links for user, each in found.items()} == {PHONE: (OTTO,), OTTO: (ANNA,), ANNA: ()}


async def test_a_change_of_the_alias_in_flight_keeps_its_attribute_of_the_user_unknown(memory: TraitMemory) -> None:
    await learn(memory, setting(ANNA, plan="gold", tier=1))
    await memory.mark(setting(PHONE, plan="silver"), token=A)
    await memory.hold([IDENTIFY], token=B)
    await memory.release([IDENTIFY], token=B)
    assert await known(memory, ANNA) == {"tier": 1}
    await learn(memory, setting(ANNA, plan="gold"), C)
    assert await known(memory, ANNA) == {"tier": 1}
    await memory.finish(setting(PHONE, plan="silver"), token=A)
    assert await known(memory, ANNA) == {"tier": 1}


async def test_of_users_beyond_the_links_that_an_alias_can_have_nothing_is_believed(memory: TraitMemory) -> None:
    for number in range(MOST_LINKS + 1):
        move = Move(gone=PHONE, kept=f"u{number}", filling="blanks")
        await memory.hold([move], token=A)
        await memory.release([move], token=A)
    for user in ("u0", f"u{MOST_LINKS}"):
        await learn(memory, setting(user, plan="gold"), B)
    assert await known(memory, "u0") == {"plan": "gold"}
    assert await known(memory, f"u{MOST_LINKS}") == {}


async def test_a_new_era_knows_nothing(memory: TraitMemory) -> None:
    await learn(memory, setting(plan="gold"))
    await memory.forget_all()
    assert await known(memory) == {}
    await learn(memory, setting(plan="silver"), B)
    assert await known(memory) == {"plan": "silver"}


async def test_a_new_era_keeps_what_forbids_to_believe(memory: TraitMemory) -> None:
    await memory.hold([IDENTIFY], token=A)
    await memory.forget_all()
    assert await known(memory) == {}
    await learn(memory, setting(ANNA, plan="gold"), B)
    assert await known(memory, ANNA) == {}
    await learn(memory, setting(PHONE, plan="gold"), B)
    assert (await memory.read({PHONE: []}))[PHONE].links == (ANNA,)
    await memory.release([IDENTIFY], token=A)
    await learn(memory, setting(ANNA, plan="gold"), B)
    assert await known(memory, ANNA) == {"plan": "gold"}


async def test_a_change_from_before_the_era_takes_away_what_is_believed_by_now(
    memory: TraitMemory, store: Store
) -> None:
    await memory.mark(setting(plan="silver"), token=A)
    await memory.forget_all()
    newer = await memory_of(store)
    await learn(newer, setting(plan="gold"), B)
    await memory.finish(setting(plan="silver"), token=A)
    assert await known(newer) == {}


async def test_a_deleted_user_is_forgotten(memory: TraitMemory, server: Any) -> None:
    await learn(memory, {**setting(ANNA, plan="gold"), **setting(PHONE, plan="gold")})
    await memory.forget([ANNA, PHONE])
    assert server.keys("hr:traits:*") == []


async def test_any_number_of_attributes_can_be_asked_for(memory: TraitMemory) -> None:
    names = [f"a{number}" for number in range(3000)]
    await learn(memory, setting(a0="gold"))
    assert await known(memory, ANNA, *names) == {"a0": "gold"}


async def test_a_store_that_does_not_answer_is_an_error_of_every_operation(store: Store, server: Any) -> None:
    memory = await memory_of(store)
    server.set("hr:traits:{braze-eu:u-anna}", "no hash")
    for operation in (
        memory.read(setting()),
        memory.mark(setting(plan="gold"), token=A),
        memory.finish(setting(plan="gold"), token=A),
        memory.hold([MERGE], token=A),
        memory.release([IDENTIFY], token=A),
    ):
        with pytest.raises(StoreUnavailable):
            await operation
