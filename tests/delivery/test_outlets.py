"""What stays of the ways out when the connections change, and what destinations share."""

import asyncio
from collections.abc import Mapping

import msgspec
import pytest
from redis.asyncio import Redis

from policies.connection import Workspace
from router.config.settings import Settings
from router.delivery.outlets import Outlets
from router.metrics import Metrics
from router.regulations.watch import Watch
from router.store.regulations import Regulations
from router.store.store import Store

pytestmark = pytest.mark.anyio

KEYS = {"BRAZE_REST_KEY": "planted-key-1"}


def outlets(store: Store) -> Outlets:
    return Outlets(
        settings=Settings(),
        store=store,
        metrics=Metrics(),
        clock=lambda: 0.0,
        stopping=asyncio.Event(),
        watch=Watch(Regulations(store)),
    )


def doubled(workspace: Workspace) -> Workspace:
    """The workspace with a second destination that differs in its id alone."""
    (first, *_) = workspace.destinations
    second = msgspec.structs.replace(first, id="braze-again")
    return msgspec.structs.replace(workspace, destinations=(first, second))


@pytest.mark.parametrize(("environment", "stays"), [(KEYS, True), ({"BRAZE_REST_KEY": "planted-key-2"}, False)])
async def test_an_outlet_stays_as_long_as_its_key_does(
    store: Store, quickstart: Workspace, environment: Mapping[str, str], *, stays: bool
) -> None:
    made = outlets(store)
    before = await made.renew(quickstart, KEYS)
    after = await made.renew(quickstart, environment)
    assert (before["braze-eu"] is after["braze-eu"]) is stays
    await made.aclose()


async def test_destinations_with_the_same_host_and_key_share_a_pace_and_the_store_never_sees_the_key(
    store: Store, quickstart: Workspace, valkey_url: str
) -> None:
    made = outlets(store)
    for outlet in (await made.renew(doubled(quickstart), KEYS)).values():
        assert await outlet.pacer.take("/users/track") == 0.0
    async with Redis.from_url(valkey_url) as redis:
        names = [name.decode() async for name in redis.scan_iter("hr:pace:*")]
    assert len(names) == 1
    assert "planted" not in names[0]
    await made.aclose()


async def test_destinations_with_keys_of_their_own_have_paces_of_their_own(
    store: Store, quickstart: Workspace, valkey_url: str
) -> None:
    made = outlets(store)
    for key in ("one", "two"):
        for outlet in (await made.renew(quickstart, {"BRAZE_REST_KEY": key})).values():
            await outlet.pacer.take("/users/track")
    async with Redis.from_url(valkey_url) as redis:
        assert len([name async for name in redis.scan_iter("hr:pace:*")]) == 2
    await made.aclose()
