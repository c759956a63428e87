"""Traits against the local Braze: array operations end in the right arrays, and joined attributes leave the same profiles."""

import random
from typing import Any

import httpx
import msgspec
import pytest

from router.braze.batching import BatchSettings
from router.braze.client import BrazeClient
from router.braze.coalescing import Coalescing
from router.braze.options import TransformOptions
from router.braze.requests import transform_events
from router.braze_simulator.app import create_app
from router.braze_simulator.config import Key, SimulatorConfig
from router.braze_simulator.inspection.views import profile_view
from router.braze_simulator.workspace import Workspace
from router.events import decode_message
from tests.delivery.local_shop import KEY, Event, Start, counts, track

pytestmark = pytest.mark.anyio

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
