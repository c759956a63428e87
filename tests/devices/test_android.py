"""The legacy Android integration (also under React Native and Flutter): identify, dedup, track, purchases."""

from typing import Any

import pytest

from router.devices import DeviceState, SdkError, calls

PLAIN = {"connectionMode": "device", "appKey": "A", "dataCenter": "US-03"}
DEDUP = PLAIN | {"supportDedup": "true"}
RECOMMENDED = PLAIN | {"useEcommerceRecommendedEvents": True}


def identify(user_id: Any = "u1", *, external_id: Any = None, **traits: Any) -> dict[str, Any]:
    ids = [{"type": "other", "id": "o"}, {"type": "brazeExternalId", "id": external_id}] if external_id else None
    return {"type": "identify", "userId": user_id, "context": {"traits": traits, "externalId": ids}}


def track(name: Any, properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": name, "properties": properties}


def order(*products: Any, **properties: Any) -> dict[str, Any]:
    return track("Order Completed", {"products": list(products)} | properties)


def run(config: dict[str, Any], *events: dict[str, Any], sdk: str = "android") -> list[Any]:
    """The calls of every event in turn."""
    state, done = DeviceState(), []
    for event in events:
        each, state = calls(sdk, config, state, event, verdict="deliver")
        done.append(each)
    return done


IDENTIFY: list[tuple[Any, ...]] = [
    (
        "everything, in order",
        identify(
            country="top",
            phone="1",
            gender="Female",
            lastname="Be",
            firstname="Al",
            email="e",
            birthday="2000-10-23T23:30:00-05:00",
            address={"country": "IT", "city": "Rome", "street": "s"},
        ),
        [
            ["changeUser", "u1"],
            ["user.setDateOfBirth", 2000, 10, 23],
            ["user.setEmail", "e"],
            ["user.setFirstName", "Al"],
            ["user.setLastName", "Be"],
            ["user.setGender", "f"],
            ["user.setPhoneNumber", "1"],
            ["user.setHomeCity", "Rome"],
            ["user.setCountry", "IT"],
            ["user.setCustomUserAttribute", "country", "top"],
        ],
    ),
    ("external id before user id", identify("u1", external_id="x"), [["changeUser", "x"]]),
    ("no user id", identify(""), []),
    ("no traits", {"type": "identify", "userId": "u1", "context": {}}, [["changeUser", "u1"]]),
    (
        "empty texts",
        identify(email="", firstname="", phone="", gender="", address={"city": ""}, note=""),
        [["changeUser", "u1"], ["user.setCustomUserAttribute", "note", ""]],
    ),
    ("camel case names alone", identify(firstName="Al", lastName="Be"), [["changeUser", "u1"]]),
    (
        "camel case names next to lower case ones",
        identify(firstname="low", firstName="camel"),
        [
            ["changeUser", "u1"],
            ["user.setFirstName", "low"],
            ["user.setCustomUserAttribute", "firstName", "low"],
        ],
    ),
    ("gender with a space", identify(gender=" f"), [["changeUser", "u1"]]),
    ("gender other", identify(gender="other"), [["changeUser", "u1"]]),
    ("birthday in another notation", identify(birthday="23.10.2000"), [["changeUser", "u1"]]),
    (
        "birthday that runs over",
        identify(birthday="2000-13-32"),
        [["changeUser", "u1"], ["user.setDateOfBirth", 2001, 2, 1]],
    ),
    ("address of numbers", identify(address={"city": 5}), [["changeUser", "u1"], ["user.setHomeCity", "5.0"]]),
    (
        "custom attributes by type",
        identify(b=True, n=5, f=1.5, s="x", l=[1], m={"a": 1}, z=None),
        [
            ["changeUser", "u1"],
            ["user.setCustomUserAttribute", "b", True],
            ["user.setCustomUserAttribute", "n", 5.0],
            ["user.setCustomUserAttribute", "f", 1.5],
            ["user.setCustomUserAttribute", "s", "x"],
        ],
    ),
    (
        "ids that the core puts into traits",
        identify("u1", anonymousId="a", userId="u1", id="u1"),
        [
            ["changeUser", "u1"],
            ["user.setCustomUserAttribute", "anonymousId", "a"],
            ["user.setCustomUserAttribute", "userId", "u1"],
            ["user.setCustomUserAttribute", "id", "u1"],
        ],
    ),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in IDENTIFY], ids=[row[0] for row in IDENTIFY])
