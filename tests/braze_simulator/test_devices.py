"""POST /_sim/sdk: what Braze SDKs on devices write into the same profiles."""

from typing import Any

import pytest

from router.braze_simulator.device.methods import METHODS
from router.braze_simulator.profiles.profile import Profile
from tests.braze_simulator.conftest import AT, Braze, Start, alias, event

pytestmark = pytest.mark.anyio
UNDEFINED = "__undefined__"


async def call(braze: Braze, *calls: tuple[str, list[Any]], device: str = "d1", sdk: str = "web") -> Any:
    entries = [{"method": method, "args": args, "time": AT} for method, args in calls]
    body = {"device_id": device, "app_id": "app", "sdk": sdk, "calls": entries}
    answer = await braze.post("/_sim/sdk", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def user_of(braze: Braze, device: str = "d1") -> Profile:
    return braze.workspace.directory.profiles[braze.workspace.sdk_users[device]]


async def test_a_device_has_an_anonymous_user_of_its_own(braze: Braze) -> None:
    await call(braze, ("initialize", ["A", {}]), device="d1")
    await call(braze, ("initialize", ["A", {}]), device="d2")
    assert user_of(braze, "d1") is not user_of(braze, "d2")
    assert not user_of(braze).identified


async def test_change_user_gives_the_anonymous_user_its_id(braze: Braze) -> None:
    await call(
        braze, ("user.setFirstName", ["Ann"]), ("changeUser", ["u1"]), ("changeUser", ["u1"]), ("changeUser", [""])
    )
    assert user_of(braze) is braze.user("u1")
    assert braze.user("u1").standard == {"first_name": "Ann"}


async def test_change_user_merges_the_anonymous_user_into_a_known_one(braze: Braze) -> None:
    await braze.set("u1", plan="pro")
    await call(braze, ("setCustomUserAttribute", ["seen", 1]), ("user.addAlias", ["anon", "rudder_id"]))
    await call(braze, ("changeUser", ["u1"]))
    assert user_of(braze) is braze.user("u1")
    assert braze.user("u1").custom == {"plan": "pro", "seen": 1}
    assert braze.user("u1").aliases == {"rudder_id": "anon"}


async def test_change_user_leaves_an_identified_user_for_another(braze: Braze) -> None:
    await call(braze, ("changeUser", ["u1"]), ("changeUser", ["u2"]), ("logCustomEvent", ["Hello", {}]))
    assert (list(braze.user("u1").events), list(braze.user("u2").events)) == ([], ["Hello"])


async def test_an_sdk_alias_that_exists_already_is_skipped(braze: Braze) -> None:
    await braze.track(attributes=[{"user_alias": alias("anon"), "_update_existing_only": False}])
    answer = await call(braze, ("user.addAlias", ["anon", "rudder_id"]))
    assert answer["discarded"] == 1
    assert braze.reasons() == ["alias-taken"]
    assert user_of(braze).aliases == {}


async def test_the_same_event_by_both_paths_is_a_duplicate_of_both(braze: Braze) -> None:
    await call(braze, ("user.addAlias", ["anon", "rudder_id"]), ("logCustomEvent", ["Hello", {"a": 1}]))
    cloud = {"user_alias": alias("anon"), "name": "Hello", "time": AT, "properties": {"a": 1}}
    await braze.track(events=[cloud])
    (duplicate,) = (await braze.see("duplicates"))["duplicates"]
    assert (duplicate["paths"], duplicate["count"]) == (["cloud", "device"], 2)
    assert (await braze.see("datapoints?group_by=path"))["totals"] == {"device": 1, "cloud": 1}


@pytest.mark.parametrize(
    ("method", "args", "name", "value"),
    [
        ("user.setFirstName", ["Ann"], "first_name", "Ann"),
        ("user.setLastName", ["Lee"], "last_name", "Lee"),
        ("user.setCountry", ["DE"], "country", "DE"),
        ("user.setHomeCity", [UNDEFINED], "home_city", None),
        ("user.setLanguage", ["de"], "language", "de"),
        ("user.setGender", ["f"], "gender", "F"),
        ("user.setGender", ["MALE"], "gender", "M"),
        ("user.setGender", [UNDEFINED], "gender", None),
        ("user.setDateOfBirth", [2000, 10, 4], "dob", "2000-10-04"),
        ("user.setDateOfBirth", ["2000-10-04T00:00:00Z"], "dob", "2000-10-04"),
        ("user.setEmailNotificationSubscriptionType", ["opted_in"], "email_subscribe", "opted_in"),
        ("user.setLastKnownLocation", [53.5, 9.9], "current_location", {"latitude": 53.5, "longitude": 9.9}),
        ("user.setCustomUserAttribute", ["plan", "pro"], "plan", "pro"),
        ("user.setCustomUserAttribute", ["nested", {"a": UNDEFINED, "b": 1}], "nested", {"b": 1}),
        ("user.setCustomUserAttributeToSecondsFromEpoch", ["since", 0], "since", "1970-01-01T00:00:00.000Z"),
        ("user.incrementCustomUserAttribute", ["visits"], "visits", 1),
        ("user.addToCustomAttributeArray", ["tags", "a"], "tags", ["a"]),
        ("user.removeFromCustomAttributeArray", ["tags", "a"], "tags", []),
    ],
)
async def test_a_setter_sets(braze: Braze, method: str, args: list[Any], name: str, value: Any) -> None:
    assert (await call(braze, (method, args)))["discarded"] == 0
    profile = user_of(braze)
    assert {**profile.standard, **profile.custom}.get(name) == value


async def test_contacts_groups_tokens_and_attribution_are_set(braze: Braze) -> None:
    await call(
        braze,
        ("user.setEmail", ["a@x.io"]),
        ("user.setPhoneNumber", ["+4940123456"]),
        ("user.addToSubscriptionGroup", ["g1"]),
        ("registerPushToken", ["t1"]),
        ("setAttributionData", ["source", "name"]),
    )
    profile = user_of(braze)
    assert (profile.email, profile.phone) == ("a@x.io", "+4940123456")
    assert braze.workspace.subscriptions.state("email", "a@x.io", "g1", now=0) == "subscribed"
    assert [token.token for token in profile.push_tokens] == ["t1"]
    assert profile.devices["d1"]["attribution"] == ["source", "name"]


@pytest.mark.parametrize(
    ("sdk", "args", "stored"),
    [
        ("web", ["p1", 2.5, "EUR", 2, {"a": 1}], {"a": 1, "price": 2.5, "currency": "EUR", "quantity": 2}),
        ("web", ["p1", "2.5", UNDEFINED, 1, {}], {"price": 2.5, "currency": "USD", "quantity": 1}),
        ("android", ["p1", "EUR", 2.5, {"a": 1}], {"a": 1, "price": 2.5, "currency": "EUR", "quantity": 1}),
        ("ios", ["p1", "EUR", 2.5, 3, {"a": 1}], {"a": 1, "price": 2.5, "currency": "EUR", "quantity": 3}),
        ("androidKotlin", ["p1", "EUR", 2.5, 3], {"price": 2.5, "currency": "EUR", "quantity": 3}),
    ],
)
async def test_a_purchase_has_each_platforms_argument_order(
    braze: Braze, sdk: str, args: list[Any], stored: dict[str, Any]
) -> None:
    await call(braze, ("logPurchase", args), sdk=sdk)
    (occurrence,) = user_of(braze).log
    assert (occurrence.kind, occurrence.name, occurrence.properties) == ("purchase", "p1", stored)


async def test_sessions_cost_a_point_each_and_engagement_nothing(braze: Braze) -> None:
    await call(
        braze,
        ("openSession", []),
        ("logInAppMessageImpression", [{"campaign": "c1"}]),
        ("users.messages.pushnotification.Open", [{"campaign": "c2"}]),
        ("users.behaviors.app.SessionStart", []),
        ("closeSession", []),
    )
    profile = user_of(braze)
    assert [(entry.kind, entry.name) for entry in profile.log] == [
        ("session", "session_start"),
        ("engagement", "users.messages.inappmessage.Impression"),
        ("engagement", "users.messages.pushnotification.Open"),
        ("session", "session_start"),
        ("session", "session_end"),
    ]
    assert profile.sessions["app"].count == 2
    assert braze.workspace.data_points.total == 3


@pytest.mark.parametrize(
    ("method", "args", "reason"),
    [
        ("teleport", [], "unsupported-call"),
        ("changeUser", [], "invalid-call"),
        ("logCustomEvent", [""], "invalid-call"),
        ("logPurchase", ["p1", "x", "USD"], "invalid-call"),
        ("logPurchase", ["p1", 1, "null"], "invalid-call"),
        ("logPurchase", ["p1", 1, "USD", 101], "invalid-call"),
        ("user.setEmail", ["a@x"], "invalid-call"),
        ("user.addAlias", ["", "rudder_id"], "invalid-call"),
        ("user.setDateOfBirth", [2000], "invalid-call"),
        ("logCustomEvent", ["ecommerce.order_placed", {"x": 1}], "commerce-schema"),
        ("user.setCustomUserAttribute", ["a", {"b": None}], "nested-null"),
    ],
)
async def test_a_call_that_an_sdk_would_refuse_is_shown(
    braze: Braze, method: str, args: list[Any], reason: str
) -> None:
    assert (await call(braze, (method, args)))["discarded"] == 1
    assert braze.reasons() == [reason]


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_every_known_method_survives_arguments_of_any_kind(braze: Braze, method: str) -> None:
    for args in ([], [None], ["a", "b", "c"], [1, 2, 3, 4, 5], [{}, [], True], [[None], {"a": None}]):
        await call(braze, (method, args))
    assert (await braze.client.get("/_sim/users")).status_code == 200


async def test_sdk_calls_wait_like_everything_else(start: Start) -> None:
    braze = start(consistency={"mode": "manual"})
    assert (await call(braze, ("changeUser", ["u1"])))["braze_id"] is None
    await braze.post("/_sim/settle", None)
    assert user_of(braze) is braze.user("u1")


async def test_a_deleted_user_is_replaced_by_a_new_anonymous_one(braze: Braze) -> None:
    await call(braze, ("changeUser", ["u1"]))
    await braze.post("/users/delete", {"external_ids": ["u1"]})
    await call(braze, ("logCustomEvent", ["Hello"]))
    assert not user_of(braze).identified


async def test_identify_moves_the_device_along(braze: Braze) -> None:
    await braze.set("u1")
    await call(braze, ("user.addAlias", ["anon", "rudder_id"]))
    entry = {"external_id": "u1", "user_alias": alias("anon")}
    await braze.post("/users/identify", {"aliases_to_identify": [entry]})
    await call(braze, ("logCustomEvent", ["Hello"]))
    assert braze.user("u1").events["Hello"].count == 1


@pytest.mark.parametrize(
    "body", [{}, {"device_id": "d1"}, {"device_id": "d1", "calls": [{"method": "x", "time": "soon"}]}]
)
async def test_a_malformed_call_is_400(braze: Braze, body: dict[str, Any]) -> None:
    assert (await braze.post("/_sim/sdk", body)).status_code == 400


async def test_web_pages_of_other_origins_may_write(braze: Braze) -> None:
    asked = {"Origin": "http://shop.example", "Access-Control-Request-Method": "POST"}
    answer = await braze.client.options(
        "/_sim/sdk", headers={**asked, "Access-Control-Request-Headers": "content-type"}
    )
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    written = await braze.post("/_sim/sdk", {"device_id": "d1", "calls": []}, Origin="http://shop.example")
    assert written.headers["access-control-allow-origin"] == "*"


async def test_a_blocklisted_event_is_ignored_from_devices_too(start: Start) -> None:
    braze = start(blocklist={"events": ["Noise"]})
    await call(braze, ("logCustomEvent", ["Noise"]))
    await braze.track(events=[event(name="Noise")])
    assert braze.reasons() == ["blocklisted", "blocklisted"]
