"""Our router against the local Braze: what people did ends in the right profiles, once and in order."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal

import httpx
import msgspec
import pytest

from policies.connection import Workspace as Connections
from router.app import create_app as create_gateway
from router.braze.batching import BatchSettings
from router.braze.client import BrazeClient
from router.braze.coalescing import Coalescing
from router.braze.options import TransformOptions
from router.braze.requests import transform_events
from router.braze_simulator.app import create_app
from router.braze_simulator.config import Key, SimulatorConfig
from router.braze_simulator.inspection.views import profile_view
from router.braze_simulator.ledgers.duplicates import duplicates
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.workspace import Workspace
from router.config.settings import Settings
from router.events import decode_message
from router.service import Service
from router.store.accounting import Totals

pytestmark = pytest.mark.anyio

Event = dict[str, Any]
Start = Callable[..., AbstractAsyncContextManager["Shop"]]

KEY = "planted-rest-key"
SERVER = ("wk-server", "")


class Shop:
    """A router, the Braze workspace behind it, and a client that sends as a shop's server does."""

    def __init__(self, service: Service, client: httpx.AsyncClient, braze: Workspace) -> None:
        self.service = service
        self.client = client
        self.braze = braze
        self._sent = 0

    async def send(self, *events: Event) -> None:
        """Send events as one batch, with an id and a time each."""
        batch = [self._stamped(event) for event in events]
        answer = await self.client.post("/v1/batch", json={"batch": batch}, auth=SERVER)
        assert answer.text == "ok"

    async def delivered(self) -> Totals:
        """Wait until nothing is queued; everything accepted must have been delivered, once and in order."""
        for _ in range(400):
            totals = await self.service.store.totals()
            if totals.queued == 0:
                break
            await asyncio.sleep(0.025)
        assert totals == Totals(accepted=self._sent, delivered=self._sent)
        assert duplicates(self.braze.directory.profiles.values()) == []
        assert list(self.braze.order.rows) == []
        assert [row.reason for row in self.braze.discards.rows] == []
        return totals

    @property
    def profiles(self) -> list[Profile]:
        """All profiles there are."""
        return list(self.braze.directory.profiles.values())

    def user(self, external_id: str) -> dict[str, Any]:
        """Everything about a known user."""
        return profile_view(self.braze, self.braze.directory.by_external_id[external_id])

    def paths(self) -> list[str]:
        """Endpoints called, in order."""
        return [record.path for record in self.braze.requests.records.values()]

    def _stamped(self, event: Event) -> Event:
        self._sent += 1
        return {
            "messageId": f"m-{self._sent}",
            "originalTimestamp": f"2026-01-05T08:{self._sent // 60:02}:{self._sent % 60:02}Z",
            **event,
        }


@pytest.fixture
def start(valkey_url: str, quickstart: Connections) -> Start:
    """Starts a router of so many partitions in front of an empty workspace."""

    @asynccontextmanager
    async def begin(partitions: int = 1) -> AsyncIterator[Shop]:
        braze = create_app(SimulatorConfig(keys={KEY: Key()}))
        service = Service(
            settings=Settings(partitions=partitions),
            workspace=quickstart,
            environment={"BRAZE_REST_KEY": KEY},
            redis_url=valkey_url,
            braze_transport=httpx.ASGITransport(braze),
        )
        async with service:
            transport = httpx.ASGITransport(create_gateway(service.runtime))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                yield Shop(service, client, braze.state.workspace)

    return begin


def track(name: str, **more: Any) -> Event:
    return {"type": "track", "event": name, **more}


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


def counts(view: dict[str, Any]) -> dict[str, int]:
    return {row["name"]: row["count"] for row in view["custom_events"]}


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


CARS = [{"id": 2, "name": "Rex", "age": 20, "colour": "red"}]
PETS = [
    {"id": 1, "name": "Scooby", "type": "dog", "breed": "beagle"},
    {"id": 2, "name": "Garfield", "type": "cat", "breed": "calico"},
]
DOCUMENTED_TRAITS = {
    "firstName": "Alexa",
    "gender": "woman",
    "cars": {
        "add": [{"age": 27, "id": 1, "name": "Alex Keener"}],
        "update": [
            {"age": 30, "id": 2, "identifier": "id", "name": "Mike"},
            {"age": 27, "id": 1, "identifier": "id", "name": "Rowan"},
        ],
    },
    "pets": PETS,
}
"""The example of Braze's page about RudderStack: a car is added, two are updated; pets are set."""