def test_identify(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(PLAIN, event) == [expected]


@pytest.mark.parametrize("key", ["email", "phone", "gender", "birthday", "firstname", "lastname"])
def test_a_standard_trait_that_is_no_text_throws_after_the_user_switch(key: str) -> None:
    with pytest.raises(SdkError) as raised:
        run(PLAIN, identify(**{key: 5}))
    assert raised.value.calls == (["changeUser", "u1"],)


@pytest.mark.parametrize("address", ["Rome", 5, {"city": ["Rome"]}])
def test_an_address_that_gson_cannot_read_throws(address: Any) -> None:
    with pytest.raises(SdkError):
        run(PLAIN, identify(address=address))


REPEATED: list[tuple[Any, ...]] = [
    ("the same", identify(email="e", n=1), identify(email="e", n=1), []),
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
    ("unchanged external id and user id", identify("u1", external_id="x"), identify("u1", external_id="x"), []),
    ("true is not 1", identify(n=1), identify(n=True), [["user.setCustomUserAttribute", "n", True]]),
    (
        "a changed address goes out whole",
        identify(address={"city": "Rome", "country": "IT"}),
        identify(address={"city": "Bari", "country": "IT"}),
        [["user.setHomeCity", "Bari"], ["user.setCountry", "IT"]],
    ),
    (
        "a missing part is no change",
        identify(address={"city": "Rome", "country": "IT"}),
        identify(address={"city": "Rome"}),
        [],
    ),
    ("birthday of the same day", identify(birthday="2000-01-01"), identify(birthday="2000-01-01T05:00:00Z"), []),
    ("falsy values are remembered", identify(a=0, b=False, c=""), identify(a=0, b=False, c=""), []),
]


@pytest.mark.parametrize(
    ("first", "second", "expected"), [row[1:] for row in REPEATED], ids=[row[0] for row in REPEATED]
)
def test_dedup_compares_with_the_last_identify_whoevers_it_was(
    first: dict[str, Any], second: dict[str, Any], expected: list[Any]
) -> None:
    assert run(DEDUP, first, second)[1] == expected


def test_dedup_memory_ends_with_the_process_and_not_with_reset() -> None:
    event = identify(email="e")
    first, state = calls("android", DEDUP, DeviceState(), event, verdict="deliver")
    assert calls("android", DEDUP, state.after_reset(), event, verdict="deliver")[0] == []
    assert calls("android", DEDUP, state.after_restart(), event, verdict="deliver")[0] == first


def test_dedup_after_an_identify_without_traits_throws() -> None:
    with pytest.raises(SdkError, match="NullPointerException"):
        run(DEDUP, {"type": "identify", "userId": "u1"}, identify(email="e"))


TRACK: list[tuple[Any, ...]] = [
    ("custom event", track("X", {"time": 1, "a": 2}), [["logCustomEvent", "X", {"time": 1, "a": 2}]]),
    ("null properties", track("X", None), [["logCustomEvent", "X"]]),
    ("empty name", track("", {}), [["logCustomEvent", "", {}]]),
    ("no name", track(None, {}), []),
    ("order in another case", track("order completed", {"a": 1}), [["logCustomEvent", "order completed", {"a": 1}]]),
    (
        "attribution",
        track("Install Attributed", {"campaign": {"source": "s", "name": "n", "ad_group": "g", "ad_creative": "c"}}),
        [["user.setAttributionData", "s", "n", "g", "c"]],
    ),
    (
        "attribution in part",
        track("Install Attributed", {"campaign": {}}),
        [["user.setAttributionData", None, None, None, None]],
    ),
    ("null campaign", track("Install Attributed", {"campaign": None}), []),
    ("no campaign", track("Install Attributed", {"a": 1}), [["logCustomEvent", "Install Attributed", {"a": 1}]]),
    ("attribution without properties", track("Install Attributed", None), [["logCustomEvent", "Install Attributed"]]),
    (
        "purchases without quantity",
        order(
            {"product_id": 7, "price": "9.5", "quantity": 2, "colour": "red", "currency": "x"},
            {"product_id": "p", "price": 0},
            currency="EUR",
            order_id="o",
            product_id="root",
            time=1,
            event_name="n",
            price=1,
            quantity=1,
        ),
        [
            ["logPurchase", "7", "EUR", 9.5, {"order_id": "o", "product_id": "root", "colour": "red", "currency": "x"}],
            ["logPurchase", "p", "EUR", 0.0, {"order_id": "o", "product_id": "root"}],
        ],
    ),
    ("missing currency", order({"product_id": "p", "price": 1}), [["logPurchase", "p", "null", 1.0, {}]]),
    ("empty currency", order({"product_id": "p", "price": 1}, currency=""), [["logPurchase", "p", "USD", 1.0, {}]]),
    ("incomplete products", order({"product_id": "p"}, {"price": 1}), []),
    ("no products", order(), []),
    ("order without properties", track("Order Completed", None), []),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in TRACK], ids=[row[0] for row in TRACK])
