"""The current Swift integration: identify, dedup, track, purchases."""

from typing import Any

import pytest

from router.devices import DeviceState, calls

PLAIN = {"connectionMode": "device", "appKey": "A", "dataCenter": "US-03", "supportDedup": False}
DEDUP = PLAIN | {"supportDedup": True}


def identify(user_id: Any = "u1", *, external_id: Any = None, **traits: Any) -> dict[str, Any]:
    ids = [{"type": "brazeExternalId", "id": external_id}] if external_id is not None else []
    return {"type": "identify", "userId": user_id, "context": {"traits": traits, "externalId": ids}}


def track(name: Any, properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": name, "properties": properties}


def order(*products: Any, **properties: Any) -> dict[str, Any]:
    return track("Order Completed", {"products": list(products), "currency": "EUR"} | properties)


def run(config: dict[str, Any], *events: dict[str, Any]) -> list[Any]:
    """The calls of every event in turn."""
    state, done = DeviceState(), []
    for event in events:
        each, state = calls("iosSwift", config, state, event, verdict="deliver")
        done.append(each)
    return done


IDENTIFY: list[tuple[Any, ...]] = [
    (
        "everything, in order",
        identify(
            address={"city": "Rome", "zip": 1},
            phone="1",
            gender="MALE",
            lastName="Be",
            firstName="",
            email="e",
            birthday="2000-10-23T23:30:00.000-05:00",
        ),
        [
            ["changeUser", "u1"],
            ["user.setDateOfBirth", {"$time": "2000-10-24T04:30:00.000Z"}],
            ["user.setEmail", "e"],
            ["user.setFirstName", ""],
            ["user.setLastName", "Be"],
            ["user.setGender", "m"],
            ["user.setPhoneNumber", "1"],
            ["user.setHomeCity", "Rome"],
        ],
    ),
    ("no user id", identify(""), []),
    ("external id before user id", identify("u1", external_id="x"), [["changeUser", "x"]]),
    ("a birthday without fractional seconds", identify(birthday="2000-10-23T00:00:00Z"), [["changeUser", "u1"]]),
    (
        "one trait of the wrong type loses all standard ones and the external id",
        identify("u1", external_id="x", email="e", phone=123, plan="p"),
        [["changeUser", "u1"], ["user.setCustomAttribute", "plan", "p"]],
    ),
    ("address of the wrong type", identify(email="e", address="Rome"), [["changeUser", "u1"]]),
    (
        "a context without traits is not read",
        {"type": "identify", "userId": "u1", "context": {"externalId": [{"type": "brazeExternalId", "id": "x"}]}},
        [["changeUser", "u1"]],
    ),
    (
        "custom attributes by type",
        identify(a=True, b=5, c=1.5, d="true", e="2024-01-15T10:30:45.123Z", f="2024-01-15", g=[1], h={}, i=None),
        [
            ["changeUser", "u1"],
            ["user.setCustomAttribute", "a", True],
            ["user.setCustomAttribute", "b", 5],
            ["user.setCustomAttribute", "c", 1.5],
            ["user.setCustomAttribute", "d", "true"],
            ["user.setCustomAttribute", "e", {"$time": "2024-01-15T10:30:45.123Z"}],
            ["user.setCustomAttribute", "f", "2024-01-15"],
        ],
    ),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in IDENTIFY], ids=[row[0] for row in IDENTIFY])
def test_identify(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(PLAIN, event) == [expected]


REPEATED: list[tuple[Any, ...]] = [
    ("the same", identify(email="e", n=1), identify(email="e", n=1), []),
    (
        "another user loses what is equal",
        identify("u1", email="e", plan="p"),
        identify("u2", email="e", plan="q"),
        [["changeUser", "u2"], ["user.setCustomAttribute", "plan", "q"]],
    ),
    (
        "unchanged external id with another user id",
        identify("u1", external_id="x"),
        identify("u2", external_id="x"),
        [["changeUser", "u2"]],
    ),
    (
        "a changed address goes out whole, without what is missing",
        identify(address={"city": "Rome", "country": "IT"}),
        identify(address={"city": "Rome"}),
        [["user.setHomeCity", "Rome"]],
    ),
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
        track("Install Attributed", {"campaign": {"source": "s", "name": None, "other": 1}}),
        [["user.setAttributionData", "s", None, None, None]],
    ),
    (
        "campaign that does not decode",
        track("Install Attributed", {"campaign": {"source": 5}}),
        [["logCustomEvent", "Install Attributed", {"campaign": {"source": 5}}]],
    ),
    (
        "purchases share the extra keys of all products",
        order(
            {"product_id": "p", "price": 9, "quantity": 2.0, "colour": "red"},
            {"price": 1, "colour": "blue"},
            {"product_id": "q"},
            {"price": 0},
            order_id="o",
        ),
        [
            ["logPurchase", "p", "EUR", 9.0, 2, {"order_id": "o", "colour": "blue"}],
            ["logPurchase", "", "EUR", 1.0, 1, {"order_id": "o", "colour": "blue"}],
            ["logPurchase", "q", "EUR", 0.0, 1, {"order_id": "o", "colour": "blue"}],
        ],
    ),
    ("missing currency", track("Order Completed", {"products": [{"product_id": "p", "price": 1}]}), []),
    ("missing products", track("Order Completed", {"currency": "EUR"}), []),
    ("numeric id", order({"product_id": 7, "price": 1}), []),
    ("price in text", order({"product_id": "p", "price": "1"}), []),
    ("quantity in text", order({"product_id": "p", "price": 1, "quantity": "2"}), []),
    ("broken quantity", order({"product_id": "p", "price": 1, "quantity": 2.5}), []),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in TRACK], ids=[row[0] for row in TRACK])
def test_track(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(PLAIN, event) == [expected]
