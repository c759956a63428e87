"""The legacy iOS integration (also under React Native and Flutter): identify, dedup, track, purchases."""

from typing import Any

import pytest

from router.devices import DeviceState, SdkError, calls

PLAIN = {"connectionMode": "device", "appKey": "A", "dataCenter": "US-03"}
DEDUP = PLAIN | {"supportDedup": True}


def identify(user_id: Any = "u1", *, external_id: Any = None, **traits: Any) -> dict[str, Any]:
    ids = [{"type": "brazeExternalId", "id": external_id}] if external_id else None
    return {"type": "identify", "userId": user_id, "context": {"traits": traits, "externalId": ids}}


def track(name: Any, properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": name, "properties": properties}


def order(*products: Any, **properties: Any) -> dict[str, Any]:
    return track("Order Completed", {"products": list(products)} | properties)


def run(config: dict[str, Any], *events: dict[str, Any], sdk: str = "ios") -> list[Any]:
    """The calls of every event in turn."""
    state, done = DeviceState(), []
    for event in events:
        each, state = calls(sdk, config, state, event, verdict="deliver")
        done.append(each)
    return done


IDENTIFY: list[tuple[Any, ...]] = [
    (
        "the last name goes to the user before",
        identify(
            address={"country": "IT", "city": "Rome"},
            phone="1",
            gender="Male",
            birthday="2000-10-23",
            firstname="Al",
            email="e",
            lastname="Be",
        ),
        [
            ["user.setLastName", "Be"],
            ["changeUser", "u1"],
            ["user.setEmail", "e"],
            ["user.setFirstName", "Al"],
            ["user.setGender", "m"],
            ["user.setPhoneNumber", "1"],
            ["user.setHomeCity", "Rome"],
            ["user.setCountry", "IT"],
        ],
    ),
    ("external id before user id", identify("u1", external_id="x"), [["changeUser", "x"]]),
    ("no user id", {"type": "identify", "context": {"traits": {}}}, []),
    (
        "empty texts are sent",
        identify(email="", phone="", lastname="", address={"city": ""}),
        [
            ["user.setLastName", ""],
            ["changeUser", "u1"],
            ["user.setEmail", ""],
            ["user.setPhoneNumber", ""],
            ["user.setHomeCity", ""],
        ],
    ),
    (
        "traits of another type than text",
        identify(email=1, phone=True, gender=["f"], lastname=None, address="Rome"),
        [["changeUser", "u1"]],
    ),
    (
        "custom attributes by type",
        identify(userId="u1", anonymousId="a", firstName="Al", b=True, n=5, f=1.5, l=["x"], m={"a": 1}, z=None),
        [
            ["changeUser", "u1"],
            ["user.setCustomAttribute", "userId", "u1"],
            ["user.setCustomAttribute", "firstName", "Al"],
            ["user.setCustomAttribute", "b", True],
            ["user.setCustomAttribute", "n", 5],
            ["user.setCustomAttribute", "f", 1.5],
            ["user.setCustomAttributeArray", "l", ["x"]],
        ],
    ),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in IDENTIFY], ids=[row[0] for row in IDENTIFY])
