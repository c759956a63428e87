"""What RudderStack's legacy iOS SDK does with a track on the Braze Swift SDK: custom event, purchases, attribution.

Source: rudder-integration-braze-ios `RudderBrazeIntegration.m`.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from policies.trims import TRIMS
from router.devices.cocoa import decimal_value, flag, int_value, text_of
from router.devices.ecommerce import Recommended, recommended_event
from router.devices.mobile_ecommerce import recommended_call
from router.devices.native_traits import name_of, properties_of
from router.devices.sdk_calls import Call, SdkError, call
from router.devices.state import DeviceState, Event

Json = Any
Config = Mapping[str, Any]

_OF_A_PRODUCT = frozenset({"product_id", "quantity", "price"})
_NOT_OF_AN_ORDER = _OF_A_PRODUCT | {"products", "time", "event_name", "currency"}


def track(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """Nothing without a name; names are matched as they are spelt."""
    name, properties = name_of(event), properties_of(event)
    if name is None:
        return
    if recommended := _recommended(config, name):
        yield recommended_call(recommended, properties, source="ios")
    elif name == "Install Attributed" and isinstance(campaign := (properties or {}).get("campaign"), dict):
        parts = (campaign.get(key) for key in ("source", "name", "ad_group", "ad_creative"))
        yield call("user.setAttributionData", *parts)
    elif name == "Order Completed":
        yield from _purchases(properties or {})
    else:
        yield call("logCustomEvent", name, properties)


def _recommended(config: Config, name: str) -> Recommended | None:
    on = flag(config.get("useEcommerceRecommendedEvents"))
    return recommended_event(TRIMS["swift"](name)) if on else None


def _purchases(properties: dict[str, Json]) -> Iterator[Call]:
    products = properties.get("products")
    if not products and isinstance(products, list | dict | None):
        return
    if not isinstance(products, list) or not all(isinstance(product, dict) for product in products):
        raise SdkError("products is no list of objects: unrecognized selector")
    rest = {key: value for key, value in properties.items() if key not in _NOT_OF_AN_ORDER}
    for product in products:
        yield from _purchase(product, _currency(properties), rest)


def _currency(properties: dict[str, Json]) -> str:
    currency = properties.get("currency")
    return currency if isinstance(currency, str) and len(currency) == 3 else "USD"


def _purchase(product: dict[str, Json], currency: str, rest: dict[str, Json]) -> Iterator[Call]:
    """A product without id or without price is skipped; a price that is no number is logged as NaN, here null."""
    price = decimal_value(product.get("price"))
    if "product_id" not in product or price is None:
        return
    quantity = int_value(text_of(product["quantity"])) if "quantity" in product else 1
    extra = {key: value for key, value in product.items() if key not in _OF_A_PRODUCT}
    shown = None if math.isnan(price) else price
    yield call("logPurchase", text_of(product["product_id"]), currency, shown, quantity, rest | extra)
