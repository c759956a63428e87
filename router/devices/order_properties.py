"""The properties that the Kotlin and Swift integrations give to every purchase of an order."""

from typing import Any

_OF_AN_ORDER = frozenset({"currency", "products"})
_OF_A_PRODUCT = frozenset({"product_id", "price", "quantity"})


def shared_properties(properties: dict[str, Any], products: list[dict[str, Any]]) -> dict[str, Any]:
    """The order's own properties, and over them the extra keys of all its products: the last product wins."""
    shared = {key: value for key, value in properties.items() if key not in _OF_AN_ORDER}
    for product in products:
        shared |= {key: value for key, value in product.items() if key not in _OF_A_PRODUCT}
    return shared
