"""Recommended e-commerce events (cloud.md §7)."""

from collections.abc import Callable
from typing import Any

import pytest

Event = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
Recommend = Callable[..., tuple[str, Event]]


@pytest.fixture
def recommended(transformed: Transform) -> Recommend:
    """Name and properties of the recommended event that a track event becomes."""

    def run(name: str, properties: Any, **event: Any) -> tuple[str, Event]:
        given = {"type": "track", "event": name, "userId": "u", "properties": properties, **event}
        [(kind, body)] = transformed(given, recommended_events=True)
        assert kind == "events"
        return body["name"], body["properties"]

    return run


@pytest.mark.parametrize(
    ("name", "braze_name", "action"),
    [
        ("Product Viewed", "ecommerce.product_viewed", None),
        (" product viewed\ufeff", "ecommerce.product_viewed", None),
        ("PRODUCT ADDED", "ecommerce.cart_updated", "add"),
        ("Product Removed", "ecommerce.cart_updated", "remove"),
        ("Checkout Started", "ecommerce.checkout_started", None),
        ("Order Completed", "ecommerce.order_placed", None),
        ("Order Refunded", "ecommerce.order_refunded", None),
        ("Order Cancelled", "ecommerce.order_cancelled", None),
    ],
)
def test_names_are_matched_trimmed_and_in_any_case(
    name: str, braze_name: str, action: str | None, recommended: Recommend
) -> None:
    expected = {"source": "web"} | ({"action": action} if action else {})
    assert recommended(name, {}) == (braze_name, expected)


@pytest.mark.parametrize("name", ["Cart Viewed", "ProductViewed", "Product  Viewed"])
def test_other_events_stay_custom(name: str, recommended: Recommend) -> None:
    assert recommended(name, {"cart_id": "K"}) == (name, {"cart_id": "K"})


SUMS = {"subtotal_value": "4", "tax": "1", "shipping": 0}
DISCOUNTS = {"discount": "3", "discounts": ["x"]}


@pytest.mark.parametrize(
    ("name", "given", "sent"),
    [
        (
            "Product Viewed",
            {"product_id": 1, "sku": "S", "name": "N", "price": "2", "currency": "EUR", "image_url": "i", "url": "u"},
            {"product_id": "1", "variant_id": "S", "product_name": "N", "price": 2, "currency": "EUR"}
            | {"image_url": "i", "product_url": "u"},
        ),
        ("Product Viewed", {"type": ["price_drop"], "variant": 2.5}, {"type": ["price_drop"], "variant_id": "2.5"}),
        ("Product Viewed", {"quantity": 1, "products": [1]}, {"metadata": {"quantity": 1, "products": [1]}}),
        (
            "Product Added",
            {"cart_id": 7, "value": "5", "currency": "EUR", **SUMS, "products": []},
            {"cart_id": "7", "total_value": 5, "currency": "EUR", "subtotal_value": 4, "tax": 1, "shipping": 0}
            | {"action": "add"},
        ),
        (
            "Checkout Started",
            {"order_id": 9, "cart_id": "C", "revenue": "5", "currency": "EUR", **SUMS, **DISCOUNTS},
            {"checkout_id": "9", "cart_id": "C", "total_value": 5, "currency": "EUR", "subtotal_value": 4, "tax": 1}
            | {"shipping": 0, "metadata": DISCOUNTS},
        ),
        (
            "Order Completed",
            {"order_id": 9, "cart_id": "C", "total": "5", "currency": "EUR", **SUMS, **DISCOUNTS, "reason": "r"},
            {"order_id": "9", "cart_id": "C", "total_value": 5, "currency": "EUR", "subtotal_value": 4, "tax": 1}
            | {"shipping": 0, "total_discounts": 3, "discounts": ["x"], "metadata": {"reason": "r"}},
        ),
        (
            "Order Refunded",
            {"order_id": 9, "total": "5", "currency": "EUR", "tax": 1, "cart_id": "C", **DISCOUNTS},
            {"order_id": "9", "total_value": 5, "currency": "EUR", "total_discounts": 3, "discounts": ["x"]}
            | {"metadata": {"tax": 1, "cart_id": "C"}},
        ),
        (
            "Order Cancelled",
            {"order_id": 9, "total": "5", "currency": "EUR", "reason": "r", "cart_id": "C", **SUMS, **DISCOUNTS},
            {"order_id": "9", "total_value": 5, "currency": "EUR", "cancel_reason": "r", "subtotal_value": 4, "tax": 1}
            | {"shipping": 0, "total_discounts": 3, "discounts": ["x"], "metadata": {"cart_id": "C"}},
        ),
    ],
)
def test_every_field_has_its_place(name: str, given: Event, sent: Event, recommended: Recommend) -> None:
    assert recommended(name, given)[1] == {**sent, "source": "web"}


