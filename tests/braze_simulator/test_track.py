"""Object-level errors and the counts of /users/track."""

from typing import Any

import pytest

from router.braze_simulator.endpoints.track import NOTHING_VALID
from tests.braze_simulator.conftest import AT, Braze, Start, alias, event, purchase

pytestmark = pytest.mark.anyio
NO_USER = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"
TOKEN = {"app_id": "app", "token": "t1"}
GROUP = {"subscription_group_id": "b5a3c1d2-1111-4222-8333-444455556666", "subscription_state": "subscribed"}


def user(**attributes: Any) -> dict[str, Any]:
    return {"external_id": "u1", **attributes}


@pytest.mark.parametrize(
    ("array", "entry", "message"),
    [
        ("attributes", {"plan": "pro"}, NO_USER),
        ("attributes", "no object", NO_USER),
        ("attributes", {"external_id": ""}, NO_USER),
        ("attributes", {"external_id": 7}, NO_USER),
        ("attributes", {"external_id": "é" * 494}, "'external_id' must be fewer than 988 bytes"),
        ("attributes", {"external_id": "spammer"}, "provided external_id is blacklisted and disallowed"),
        ("attributes", user(email="a@x"), "The value provided for the 'email' field is not a valid email."),
        ("attributes", user(email=7), "The value provided for the 'email' field is not a valid email."),
        ("attributes", user(email_subscribe="yes"), "BAD_EMAIL_SUBSCRIPTION_STATE"),
        ("attributes", user(push_subscribe=True), "BAD_PUSH_SUBSCRIPTION_STATE"),
        ("attributes", user(current_location={"longitude": 9.9}), "BAD_LOCATION_UPDATE"),
        ("attributes", user(push_tokens={"token": "t"}), "BAD_PUSH_TOKEN_VALUE"),
        ("attributes", user(push_tokens=[{"app_id": "app"}]), "BAD_PUSH_TOKEN_STRING"),
        ("attributes", user(push_tokens=[{"token": "t"}]), "BAD_PUSH_TOKEN_APP_ID"),
        ("attributes", user(push_tokens=[{**TOKEN, "device_id": "short"}]), "BAD_DEVICE_ID"),
        ("attributes", user(push_token_import=True, push_tokens=[TOKEN]), "BAD_PUSH_TOKEN_IMPORT"),
        ("attributes", {"push_token_import": True}, "BAD_PUSH_TOKEN_IMPORT"),
        ("attributes", user(subscription_groups=GROUP), "BAD_SUBSCRIPTION_GROUP_ARRAY"),
        ("attributes", user(subscription_groups=["g"]), "BAD_SUBSCRIPTION_GROUP_HASH"),
        (
            "attributes",
            user(subscription_groups=[{**GROUP, "subscription_group_id": "g"}]),
            "BAD_SUBSCRIPTION_GROUP_ID",
        ),
        (
            "attributes",
            user(subscription_groups=[{**GROUP, "subscription_state": "opted_in"}]),
            "BAD_SUBSCRIPTION_GROUP_STATE",
        ),
        ("events", event(name=None), "'name' is required"),
        ("events", event(name=""), "'name' is required"),
        ("events", event(name="$x"), "'name' is not valid"),
        ("events", event(name="x" * 256), "'name' is not valid"),
        ("events", {"external_id": "u1", "name": "x"}, "'time' is required"),
        ("events", event(time="yesterday"), "'time' is not valid"),
        ("events", event(time=1_700_000_000), "'time' is not valid"),
        ("events", event(properties=[]), "Invalid 'properties' field"),
        ("events", event(properties={"time": 1}), "Invalid 'properties' field"),
        ("events", event(properties={"event_name": "x"}), "Invalid 'properties' field"),
        ("events", event(properties={"x": "y" * 102_400}), "Invalid 'properties' field"),
        ("purchases", purchase(product_id=None), "'product_id' is required"),
        ("purchases", purchase(product_id="x" * 256), "'product_id' is not valid"),
        ("purchases", purchase(currency=None), "'currency' is required"),
        ("purchases", purchase(currency="EURO"), "'currency' must be an ISO 4217 currency"),
        ("purchases", purchase(price=None), "'price' is required"),
        ("purchases", purchase(price="2.50"), "'price' is not valid"),
        ("purchases", purchase(quantity=0), "'quantity' is not valid"),
        ("purchases", purchase(quantity=101), "'quantity' is not valid"),
        ("purchases", purchase(quantity=1.5), "'quantity' is not valid"),
        ("purchases", purchase(properties={"price": 1}), "Invalid 'properties' field"),
        ("purchases", purchase(properties={"x": "y" * 51_200}), "Invalid 'properties' field"),
    ],
)
async def test_an_invalid_object_is_refused_with_its_reason(start: Start, array: str, entry: Any, message: str) -> None:
    braze = start(blocklist={"external_ids": ["spammer"]})
    answer = await braze.post("/users/track", {array: [entry]})
    assert answer.status_code == 400
    errors = [{"type": message, "input_array": array, "index": 0}]
    assert answer.json() == {"message": NOTHING_VALID, "errors": errors}
    assert not braze.workspace.directory.profiles


