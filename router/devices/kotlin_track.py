"""What RudderStack's Kotlin SDK does with a track on the Braze Android SDK: custom event, purchases, attribution.

Source: rudder-sdk-kotlin, `integrations/braze`: `BrazeIntegration.kt`, `RudderBrazeConfig.kt`, `Utils.kt` (read, not executed).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from router.devices.java import double_of, long_of
from router.devices.kotlin import decoded_text
from router.devices.native_traits import name_of, properties_of
from router.devices.order_properties import shared_properties
from router.devices.sdk_calls import Call, SdkError, call
from router.devices.state import DeviceState, Event

Json = Any
Config = Mapping[str, Any]


def track(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """Nothing without a name; names are matched as they are spelt."""
    name, properties = name_of(event), properties_of(event) or {}
    if name is None:
        return
    if name == "Install Attributed" and (campaign := _campaign(properties.get("campaign"))):
        yield call("user.setAttributionData", *campaign)
    elif name == "Order Completed":
        yield from _purchases(properties)
    else:
        yield call("logCustomEvent", name, properties) if properties else call("logCustomEvent", name)


def _campaign(value: Json) -> list[str | None] | None:
    """Network, campaign, ad group and creative; None where the campaign does not decode."""
    if not isinstance(value, dict):
        return None
    parts = [value.get(key) for key in ("source", "name", "ad_group", "ad_creative")]
    return None if any(isinstance(part, dict | list) for part in parts) else list(map(decoded_text, parts))


def _purchases(properties: dict[str, Json]) -> Iterator[Call]:
    products = properties.get("products", [])
    if not isinstance(products, list) or not all(isinstance(product, dict) for product in products):
        raise SdkError("products is no list of objects: java.lang.IllegalArgumentException")
    shared = shared_properties(properties, products)
    currency = decoded_text(properties.get("currency", "USD"))
    if currency is None:
        raise SdkError("currency is null: kotlinx.serialization.SerializationException")
    for product_id, price, quantity in [_product(product) for product in products]:
        if product_id is not None or price is not None:
            yield call("logPurchase", product_id, currency, price, quantity, shared)


def _product(product: dict[str, Json]) -> tuple[str | None, float | None, int]:
    price, quantity = decoded_text(product.get("price")), decoded_text(product.get("quantity", 1))
    price_read = None if price is None else double_of(price)
    quantity_read = long_of(quantity or "")
    if (price is not None and price_read is None) or quantity_read is None:
        raise SdkError("price or quantity is no number: java.lang.NumberFormatException")
    return decoded_text(product.get("product_id")), price_read, quantity_read