@pytest.mark.parametrize(
    ("given", "total"),
    [
        ({"total": 1, "revenue": 2, "value": 3}, 1),
        ({"total": None, "revenue": 2}, 2),
        ({"total": "", "value": 3}, 3),
        ({"total": 0, "value": 3}, 0),
        ({"total": False, "value": 3}, False),
        ({"total": "0x1F"}, 31),
        ({"total": " 1e3 "}, 1000),
        ({"total": "1_000"}, "1_000"),
        ({"total": [1]}, [1]),
        ({"total": True}, True),
    ],
)
def test_the_total_is_the_first_that_is_there_as_a_number(given: Event, total: Any, recommended: Recommend) -> None:
    properties = recommended("Order Refunded", given)[1]
    assert properties == {"total_value": total, "source": "web"}
    assert type(properties["total_value"]) is type(total)


@pytest.mark.parametrize(
    ("quantity", "sent"),
    [
        ("2", 2),
        (" -2 ", -2),
        ("007", 7),
        ("1.5", "1.5"),
        ("+2", "+2"),
        ("²", "²"),
        (2.5, 2.5),
        (True, True),
        ("--2", "--2"),
    ],
)
def test_quantities_are_whole_numbers_or_left_alone(quantity: Any, sent: Any, recommended: Recommend) -> None:
    [line] = recommended("Product Added", {"product_id": "p", "quantity": quantity})[1]["products"]
    assert line["quantity"] == sent
    assert type(line["quantity"]) is type(sent)


def test_lines_keep_what_has_no_place_as_metadata(recommended: Recommend) -> None:
    products = [{"sku": "S", "price": "2", "gift": True, "note": "", "time": "t"}, None, 5, {}, {"x": None}]
    properties = recommended("Order Completed", {"products": products})[1]
    assert properties["products"] == [
        {"product_id": "S", "variant_id": "S", "price": 2, "metadata": {"gift": True, "time": "t"}}
    ]


def test_a_cart_event_without_products_is_about_the_product_at_its_top(recommended: Recommend) -> None:
    given = {"product_id": "P", "quantity": "2", "coupon": "Z", "products": "x", "action": "mine"}
    assert recommended("Product Removed", given)[1] == {
        "products": [{"product_id": "P", "variant_id": "P", "quantity": 2}],
        "source": "web",
        "action": "remove",
        "metadata": {"coupon": "Z"},
    }


def test_a_cart_event_with_products_keeps_a_product_at_its_top_as_metadata(recommended: Recommend) -> None:
    properties = recommended("Product Added", {"product_id": "P", "products": [{"sku": "S"}]})[1]
    assert properties["metadata"] == {"product_id": "P"}
    assert properties["products"] == [{"product_id": "S", "variant_id": "S"}]


def test_an_action_of_other_events_is_metadata(recommended: Recommend) -> None:
    assert recommended("Order Refunded", {"action": "x"})[1] == {"source": "web", "metadata": {"action": "x"}}


def test_what_says_nothing_is_left_out(recommended: Recommend) -> None:
    given = {"a": 0, "b": False, "c": None, "d": "", "e": " \ufeff", "f": [], "g": {}, "h": {"i": None}, "k": [None]}
    properties = recommended("Order Refunded", {**given, "order_id": " ", "time": "t", "event_name": "n"})[1]
    assert properties == {"source": "web", "metadata": {"a": 0, "b": False, "h": {"i": None}, "k": [None]}}


@pytest.mark.parametrize(
    ("given", "source"),
    [
        ({"properties": {"source": " iOS "}, "channel": "web"}, "ios"),
        (
            {"properties": {"source": "kiosk"}, "channel": "mobile", "context": {"os": {"name": "Android 14"}}},
            "android",
        ),
        ({"channel": "mobile", "context": {"os": {"name": "iOS"}}}, "ios"),
        ({"channel": "web", "context": {"channel": "mobile", "os": {"name": "iOS"}}}, "ios"),
        ({"channel": "mobile", "context": {"channel": "web", "os": {"name": "iOS"}}}, "web"),
        ({"channel": "mobile", "context": {"os": {"name": "iPadOS"}}}, "web"),
        ({"channel": "mobile", "context": {"os": {"name": 5}}}, "web"),
        ({"channel": "mobile", "context": {"os": "iOS"}}, "web"),
        ({"channel": "server", "context": {"os": {"name": "iOS"}}}, "web"),
        ({}, "web"),
    ],
)
def test_the_source_is_stated_or_follows_from_the_channel(given: Event, source: str, recommended: Recommend) -> None:
    properties = recommended("Order Refunded", **{"properties": {}, **given})[1]
    assert properties == {"source": source}
