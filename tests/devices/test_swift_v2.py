"""The old Swift integration (v2): identify, track, purchases; it has no dedup and does not look at the mode."""

from typing import Any

import pytest

from router.devices import DeviceState, calls

CONFIG = {"connectionMode": "hybrid", "appKey": "A", "dataCenter": "US-03", "supportDedup": True}


def identify(user_id: Any = "u1", *, external_ids: Any = None, **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user_id, "context": {"traits": traits, "externalId": external_ids}}


def track(name: Any, properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": name, "properties": properties}


def order(*products: Any, **properties: Any) -> dict[str, Any]:
    return track("Order Completed", {"products": list(products)} | properties)


EXTERNAL = [{"type": "brazeExternalId", "id": "x"}]
ROWS: list[tuple[Any, ...]] = [
    (
        "everything, in order",
        identify(
            address={"country": "IT", "city": "Rome"},
            phone="1",
            gender="other",
            birthday="2000-10-23T00:00:00.000Z",
            firstName="Al",
            email="e",
            lastName="Be",
        ),
        [
            ["changeUser", "u1"],
            ["user.setLastName", "Be"],
            ["user.setEmail", "e"],
            ["user.setFirstName", "Al"],
            ["user.setDateOfBirth", {"$time": "2000-10-23T00:00:00.000Z"}],
            ["user.setGender", "o"],
            ["user.setPhoneNumber", "1"],
            ["user.setHomeCity", "Rome"],
            ["user.setCountry", "IT"],
        ],
    ),
    ("unknown gender", identify(gender="nb"), [["changeUser", "u1"], ["user.setGender", "u"]]),
    ("birthday in another notation", identify(birthday="2000-10-23"), [["changeUser", "u1"]]),
    ("user id before external id", identify("u1", external_ids=EXTERNAL), [["changeUser", "u1"]]),
    ("external id without user id", identify("", external_ids=EXTERNAL), [["changeUser", "x"]]),
    ("external ids that are not all texts", identify("", external_ids=[*EXTERNAL, {"type": "t", "id": 5}]), []),
    ("nobody", identify(None), []),
    (
        "custom attributes by type",
        identify(anonymousId="a", userId="u1", b=True, n=5, s="x", l=[1], m={}, z=None),
        [
            ["changeUser", "u1"],
            ["user.setCustomAttribute", "userId", "u1"],
            ["user.setCustomAttribute", "b", True],
            ["user.setCustomAttribute", "n", 5],
            ["user.setCustomAttribute", "s", "x"],
            ["user.setCustomAttributeArray", "l", [1]],
        ],
    ),
    ("custom event", track("X", {"a": 1}), [["logCustomEvent", "X", {"a": 1}]]),
    ("custom event without properties", track("X", None), [["logCustomEvent", "X", None]]),
    ("no name", track(None, {}), []),
    (
        "attribution",
        track("Install Attributed", {"campaign": {"source": "s", "name": 5}}),
        [["user.setAttributionData", "s", None, None, None]],
    ),
    ("no campaign", track("Install Attributed", {"a": 1}), []),
    (
        "purchases, the order's own keys over the product's",
        order(
            {"product_id": 7, "price": "9.5", "quantity": "2", "colour": "red", "shop": "product"},
            {"product_id": "p", "price": 1, "quantity": "2.5"},
            {"product_id": "q", "price": "free"},
            {"price": 1},
            {},
            currency="EUR",
            shop="order",
            total="12",
        ),
        [
            ["logPurchase", "7", "EUR", 9.5, 2, {"colour": "red", "shop": "order", "revenue": 12.0}],
            ["logPurchase", "p", "EUR", 1.0, 1, {"shop": "order", "revenue": 12.0}],
        ],
    ),
    (
        "currency of another length",
        order({"product_id": "p", "price": 1}, currency="EURO"),
        [["logPurchase", "p", "USD", 1.0, 1, {}]],
    ),
    (
        "revenue makes a purchase of any event",
        track("Subscribed", {"revenue": "5", "currency": "EUR", "plan": "p"}),
        [["logPurchase", "Subscribed", "EUR", 5.0, 1, {"plan": "p"}]],
    ),
    ("revenue that is no number", track("Subscribed", {"revenue": "much"}), []),
    ("order without products", track("Order Completed", {"products": [], "total": 5}), []),
    ("order without properties", track("Order Completed", None), []),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_calls(event: dict[str, Any], expected: list[Any]) -> None:
    assert calls("iosSwift-v2", CONFIG, DeviceState(), event, verdict="deliver")[0] == expected


def test_every_identify_is_a_full_one() -> None:
    first, state = calls("iosSwift-v2", CONFIG, DeviceState(), identify(email="e"), verdict="deliver")
    assert calls("iosSwift-v2", CONFIG, state, identify(email="e"), verdict="deliver")[0] == first