@pytest.mark.parametrize(
    "entry",
    [
        user(user_alias=alias("a")),
        {"user_alias": {"alias_name": "a"}},
        {"user_alias": alias("")},
        {"user_alias": alias("x" * 237)},
        {"user_alias": "a"},
    ],
)
async def test_an_object_names_its_user_in_one_legal_way(braze: Braze, entry: dict[str, Any]) -> None:
    answer = await braze.post("/users/track", {"attributes": [entry]})
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 1


@pytest.mark.parametrize(
    "entry",
    [
        user(email="first.last+tag@sub.example.co.uk", email_subscribe="opted_in", push_subscribe="unsubscribed"),
        user(email=None),
        user(email=""),
        user(external_id="é" * 493),
        user(current_location={"longitude": 9.9, "latitude": 53}),
        user(push_tokens=[{**TOKEN, "device_id": "long enough"}]),
        user(subscription_groups=[GROUP]),
        {"user_alias": alias("x" * 236)},
        {"email": "a@x.io"},
        {"phone": "+4940123456"},
        {"push_token_import": True, "push_tokens": [TOKEN]},
    ],
)
async def test_a_legal_attribute_object_is_accepted(braze: Braze, entry: dict[str, Any]) -> None:
    assert await braze.track(attributes=[entry]) == {"message": "success", "attributes_processed": 1}


async def test_a_partial_failure_lists_errors_and_applies_the_rest(braze: Braze) -> None:
    answer = await braze.track(events=[event(), event(time=None), {"name": 1}], purchases=[purchase(quantity=0)])
    assert answer == {
        "message": "success",
        "events_processed": 1,
        "purchases_processed": 0,
        "errors": [
            {"type": "'time' is required", "input_array": "events", "index": 1},
            {"type": NO_USER, "input_array": "events", "index": 2},
            {"type": "'name' is not valid", "input_array": "events", "index": 2},
            {"type": "'time' is required", "input_array": "events", "index": 2},
            {"type": "'quantity' is not valid", "input_array": "purchases", "index": 0},
        ],
    }
    assert braze.user().events["Hello"].count == 1


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": "x"}, {"attributes": None}])
async def test_nothing_to_do_is_400(braze: Braze, body: dict[str, Any]) -> None:
    answer = await braze.post("/users/track", body)
    assert (answer.status_code, answer.json()) == (400, {"message": NOTHING_VALID, "errors": []})


async def test_errors_can_be_codes(start: Start) -> None:
    answer = await start(error_style="code").post("/users/track", {"attributes": [user(email="a@x"), {"x": 1}]})
    assert [error["type"] for error in answer.json()["errors"]] == ["EMAIL_BAD_FORMAT", NO_USER]


async def test_apps_and_groups_are_only_checked_in_a_strict_workspace(start: Start) -> None:
    objects = {
        "attributes": [user(push_tokens=[TOKEN]), user(subscription_groups=[GROUP])],
        "events": [event(app_id="x")],
    }
    assert "errors" not in await start().track(**objects)
    strict = await start(strict_app_ids=True, strict_subscription_groups=True).post("/users/track", objects)
    assert [error["type"] for error in strict.json()["errors"]] == [
        "BAD_PUSH_TOKEN_APP_ID",
        "BAD_SUBSCRIPTION_GROUP_ID",
        "'app_id' is not valid",
    ]


async def test_the_success_status_is_a_setting(start: Start) -> None:
    assert (await start(success_status=200).post("/users/track", {"events": [event()]})).status_code == 200


async def test_attributes_come_before_events_and_events_before_purchases(braze: Braze) -> None:
    body = {"purchases": [purchase()], "events": [event()], "attributes": [user(plan="pro")]}
    await braze.post("/users/track", body)
    rows = braze.workspace.data_points.charges
    assert [row.kind for row in rows] == ["attributes", "event", "purchase"]


