"""The data-point ledger, against Braze's own examples and tables."""

from typing import Any

import pytest

from tests.braze_simulator.conftest import Braze, Start, event, purchase

pytestmark = pytest.mark.anyio
CARS = [{"id": n, "make": "x", "model": "y", "year": 2020} for n in (1, 2)]


def by_id(number: int, **more: Any) -> dict[str, Any]:
    return {"$identifier_key": "id", "$identifier_value": number, **more}


@pytest.mark.parametrize(
    ("attributes", "points"),
    [
        ({"plan": "pro"}, 1),
        ({"plan": None}, 1),
        ({"first_name": "Ann", "email": "a@x.io", "phone": "+4940123456", "dob": "1990-01-01"}, 4),
        ({"email_subscribe": "opted_in", "push_subscribe": "subscribed"}, 0),
        ({"marked_email_as_spam_at": "2026-01-01", "email_open_tracking_disabled": True}, 0),
        ({"push_tokens": [{"app_id": "app", "token": "t"}]}, 0),
        ({"country": "DE", "language": "de"}, 2),
        ({"tags": ["a", "b", "c"]}, 1),
        ({"tags": {"add": ["a", "b", "c"]}}, 3),
        ({"tags": {"remove": ["x"]}}, 1),
        ({"tags": {"add": ["a"], "remove": ["b"]}}, 2),
        ({"visits": {"inc": 1}}, 1),
        ({"nested": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "sub": {"f": 6, "g": 7}}}, 7),
        ({"nested": {"at": {"$time": "2026-01-01"}}}, 1),
        ({"cars": CARS}, 8),
        ({"cars": {"$add": CARS}}, 8),
        ({"cars": {"$update": [by_id(1, **{"$new_object": {"make": "z", "year": 2021}})]}}, 2),
        ({"cars": {"$remove": [by_id(1), by_id(2), by_id(3)]}}, 3),
    ],
)
async def test_an_attribute_costs_what_brazes_tables_say(braze: Braze, attributes: dict[str, Any], points: int) -> None:
    await braze.set(**attributes)
    assert braze.workspace.data_points.total == points


async def test_the_same_value_costs_again(braze: Braze) -> None:
    await braze.set(plan="pro")
    await braze.set(plan="pro")
    assert braze.workspace.data_points.total == 2


@pytest.mark.parametrize(
    ("settings", "arrays", "points"),
    [
        ({}, {"events": [event(properties={"a": 1, "b": 2})]}, 1),
        ({"segmentable_event_props": {"Hello": ["a", "c"]}}, {"events": [event(properties={"a": 1, "b": 2})]}, 2),
        ({}, {"purchases": [purchase(quantity=3)]}, 1),
        ({"dp_purchase_quantity": "each"}, {"purchases": [purchase(quantity=3)]}, 3),
        ({"dp_country_language": 0}, {"attributes": [{"external_id": "u1", "country": "DE", "language": "de"}]}, 0),
        (
            {"dp_array_add_per_value": False},
            {"attributes": [{"external_id": "u1", "tags": {"add": ["a", "b", "c"]}}]},
            1,
        ),
    ],
)
async def test_what_braze_leaves_open_is_a_switch(start: Start, settings: Any, arrays: Any, points: int) -> None:
    braze = start(**settings)
    await braze.track(**arrays)
    assert braze.workspace.data_points.total == points


async def test_what_is_dropped_costs_nothing_and_says_what_it_might(braze: Braze) -> None:
    await braze.set(nested={"a": 1, "b": None}, time_zone="Mars")
    assert braze.workspace.data_points.total == 0
    assert sorted(row.would_bill for row in braze.workspace.discards.rows) == [1, 2]


async def test_a_refused_object_costs_nothing(braze: Braze) -> None:
    await braze.track(events=[event(), event(time=None)])
    assert braze.workspace.data_points.total == 1


async def test_costs_can_be_grouped(braze: Braze) -> None:
    await braze.post("/users/track", {"events": [event("u1"), event("u2")]}, X_Sim_Tag="cloud")
    await braze.post("/users/track", {"attributes": [{"external_id": "u1", "plan": "a", "age": 1}]}, X_Sim_Tag="hybrid")

    async def totals(group_by: str) -> Any:
        return (await braze.see(f"datapoints?group_by={group_by}"))["totals"]

    assert await totals("tag") == {"cloud": 2, "hybrid": 2}
    assert await totals("key") == {"Hello": 2, "plan": 1, "age": 1}
    assert await totals("day") == {"2026-01-10": 4}
    assert await totals("path") == {"cloud": 4}
    assert await totals("user") == {braze.user("u1").braze_id: 3, braze.user("u2").braze_id: 1}
    assert sum((await totals("request")).values()) == 4
    rows = (await braze.see("datapoints"))["rows"]
    assert [(row["key"], row["points"], row["billable"]) for row in rows] == [
        ("Hello", 1, True),
        ("Hello", 1, True),
        ("plan", 1, True),
        ("age", 1, True),
    ]


async def test_an_unknown_grouping_is_404(braze: Braze) -> None:
    assert (await braze.client.get("/_sim/datapoints?group_by=colour")).status_code == 404