@pytest.mark.parametrize(
    "carrier",
    [
        {"type": "identify", "traits": DOCUMENTED_TRAITS},
        {"type": "identify", "context": {"traits": DOCUMENTED_TRAITS}},
        track("Product Viewed", context={"traits": DOCUMENTED_TRAITS}),
        {"type": "page", "name": "Garage", "context": {"traits": DOCUMENTED_TRAITS}},
        {"type": "screen", "name": "Garage", "context": {"traits": DOCUMENTED_TRAITS}},
    ],
    ids=["identify", "identify, context", "track", "page", "screen"],
)
@pytest.mark.parametrize(
    ("properties", "cars"),
    [
        # Braze overwrites what an update finds, identifier and all, unless objects are merged.
        ({}, [{"name": "Mike", "age": 30}, {"name": "Rowan", "age": 27}]),
        (
            {"mergeObjectsUpdateOperation": True},
            [
                {"id": 2, "name": "Mike", "age": 30, "colour": "red"},
                {"id": 1, "name": "Rowan", "age": 27},
            ],
        ),
    ],
    ids=["overwritten", "merged"],
)
async def test_the_documented_array_operations_end_in_the_right_arrays(
    start: Start, carrier: Event, properties: Event, cars: list[Event]
) -> None:
    async with start() as shop:
        await shop.send({"type": "identify", "userId": "u-1", "traits": {"cars": CARS}})
        await shop.send({**carrier, "userId": "u-1", "properties": properties})
        await shop.delivered()
        user = shop.user("u-1")
        assert user["custom_attributes"] == {"cars": cars, "pets": PETS}
        assert user["attributes"] == {"first_name": "Alexa", "gender": "F"}


async def test_an_object_is_removed_from_an_array(start: Start) -> None:
    async with start() as shop:
        await shop.send(
            {"type": "identify", "userId": "u-1", "traits": {"pets": PETS}},
            {"type": "identify", "userId": "u-1", "traits": {"pets": {"remove": [{"identifier": "id", "id": 2}]}}},
            {"type": "identify", "userId": "u-1", "traits": {"pets": {"add": [{"id": 3, "name": "Nemo"}]}}},
        )
        await shop.delivered()
        assert shop.user("u-1")["custom_attributes"] == {"pets": [PETS[0], {"id": 3, "name": "Nemo"}]}


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


def random_person(rng: random.Random, options: TransformOptions) -> Event:
    """An identify or track of one of four people, known, anonymous or both. Arrays are changed as the options allow."""
    person = f"p-{rng.randrange(4)}"
    known: Event = rng.choice([{"userId": person}, {"anonymousId": person}, {"userId": person, "anonymousId": person}])
    pet = {"id": rng.randrange(3), "name": rng.choice("xyz")}
    of_objects: list[Event] = [{"pets": {"add": [pet]}}, {"pets": {"update": [{"identifier": "id", **pet}]}}]
    of_texts: list[Event] = [{"tags": {"add": [rng.choice("abc")]}}, {"tags": {"remove": [rng.choice("abc")]}}]
    traits = rng.choice(
        [
            {"plan": rng.choice(["free", "pro", None])},
            {"visits": {"inc": rng.randrange(1, 4)}},
            {"tags": [rng.choice("abc")]},
            {"pets": [pet]},
            {"seen": {"city": rng.choice(["Oslo", "Bergen"]), "year": rng.randrange(2020, 2026)}},
            {"email": f"{person}@example.org", "firstName": rng.choice(["Ann", "Bo", None])},
            *(of_objects if options.nested_arrays else of_texts),
        ]
    )
    return rng.choice([{"type": "identify", "traits": traits}, track("Did", context={"traits": traits})]) | known


async def profiles_after(
    events: list[bytes], options: TransformOptions, coalescing: Coalescing
) -> tuple[list[Any], int]:
    """What these events leave in an empty workspace, without times and ids, and what they cost there."""
    braze = create_app(SimulatorConfig(keys={KEY: Key()}))
    batched = transform_events(map(decode_message, events), options, settings=BatchSettings(coalescing=coalescing))
    assert batched.errors == ()
    async with BrazeClient("http://braze", KEY, transport=httpx.ASGITransport(braze)) as client:
        for request in batched.requests:
            assert (await client.send(request)).status < 300
    workspace: Workspace = braze.state.workspace
    left = [
        (profile.user, profile.standard, profile.custom, profile.email, counts(profile_view(workspace, profile)))
        for profile in workspace.directory.profiles.values()
    ]
    return sorted(left, key=repr), workspace.data_points.total


@pytest.mark.parametrize("nested_arrays", [True, False])
@pytest.mark.parametrize("seed", range(12))
async def test_coalesced_attributes_leave_the_same_profiles_and_cost_less(seed: int, nested_arrays: bool) -> None:
    rng, options = random.Random(seed), TransformOptions(nested_arrays=nested_arrays)
    events = [
        msgspec.json.encode({"timestamp": f"2026-01-05T08:{at // 60:02}:{at % 60:02}Z", **random_person(rng, options)})
        for at in range(150)
    ]
    apart, dear = await profiles_after(events, options, "off")
    joined, cheap = await profiles_after(events, options, "per_user")
    assert joined == apart
    assert cheap < dear