async def test_the_same_event_sent_twice_counts_twice(braze: Braze) -> None:
    await braze.track(events=[event(properties={"a": 1})])
    await braze.track(events=[event(properties={"a": 1})])
    assert braze.user().events["Hello"].count == 2
    found = await braze.see("duplicates")
    assert found["count"] == 1
    assert found["duplicates"][0] | {"braze_id": "", "request_ids": []} == {
        "user": "u1",
        "braze_id": "",
        "kind": "event",
        "name": "Hello",
        "time": "2026-01-02T10:00:00.000Z",
        "properties": {"a": 1},
        "count": 2,
        "paths": ["cloud"],
        "request_ids": [],
    }


@pytest.mark.parametrize(
    "other",
    [
        event(properties={"a": 2}),
        event(properties={"a": True}),
        event(time="2026-01-02T10:00:01Z"),
        event(name="Bye"),
        event("u2", properties={"a": 1}),
    ],
)
async def test_different_events_are_no_duplicates(braze: Braze, other: dict[str, Any]) -> None:
    await braze.track(events=[event(properties={"a": 1}), other])
    assert (await braze.see("duplicates"))["count"] == 0


async def test_duplicates_are_found_when_only_digests_are_kept(start: Start) -> None:
    braze = start(retention={"properties": "digest"})
    await braze.track(events=[event(properties={"a": 1}), event(properties={"a": 1}), event(properties={"a": 2})])
    assert [row["count"] for row in (await braze.see("duplicates"))["duplicates"]] == [2]


@pytest.mark.parametrize(
    ("time", "stored"),
    [
        ("2026-01-02T10:00:00.5Z", "2026-01-02T10:00:00.500Z"),
        ("2026-01-02T10:00:00+02:00", "2026-01-02T08:00:00.000Z"),
        ("2026-01-02T10:00:00:123+0000", "2026-01-02T10:00:00.123Z"),
        ("2026-01-02T10:00:00", "2026-01-02T10:00:00.000Z"),
        ("2026-01-02T10:00:00+99:99", "2026-01-02T10:00:00.000Z"),
        ("2027-01-02T10:00:00Z", "2026-01-10T00:00:00.000Z"),
    ],
)
async def test_event_times_are_read_in_utc_and_never_lie_in_the_future(braze: Braze, time: str, stored: str) -> None:
    await braze.track(events=[event(time=time)])
    assert (await braze.see("events"))["events"][0]["time"] == stored


async def test_illegal_property_names_are_left_out_and_256_are_kept(braze: Braze) -> None:
    properties: dict[str, Any] = {"$x": 1, "": 2, **{f"p{n}": n for n in range(300)}}
    await braze.track(events=[event(properties=properties)])
    kept = braze.user().log[0].properties
    assert kept is not None
    assert len(kept) == 256
    assert "$x" not in kept
    assert braze.reasons() == ["property-dropped", "property-dropped", "properties-truncated"]


async def test_a_blocklisted_event_is_ignored_and_costs_nothing(start: Start) -> None:
    braze = start(blocklist={"events": ["Noise"]})
    assert (await braze.track(events=[event(name="Noise")]))["events_processed"] == 1
    assert braze.reasons() == ["blocklisted"]
    assert not braze.workspace.directory.profiles
    assert braze.workspace.data_points.total == 0


async def test_a_purchase_of_three_books_three_and_a_refund_still_counts(braze: Braze) -> None:
    await braze.track(purchases=[purchase(quantity=3), purchase(price=-2.5), purchase(currency="EUR", price=10)])
    assert braze.user().purchases["p1"].count == 5
    assert braze.user().revenue_cents == 750 - 250 + 1100


async def test_a_user_with_too_many_event_names_is_blocked(start: Start) -> None:
    braze = start(limits={"spam_names": 3})
    await braze.track(events=[event(name=f"e{n}") for n in range(5)])
    assert len(braze.user().events) == 4
    assert braze.reasons() == ["spam-blocked"]


async def test_first_and_last_times_follow_the_events_times(braze: Braze) -> None:
    await braze.track(events=[event(time="2026-01-03T00:00:00Z"), event(time=AT), event(time="2026-01-04T00:00:00Z")])
    counted = (await braze.see("users"))["users"][0]["custom_events"]
    assert counted == [
        {"name": "Hello", "first": "2026-01-02T10:00:00.000Z", "last": "2026-01-04T00:00:00.000Z", "count": 3}
    ]