def test_track(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(PLAIN, event) == [expected]


@pytest.mark.parametrize(
    "event",
    [
        order({"product_id": "p", "price": 1}, {"product_id": "q", "price": "cheap"}),
        order({"product_id": "p", "price": None}),
        order("p"),
        track("Order Completed", {"products": {"product_id": "p"}}),
        track("Install Attributed", {"campaign": "c"}),
        track("Install Attributed", {"campaign": {"source": 5}}),
    ],
)
def test_what_java_cannot_read_loses_the_whole_event(event: dict[str, Any]) -> None:
    with pytest.raises(SdkError) as raised:
        run(PLAIN, event)
    assert raised.value.calls == ()


ECOMMERCE: list[tuple[Any, ...]] = [
    (
        "caller's source and action stay in metadata",
        "product added ",
        {"product_id": 12, "price": "1e3", "quantity": "2", "source": "x", "action": "y", "none": None},
        {
            "products": [{"product_id": "12", "variant_id": "12", "price": 1000.0, "quantity": 2}],
            "source": "android",
            "action": "add",
            "metadata": {"source": "x", "action": "y", "none": None},
        },
    ),
    (
        "booleans become texts, odd products metadata",
        "Order Completed",
        {"order_id": True, "total": "1.5f", "discount": "much", "discounts": "5", "products": "bad"},
        {
            "order_id": "true",
            "total_value": 1.5,
            "total_discounts": "much",
            "discounts": "5",
            "source": "android",
            "metadata": {"products": "bad"},
        },
    ),
    (
        "products of a list",
        "Checkout Started",
        {"products": [{"sku": "s", "quantity": "2.5", "colour": ""}, {}, 5]},
        {
            "products": [{"product_id": "s", "variant_id": "s", "quantity": "2.5", "metadata": {"colour": ""}}],
            "source": "android",
        },
    ),
    ("null properties", "Order Refunded", None, {"source": "android"}),
]


@pytest.mark.parametrize(
    ("name", "properties", "expected"), [row[1:] for row in ECOMMERCE], ids=[row[0] for row in ECOMMERCE]
)
def test_recommended_ecommerce_events(name: str, properties: Any, expected: dict[str, Any]) -> None:
    [[[method, _, sent]]] = run(RECOMMENDED, track(name, properties))
    assert (method, sent) == ("logCustomEvent", expected)


def test_other_events_stay_as_they_are_with_recommended_events_on() -> None:
    assert run(RECOMMENDED, track("Cart Viewed", {"a": 1})) == [[["logCustomEvent", "Cart Viewed", {"a": 1}]]]


@pytest.mark.parametrize("sdk", ["reactnative-android", "flutter-android", "reactnative", "flutter"])
def test_wrappers_run_the_native_code(sdk: str) -> None:
    events = [identify(firstname="Al", n=1), order({"product_id": "p", "price": 1})]
    assert run(PLAIN, *events, sdk=sdk) == run(PLAIN, *events)
