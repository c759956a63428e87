"""What RudderStack's current Swift SDK does with a track on the Braze Swift SDK: custom event, purchases, attribution.

Source: integration-swift-braze: `BrazeIntegration.swift`, `BrazeAdapter.swift`, `RudderBrazeConfig.swift` (read, not executed).
Defaults that its code intends, such as USD, are lost where its decoder wants the key to be there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.devices.native_traits import name_of, properties_of
from router.devices.order_properties import shared_properties
from router.devices.sdk_calls import Call, call
from router.devices.state import DeviceState, Event

Json = Any
Config = Mapping[str, Any]


class _Campaign(msgspec.Struct, frozen=True):
    """What an installation is attributed to, in the order of Braze's AttributionData."""

    source: str | None = None
    name: str | None = None
    ad_group: str | None = None
    ad_creative: str | None = None


class _Product(msgspec.Struct, frozen=True):
    """A product as the decoder wants it."""

    product_id: str | None = None
    price: float | None = None
    quantity: float | None = None


class _Order(msgspec.Struct, frozen=True):
    """An order as the decoder wants it; currency and products have no default."""

    currency: str
    products: list[_Product]


def track(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """Nothing without a name; names are matched as they are spelt."""
    name, properties = name_of(event), properties_of(event) or {}
    if name is None:
        return
    if name == "Install Attributed" and (campaign := _campaign(properties)):
        yield call("user.setAttributionData", *msgspec.structs.astuple(campaign))
    elif name == "Order Completed":
        yield from _purchases(properties)
    else:
        yield call("logCustomEvent", name, properties) if properties else call("logCustomEvent", name)


def _campaign(properties: dict[str, Json]) -> _Campaign | None:
    try:
        return msgspec.convert(properties.get("campaign"), _Campaign | None)
    except msgspec.ValidationError:
        return None


def _purchases(properties: dict[str, Json]) -> Iterator[Call]:
    """No purchase at all where the order does not decode: no currency, a numeric product id, a quantity in text."""
    order = _decoded(properties)
    if order is None:
        return
    shared = shared_properties(properties, properties["products"])
    for product in order.products:
        if product.product_id is not None or product.price:
            price, quantity = product.price or 0.0, int(1 if product.quantity is None else product.quantity)
            yield call("logPurchase", product.product_id or "", order.currency, price, quantity, shared)


def _decoded(properties: dict[str, Json]) -> _Order | None:
    try:
        order = msgspec.convert(properties, _Order)
    except msgspec.ValidationError:
        return None
    return order if all((product.quantity or 0.0).is_integer() for product in order.products) else None
