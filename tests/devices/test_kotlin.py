"""The Kotlin integration: identify, dedup, track, purchases."""

from typing import Any

import pytest

from router.devices import DeviceState, SdkError, calls

PLAIN = {"connectionMode": "device", "appKey": "A", "dataCenter": "US-03", "supportDedup": False}
DEDUP = PLAIN | {"supportDedup": True}


def identify(user_id: Any = "u1", *, external_id: Any = None, **traits: Any) -> dict[str, Any]:
    ids = [{"type": "brazeExternalId", "id": external_id}] if external_id is not None else []
    return {"type": "identify", "userId": user_id, "context": {"traits": traits, "externalId": ids}}


def track(name: Any, properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": name, "properties": properties}


def order(*products: Any, **properties: Any) -> dict[str, Any]:
    return track("Order Completed", {"products": list(products)} | properties)


def run(config: dict[str, Any], *events: dict[str, Any]) -> list[Any]:
    """The calls of every event in turn."""
    state, done = DeviceState(), []
    for event in events:
        each, state = calls("androidKotlin", config, state, event, verdict="deliver")
        done.append(each)
    return done


IDENTIFY: list[tuple[Any, ...]] = [
    (
        "everything, in order",
        identify(
            address={"city": "Rome", "country": "IT"},
            phone=123,
            gender="f",
            lastName="Be",
            firstName="",
            email="e",
            birthday="2000-10-23T23:30:00-05:00",
        ),
        [
            ["changeUser", "u1"],
            ["user.setDateOfBirth", 2000, 10, 23],
            ["user.setEmail", "e"],
            ["user.setFirstName", ""],
            ["user.setLastName", "Be"],
            ["user.setGender", "f"],
            ["user.setPhoneNumber", "123"],
            ["user.setHomeCity", "Rome"],
            ["user.setCountry", "IT"],
        ],
    ),
    ("an anonymous identify switches to the empty user", identify(None), [["changeUser", ""]]),
    ("external id before user id", identify("u1", external_id="x"), [["changeUser", "x"]]),
    ("numeric user id", identify(7), [["changeUser", "7"]]),
    ("empty external id", identify("u1", external_id=""), [["changeUser", "u1"]]),
    (
        "a missing part of an address is null",
        identify(address={"city": "Rome"}),
        [["changeUser", "u1"], ["user.setHomeCity", "Rome"], ["user.setCountry", None]],
    ),
    (
        "lower case names are custom",
        identify(firstname="a"),
        [["changeUser", "u1"], ["user.setCustomUserAttribute", "firstname", "a"]],
    ),
    ("unknown gender and unreadable birthday", identify(gender="other", birthday=5), [["changeUser", "u1"]]),
    (
        "custom attributes by the text of the value",
        identify(
            a="TRUE", b=False, c="00123", d="-42", e="1.5", f=5, g=2.0, h="12a", i=str(2**63), j=[1], k={}, l=None
        ),
        [
            ["changeUser", "u1"],
            ["user.setCustomUserAttribute", "a", True],
            ["user.setCustomUserAttribute", "b", False],
            ["user.setCustomUserAttribute", "c", 123],
            ["user.setCustomUserAttribute", "d", -42],
            ["user.setCustomUserAttribute", "e", 1.5],
            ["user.setCustomUserAttribute", "f", 5],
            ["user.setCustomUserAttribute", "g", 2.0],
            ["user.setCustomUserAttribute", "h", "12a"],
            ["user.setCustomUserAttribute", "i", float(2**63)],
        ],
    ),
    (
        "moments",
        identify(at="1970-01-02T00:00:01.500Z", day="1970-01-02"),
        [
            ["changeUser", "u1"],
            ["user.setCustomUserAttributeToSecondsFromEpoch", "at", 86401],
            ["user.setCustomUserAttribute", "day", "1970-01-02"],
        ],
    ),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in IDENTIFY], ids=[row[0] for row in IDENTIFY])
