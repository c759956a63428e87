"""`Order Completed` becomes one purchase object per product (cloud.md §6 with differences D8 and D9)."""

from typing import Any

from router.braze.objects import Body, Item
from router.braze.options import TransformOptions
from router.braze.transform.javascript import parse_float, parse_int, text_of, truthy
from router.errors import InvalidEvent

ORDER_COMPLETED = "order completed"
_PURCHASE_FIELDS = frozenset({"product_id", "sku", "price", "quantity", "currency"})


def purchase_items(properties: Body, options: TransformOptions, *, time: Any, owner: Body) -> list[Item]:
    """The purchases of one order, in product order; `owner` are the user's and the app's fields."""
    products = _products(properties)
    return [
        Item("purchases", _purchase(product, properties, options, index) | {"time": time} | owner)
        for index, product in enumerate(products)
    ]


def invalid_order(reason: str) -> InvalidEvent:
    """The error of an order that gives no purchases."""
    return InvalidEvent(f"Invalid Order Completed event: {reason}")


def _products(properties: Body) -> list[Body]:
    listed = properties.get("products")
    if not truthy(listed):
        raise invalid_order("Products array is missing in the message")
    if not isinstance(listed, list):
        raise invalid_order("Products is not an array")
    products = [product for product in listed if isinstance(product, dict)]
    if not products:
        raise invalid_order("Products array is empty")
    return products


def _purchase(product: Body, properties: Body, options: TransformOptions, index: int) -> Body:
    purchase = {
        "product_id": _product_id(product, index),
        "price": _price(product, index),
        "quantity": _quantity(product, index),
        "currency": _currency(properties, product, index),
    }
    if options.purchase_properties and (extra := _extra(product)):
        purchase["properties"] = extra
    return purchase


def _product_id(product: Body, index: int) -> str:
    found = product.get("product_id")
    found = found if truthy(found) else product.get("sku")
    if found is None:
        raise invalid_order(f"Product Id is missing for product at index: {index}")
    return text_of(found)


def _price(product: Body, index: int) -> float:
    if product.get("price") is None:
        raise invalid_order(f"Price is missing for product at index: {index}")
    price = parse_float(product["price"])
    if price is None:
        raise invalid_order(f"Price is not a number for product at index: {index}")
    return price


def _quantity(product: Body, index: int) -> float:
    if product.get("quantity") is None:
        raise invalid_order(f"Quantity is missing for product at index: {index}")
    quantity = parse_int(product["quantity"])
    if quantity is None:
        raise invalid_order(f"Quantity is not a number for product at index: {index}")
    return quantity


def _currency(properties: Body, product: Body, index: int) -> str:
    for found in (properties.get("currency"), product.get("currency")):
        if found and isinstance(found, str):
            return found
    raise invalid_order(f"Message properties and product at index: {index} is missing currency")


def _extra(product: Body) -> Body:
    return {name: value for name, value in product.items() if name not in _PURCHASE_FIELDS}