def test_identify(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(PLAIN, event) == [expected]


REPEATED: list[tuple[Any, ...]] = [
    ("same user, without dedup", PLAIN, identify(email="e"), identify(email="e"), [["user.setEmail", "e"]]),
    ("the same", DEDUP, identify(email="e", n=1), identify(email="e", n=1.0), []),
    (
        "another user loses what is equal",
        DEDUP,
        identify("u1", email="e", lastname="a"),
        identify("u2", email="e", lastname="b"),
        [["user.setLastName", "b"], ["changeUser", "u2"]],
    ),
    (
        "unchanged external id hides another user id",
        DEDUP,
        identify("u1", external_id="x"),
        identify("u2", external_id="x"),
        [],
    ),
    ("external id gone", DEDUP, identify("u1", external_id="x"), identify("u1"), []),
    (
        "address without country is always a change",
        DEDUP,
        identify(address={"city": "Rome"}),
        identify(address={"city": "Rome"}),
        [["user.setHomeCity", "Rome"]],
    ),
    (
        "whole address unchanged",
        DEDUP,
        identify(address={"city": "Rome", "country": "IT", "zip": 1}),
        identify(address={"city": "Rome", "country": "IT", "zip": 2}),
        [],
    ),
]


@pytest.mark.parametrize(
    ("config", "first", "second", "expected"), [row[1:] for row in REPEATED], ids=[row[0] for row in REPEATED]
)
def test_a_second_identify(
    config: dict[str, Any], first: dict[str, Any], second: dict[str, Any], expected: list[Any]
) -> None:
    assert run(config, first, second)[1] == expected


def test_a_restart_makes_the_user_switch_again() -> None:
    first, state = calls("ios", PLAIN, DeviceState(), identify(), verdict="deliver")
    assert calls("ios", PLAIN, state.after_restart(), identify(), verdict="deliver")[0] == first


TRACK: list[tuple[Any, ...]] = [
    ("custom event", track("X", {"time": 1}), [["logCustomEvent", "X", {"time": 1}]]),
    ("null properties", track("X", None), [["logCustomEvent", "X", None]]),
    ("no name", track(None, {}), []),
    (
        "attribution",
        track("Install Attributed", {"campaign": {"source": "s", "name": 5}}),
        [["user.setAttributionData", "s", 5, None, None]],
    ),
    (
        "campaign that is no dictionary",
        track("Install Attributed", {"campaign": "c"}),
        [["logCustomEvent", "Install Attributed", {"campaign": "c"}]],
    ),
    (
        "purchases",
        order(
            {"product_id": 7, "price": "9.5", "quantity": "2.9", "colour": "red"},
            {"product_id": "p", "price": 0, "quantity": "many"},
            {"product_id": "q", "price": True},
            currency="EUR",
            order_id="o",
            product_id="root",
            time=1,
        ),
        [
            ["logPurchase", "7", "EUR", 9.5, 2, {"order_id": "o", "colour": "red"}],
            ["logPurchase", "p", "EUR", 0.0, 0, {"order_id": "o"}],
            ["logPurchase", "q", "EUR", 1.0, 1, {"order_id": "o"}],
        ],
    ),
    (
        "currency of another length",
        order({"product_id": "p", "price": 1}, currency="EURO"),
        [["logPurchase", "p", "USD", 1.0, 1, {}]],
    ),
    (
        "price that begins with a number",
        order({"product_id": "p", "price": "7€"}),
        [["logPurchase", "p", "USD", 7.0, 1, {}]],
    ),
    (
        "price that is no number",
        order({"product_id": "p", "price": "free"}),
        [["logPurchase", "p", "USD", None, 1, {}]],
    ),
    ("null id", order({"product_id": None, "price": 1}), [["logPurchase", "<null>", "USD", 1.0, 1, {}]]),
    ("incomplete products", order({"product_id": "p"}, {"price": 1}, {"product_id": "p", "price": None}), []),
    ("no products", order(), []),
    ("order without properties", track("Order Completed", None), []),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in TRACK], ids=[row[0] for row in TRACK])
def test_track(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(PLAIN, event) == [expected]


@pytest.mark.parametrize("products", ["p", ["p"], [None], {"product_id": "p"}])
def test_products_that_are_no_list_of_objects_throw(products: Any) -> None:
    with pytest.raises(SdkError):
        run(PLAIN, track("Order Completed", {"products": products}))


def test_recommended_ecommerce_events_come_from_ios() -> None:
    config = PLAIN | {"useEcommerceRecommendedEvents": "YES"}
    assert run(config, track(" Order completed\n", {"order_id": 5, "source": "x"})) == [
        [["logCustomEvent", "ecommerce.order_placed", {"order_id": "5", "source": "ios", "metadata": {"source": "x"}}]]
    ]


@pytest.mark.parametrize("sdk", ["reactnative-ios", "flutter-ios"])
def test_wrappers_run_the_native_code(sdk: str) -> None:
    events = [identify(lastname="Be", l=[1]), order({"product_id": "p", "price": 1})]
    assert run(PLAIN, *events, sdk=sdk) == run(PLAIN, *events)
