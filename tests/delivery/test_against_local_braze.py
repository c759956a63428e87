"""Our router against the local Braze: what people did ends in the right profiles, once and in order."""

import random
from typing import Any, Literal

import pytest

from tests.delivery.local_shop import Event, Start, counts, track

pytestmark = pytest.mark.anyio


def visit(number: int) -> list[Event]:
    """A visitor who looks around, says who they are, and goes on."""
    anonymous = {"anonymousId": f"an-{number}"}
    known = {**anonymous, "userId": f"u-{number}"}
    return [
        {"type": "page", "name": "Home", "context": {"traits": {"landed_on": "home"}}, **anonymous},
        track("Product Viewed", **anonymous),
        track("Product Viewed", **anonymous),
        {"type": "identify", "traits": {"firstName": f"Visitor {number}", "plan": "free"}, **known},
        track("Signed Up", **known),
        track("Product Viewed", **known),
    ]


def assert_is_one_profile(view: dict[str, Any], number: int) -> None:
    assert view["user_aliases"] == [{"alias_label": "rudder_id", "alias_name": f"an-{number}"}]
    assert counts(view) == {"Home": 1, "Product Viewed": 3, "Signed Up": 1}
    assert view["attributes"] == {"first_name": f"Visitor {number}"}
    assert view["custom_attributes"] == {"landed_on": "home", "plan": "free"}


async def test_a_visitor_who_identifies_within_one_batch_is_one_profile(start: Start) -> None:
    async with start() as shop:
        await shop.send(*visit(1))
        await shop.delivered()
        assert len(shop.profiles) == 1
        assert_is_one_profile(shop.user("u-1"), 1)
        assert shop.paths() == ["/users/track", "/users/identify", "/users/track"]


@pytest.mark.parametrize("cut", range(1, 6))
async def test_a_visitor_who_identifies_in_a_later_batch_is_one_profile(start: Start, cut: int) -> None:
    async with start() as shop:
        events = visit(1)
        await shop.send(*events[:cut])
        await shop.delivered()
        await shop.send(*events[cut:])
        await shop.delivered()
        assert len(shop.profiles) == 1
        assert_is_one_profile(shop.user("u-1"), 1)


