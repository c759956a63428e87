"""Order Completed becomes purchases (cloud.md §6; differences D8, D9)."""

from collections.abc import Callable
from typing import Any

import pytest

Event = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
ErrorOf = Callable[..., tuple[int, str]]

MUG = {"product_id": "mug", "price": 9.5, "quantity": 2}


def order(*products: Any, name: str = "Order Completed", **properties: Any) -> Event:
    listed = {"currency": "EUR", "products": list(products), **properties}
    return {"type": "track", "event": name, "userId": "u", "timestamp": "T", "properties": listed}


def test_each_product_is_one_purchase_in_order(transformed: Transform) -> None:
    event = order(MUG, {"sku": "S-2", "price": "12.00", "quantity": "1", "currency": "USD", "name": "Bowl"}, MUG)
    mug = {"product_id": "mug", "price": 9.5, "quantity": 2, "currency": "EUR", "time": "T", "external_id": "u"}
    assert transformed({**event, "traits": {"vip": True}}) == [
        ("attributes", {"vip": True, "external_id": "u"}),
        ("purchases", mug),
        ("purchases", {**mug, "product_id": "S-2", "price": 12, "quantity": 1}),
        ("purchases", mug),
    ]


@pytest.mark.parametrize("name", ["order completed", "ORDER COMPLETED"])
def test_the_name_is_read_in_any_case(name: str, transformed: Transform) -> None:
    assert [kind for kind, _ in transformed(order(MUG, name=name))] == ["purchases"]


@pytest.mark.parametrize("name", ["Order Completed ", " Order Completed", "Order Completed!", "OrderCompleted"])
def test_other_names_are_custom_events(name: str, transformed: Transform) -> None:
    assert [kind for kind, _ in transformed(order(MUG, name=name))] == ["events"]


@pytest.mark.parametrize(
    ("change", "field", "sent"),
    [
        ({"product_id": 501}, "product_id", "501"),
        ({"product_id": 5.5}, "product_id", "5.5"),
        ({"product_id": 0, "sku": "S"}, "product_id", "S"),
        ({"product_id": "", "sku": 7}, "product_id", "7"),
        ({"product_id": 0, "sku": ""}, "product_id", ""),
        ({"price": "7€"}, "price", 7),
        ({"price": -4}, "price", -4),
        ({"price": [3]}, "price", 3),
        ({"quantity": "2.9"}, "quantity", 2),
        ({"quantity": 0}, "quantity", 0),
    ],
)
def test_values_are_read_as_javascript_reads_them(change: Event, field: str, sent: Any, transformed: Transform) -> None:
    [(_, body)] = transformed(order({**MUG, **change}))
    assert body[field] == sent
    assert type(body[field]) is type(sent)


@pytest.mark.parametrize(
    ("root", "own", "sent"),
    [("CHF", "SEK", "CHF"), ("", "SEK", "SEK"), (None, "SEK", "SEK"), (978, "SEK", "SEK"), ("CHF", None, "CHF")],
)
def test_the_orders_currency_wins_over_the_products(root: Any, own: Any, sent: str, transformed: Transform) -> None:
    [(_, body)] = transformed(order({**MUG, "currency": own}, currency=root))
    assert body["currency"] == sent


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        (None, "Products array is missing in the message"),
        ("", "Products array is missing in the message"),
        (0, "Products array is missing in the message"),
        ({}, "Products is not an array"),
        ("mug", "Products is not an array"),
        ([], "Products array is empty"),
        ([None, "mug", 5, [MUG]], "Products array is empty"),
        ([{"price": 1, "quantity": 1}], "Product Id is missing for product at index: 0"),
        ([{**MUG, "product_id": None, "sku": None}], "Product Id is missing for product at index: 0"),
        ([{**MUG, "product_id": 0}], "Product Id is missing for product at index: 0"),
        ([None, MUG, {**MUG, "price": None}], "Price is missing for product at index: 1"),
        ([{**MUG, "price": "free"}], "Price is not a number for product at index: 0"),
        ([{**MUG, "price": True}], "Price is not a number for product at index: 0"),
        ([{**MUG, "price": []}], "Price is not a number for product at index: 0"),
        ([MUG, MUG, {**MUG, "quantity": None}], "Quantity is missing for product at index: 2"),
        ([{**MUG, "quantity": {"n": 1}}], "Quantity is not a number for product at index: 0"),
        ([{**MUG, "quantity": False}], "Quantity is not a number for product at index: 0"),
    ],
)
def test_an_order_with_an_unusable_product_is_refused(products: Any, reason: str, error_of: ErrorOf) -> None:
    assert error_of(order(products=products)) == (400, f"Invalid Order Completed event: {reason}")


@pytest.mark.parametrize(("root", "own"), [("", None), (None, ""), (978, 5), (None, None)])
def test_an_order_needs_a_currency(root: Any, own: Any, error_of: ErrorOf) -> None:
    message = "Invalid Order Completed event: Message properties and product at index: 1 is missing currency"
    assert error_of(order({**MUG, "currency": "EUR"}, {**MUG, "currency": own}, currency=root)) == (400, message)


def test_an_order_without_any_time_is_refused(error_of: ErrorOf) -> None:
    message = "Invalid Order Completed event: Timestamp is missing in the message"
    assert error_of({**order(MUG), "timestamp": None}) == (400, message)


def test_extra_properties_go_along_only_when_asked_for(transformed: Transform) -> None:
    product = {**MUG, "sku": "S", "currency": "SEK", "color": None, "time": "t"}
    [(_, without)] = transformed(order(product))
    [(_, with_extra), (_, plain)] = transformed(order(product, MUG), purchase_properties=True)
    assert "properties" not in without
    assert with_extra["properties"] == {"color": None, "time": "t"}
    assert "properties" not in plain


def test_purchases_carry_the_app_and_the_alias(transformed: Transform) -> None:
    event = {**order(MUG), "userId": None, "anonymousId": "an", "integrations": {"Braze": {"appId": 9}}}
    [(_, body)] = transformed(event)
    assert body["app_id"] == "9"
    assert body["user_alias"] == {"alias_name": "an", "alias_label": "rudder_id"}
    assert body["_update_existing_only"] is False
