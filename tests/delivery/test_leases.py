"""Partitions are shared evenly and move when processes come and go."""

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from router.delivery.leases import Leases, fair_share
from router.store import keys
from router.store.store import Store

pytestmark = pytest.mark.anyio


def never(partition: int) -> bool:
    return False


@given(st.integers(1, 200), st.integers(1, 40))
def test_fair_shares_are_all_partitions_none_twice_and_even(partitions: int, members: int) -> None:
    shares = [fair_share(partitions, members, rank) for rank in range(members)]
    assert sorted(number for share in shares for number in share) == list(range(partitions))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


async def test_a_second_process_gets_its_half_and_the_first_takes_over_when_it_leaves(store: Store) -> None:
    one, two = Leases(store, owner="one"), Leases(store, owner="two")
    await one.renew(busy=never)
    assert len(one.tokens) == 4
    for _ in range(2):
        await two.renew(busy=never)
        await one.renew(busy=never)
    await two.renew(busy=never)
    assert len(one.tokens) == len(two.tokens) == 2
    assert not set(one.tokens) & set(two.tokens)
    await two.release()
    await one.renew(busy=never)
    assert len(one.tokens) == 4


async def test_a_dead_process_keeps_no_share_when_the_store_s_clock_was_set_back(store: Store, valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as connection:
        seconds, _ = connection.time()
        connection.zadd(keys.MEMBERS, {"dead": (seconds + 3600) * 1000})
    alone = Leases(store, owner="one")
    await alone.renew(busy=never)
    assert len(alone.tokens) == 4


async def test_a_lease_that_was_taken_again_is_not_dropped_with_the_lost_one(store: Store) -> None:
    leases = Leases(store, owner="one")
    await leases.renew(busy=never)
    held = dict(leases.tokens)
    leases.drop(0, "an older token")
    assert leases.tokens == held
    leases.drop(0, held[0])
    assert sorted(leases.tokens) == [1, 2, 3]


async def test_a_busy_partition_is_kept_until_its_lane_has_come_to_rest(store: Store) -> None:
    one, two = Leases(store, owner="one"), Leases(store, owner="two")
    await one.renew(busy=never)
    await two.renew(busy=never)
    await one.renew(busy=lambda partition: True)
    assert len(one.tokens) == 4
    assert len(one.wanted) == 2
    await one.renew(busy=never)
    assert len(one.tokens) == 2