@pytest.mark.parametrize("partitions", [1, 4])
@pytest.mark.parametrize("batches", [1, 3])
async def test_many_interleaved_visitors_are_one_profile_each(start: Start, partitions: int, batches: int) -> None:
    visitors = 60
    rng = random.Random(partitions * 10 + batches)
    waiting = {number: visit(number) for number in range(visitors)}
    events: list[Event] = []
    while waiting:
        number = rng.choice(list(waiting))
        events.append(waiting[number].pop(0))
        if not waiting[number]:
            del waiting[number]
    async with start(partitions) as shop:
        size = -(-len(events) // batches)
        for first in range(0, len(events), size):
            await shop.send(*events[first : first + size])
        await shop.delivered()
        assert len(shop.profiles) == visitors
        for number in range(visitors):
            assert_is_one_profile(shop.user(f"u-{number}"), number)
        assert shop.paths().count("/users/track") >= 6


async def test_a_visitor_with_more_events_than_a_request_holds_is_one_profile(start: Start) -> None:
    async with start() as shop:
        before, after = (
            [track("Clicked", anonymousId="an-1", properties={"at": at}) for at in range(100)],
            [track("Clicked", anonymousId="an-1", userId="u-1", properties={"at": 100 + at}) for at in range(100)],
        )
        identify = {"type": "identify", "anonymousId": "an-1", "userId": "u-1", "traits": {"plan": "free"}}
        await shop.send(*before, identify, *after)
        await shop.delivered()
        assert len(shop.profiles) == 1
        assert [event["properties"]["at"] for event in shop.user("u-1")["events"]] == list(range(200))


async def test_a_known_visitor_on_a_new_device_is_merged_into_their_profile(start: Start) -> None:
    async with start() as shop:
        await shop.send(track("Opened App", userId="u-1"))
        await shop.delivered()
        await shop.send(*visit(1))
        await shop.delivered()
        assert len(shop.profiles) == 1
        assert counts(shop.user("u-1")) == {"Opened App": 1, "Home": 1, "Product Viewed": 3, "Signed Up": 1}


@pytest.mark.parametrize("batches", ["one", "each"])
async def test_alias_merges_the_old_user_into_the_new_one(start: Start, batches: Literal["one", "each"]) -> None:
    device = {"anonymousId": "an-1"}
    events: list[Event] = [
        {"type": "identify", "userId": "old", "traits": {"plan": "free", "city": "Oslo"}},
        track("Bought", userId="old", **device),
        {"type": "identify", "userId": "new", "traits": {"plan": "pro"}},
        {"type": "alias", "userId": "new", "previousId": "old", **device},
        track("Bought", userId="new", **device),
    ]
    async with start() as shop:
        for part in [events] if batches == "one" else [[event] for event in events]:
            await shop.send(*part)
            await shop.delivered()
        assert [profile.external_id for profile in shop.profiles] == ["new"]
        merged = shop.user("new")
        assert counts(merged) == {"Bought": 2}
        assert merged["custom_attributes"] == {"plan": "pro", "city": "Oslo"}


def order(order_id: str, **more: Any) -> Event:
    products = [
        {"product_id": "tea", "price": 4.5, "quantity": 2, "name": "Green tea"},
        {"product_id": "cup", "price": "11.25", "quantity": "1", "name": "Cup"},
    ]
    return track("Order Completed", properties={"order_id": order_id, "currency": "USD", "products": products, **more})


async def test_an_order_is_a_purchase_of_each_product_with_its_revenue(start: Start) -> None:
    async with start() as shop:
        await shop.send({**order("o-1"), "userId": "u-1"}, {**order("o-2"), "userId": "u-1"})
        await shop.delivered()
        user = shop.user("u-1")
        assert {row["name"]: row["count"] for row in user["purchases"]} == {"tea": 4, "cup": 2}
        assert user["total_revenue"] == 2 * (2 * 4.5 + 11.25)
        assert counts(user) == {}
        bought = [event for event in user["events"] if event["name"] == "tea"]
        assert bought[0]["properties"] == {"name": "Green tea", "price": 4.5, "quantity": 2, "currency": "USD"}


async def test_what_a_visitor_bought_before_they_identified_counts_as_theirs(start: Start) -> None:
    async with start() as shop:
        known = {"anonymousId": "an-1", "userId": "u-1"}
        await shop.send(
            {**order("o-1"), "anonymousId": "an-1"},
            {"type": "identify", "traits": {"plan": "free"}, **known},
            {**order("o-2"), **known},
        )
        await shop.delivered()
        assert len(shop.profiles) == 1
        assert shop.user("u-1")["total_revenue"] == 2 * (2 * 4.5 + 11.25)


def subscribe(group: str, state: str, **contact: str) -> Event:
    return {"type": "group", "userId": "u-1", "groupId": group, "traits": {"subscriptionState": state, **contact}}


@pytest.mark.parametrize("batches", ["one", "each"])
async def test_the_last_state_of_a_subscription_group_wins(start: Start, batches: Literal["one", "each"]) -> None:
    mail, phone = {"email": "ann@example.org"}, {"phone": "+4790000001"}
    events = [
        {"type": "identify", "userId": "u-1", "traits": {**mail, **phone}},
        subscribe("news", "subscribed", **mail),
        subscribe("offers", "subscribed", **mail),
        subscribe("news", "unsubscribed", **mail),
        subscribe("texts", "unsubscribed", **phone),
        subscribe("news", "subscribed", **mail),
        subscribe("offers", "unsubscribed", **mail),
        subscribe("texts", "subscribed", **phone),
    ]
    async with start() as shop:
        for part in [events] if batches == "one" else [[event] for event in events]:
            await shop.send(*part)
            await shop.delivered()
        states = {row["group"]: row["state"] for row in shop.user("u-1")["subscriptions"]}
        assert states == {"news": "subscribed", "offers": "unsubscribed", "texts": "subscribed"}