def test_identify(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(PLAIN, event) == [expected]


@pytest.mark.parametrize("traits", [{"email": ["e"]}, {"address": "Rome"}, {"address": {"city": {}}}])
def test_a_trait_that_does_not_decode_throws(traits: dict[str, Any]) -> None:
    with pytest.raises(SdkError):
        run(PLAIN, identify(**traits))


def test_traits_that_are_null_throw() -> None:
    with pytest.raises(SdkError):
        run(PLAIN, {"type": "identify", "userId": "u1", "context": {"traits": None}})


REPEATED: list[tuple[Any, ...]] = [
    (
        "the same",
        identify(email="e", n=1, address={"city": "Rome"}),
        identify(email="e", n=1, address={"city": "Rome"}),
        [],
    ),
    (
        "another user loses what is equal",
        identify("u1", email="e", plan="p"),
        identify("u2", email="e", plan="q"),
        [["changeUser", "u2"], ["user.setCustomUserAttribute", "plan", "q"]],
    ),
    (
        "unchanged external id with another user id",
        identify("u1", external_id="x"),
        identify("u2", external_id="x"),
        [["changeUser", "u2"]],
    ),
    (
        "a changed address goes out whole",
        identify(address={"city": "Rome", "country": "IT"}),
        identify(address={"city": "Rome"}),
        [["user.setHomeCity", "Rome"], ["user.setCountry", None]],
    ),
    ("anonymous twice", identify(""), identify(""), []),
]


@pytest.mark.parametrize(
    ("first", "second", "expected"), [row[1:] for row in REPEATED], ids=[row[0] for row in REPEATED]
)
def test_dedup_compares_with_the_last_identify_whoevers_it_was(
    first: dict[str, Any], second: dict[str, Any], expected: list[Any]
) -> None:
    assert run(DEDUP, first, second)[1] == expected


def test_without_dedup_everything_goes_out_again() -> None:
    event = identify(email="e", plan="p")
    assert run(PLAIN, event, event)[1] == run(PLAIN, event)[0]


TRACK: list[tuple[Any, ...]] = [
    ("custom event", track("X", {"a": 1}), [["logCustomEvent", "X", {"a": 1}]]),
    ("empty properties", track("X", {}), [["logCustomEvent", "X"]]),
    ("no name", track(None, {}), []),
    (
        "attribution",
        track("Install Attributed", {"campaign": {"source": "s", "ad_group": 5}}),
        [["user.setAttributionData", "s", None, "5", None]],
    ),
    (
        "campaign that does not decode",
        track("Install Attributed", {"campaign": {"source": {}}}),
        [["logCustomEvent", "Install Attributed", {"campaign": {"source": {}}}]],
    ),
    (
        "campaign that is no object",
        track("Install Attributed", {"campaign": "c"}),
        [["logCustomEvent", "Install Attributed", {"campaign": "c"}]],
    ),
    (
        "purchases share the extra keys of all products",
        order(
            {"product_id": 7, "price": "9.5", "quantity": "2", "colour": "red", "size": 1},
            {"price": 1, "colour": "blue"},
            {"product_id": "p"},
            {"quantity": 3},
            currency="EUR",
            price=5,
        ),
        [
            ["logPurchase", "7", "EUR", 9.5, 2, {"price": 5, "colour": "blue", "size": 1}],
            ["logPurchase", None, "EUR", 1.0, 1, {"price": 5, "colour": "blue", "size": 1}],
            ["logPurchase", "p", "EUR", None, 1, {"price": 5, "colour": "blue", "size": 1}],
        ],
    ),
    ("missing currency", order({"product_id": "p", "price": 1}), [["logPurchase", "p", "USD", 1.0, 1, {}]]),
    ("no products", order(), []),
    (
        "recommended events are not known",
        track("Product Viewed", {"name": "n"}),
        [["logCustomEvent", "Product Viewed", {"name": "n"}]],
    ),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in TRACK], ids=[row[0] for row in TRACK])
def test_track(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(PLAIN | {"useEcommerceRecommendedEvents": True}, event) == [expected]


@pytest.mark.parametrize(
    "event",
    [
        track("Order Completed", {"products": "p"}),
        order("p"),
        order({"product_id": "p", "price": "cheap"}),
        order({"product_id": "p", "quantity": "2.5"}),
        order({"product_id": ["p"]}),
        order({"product_id": "p"}, currency=None),
    ],
)
def test_an_order_that_does_not_decode_throws(event: dict[str, Any]) -> None:
    with pytest.raises(SdkError) as raised:
        run(PLAIN, event)
    assert raised.value.calls == ()
