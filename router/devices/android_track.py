"""What RudderStack's legacy Android SDK does with a track on the Braze Android SDK: custom event, purchases, attribution.

Source: rudder-integration-braze-android `BrazeIntegrationFactory.java` (executed against stubs). The quantity of a product is lost.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.trims import TRIMS
from router.devices.ecommerce import recommended_event
from router.devices.java import double_of, flag, string, text_of
from router.devices.mobile_ecommerce import recommended_call
from router.devices.native_traits import name_of, properties_of
from router.devices.sdk_calls import Call, SdkError, call
from router.devices.state import DeviceState, Event

Json = Any
Config = Mapping[str, Any]

_NOT_OF_AN_ORDER = frozenset({"products", "quantity", "price", "time", "event_name", "currency"})
_OF_A_PRODUCT = frozenset({"product_id", "quantity", "price"})


def track(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """Nothing without a name; names are matched as they are spelt."""
    name, properties = name_of(event), properties_of(event)
    if name is None:
        return
    recommended = (
        recommended_event(TRIMS["android"](name)) if flag(config.get("useEcommerceRecommendedEvents")) else None
    )
    if recommended:
        yield recommended_call(recommended, properties, source="android")
    elif name == "Install Attributed" and properties is not None and "campaign" in properties:
        yield from _attribution(properties["campaign"])
    elif name == "Order Completed":
        yield from _purchases(properties or {})
    else:
        yield call("logCustomEvent", name) if properties is None else call("logCustomEvent", name, properties)


def _attribution(campaign: Json) -> Iterator[Call]:
    if campaign is None:
        return
    if not isinstance(campaign, dict):
        raise SdkError("campaign cannot be cast to java.util.Map")
    parts = (string(campaign.get(key), key) for key in ("source", "name", "ad_group", "ad_creative"))
    yield call("user.setAttributionData", *parts)


def _purchases(properties: dict[str, Json]) -> Iterator[Call]:
    """One purchase per product; all are read before the first is logged, so one that cannot be read loses the order."""
    products = properties.get("products")
    if not products and (products is None or isinstance(products, list)):
        return
    if not isinstance(products, list):
        raise SdkError("products cannot be cast to java.util.List")
    rest = {key: value for key, value in properties.items() if key not in _NOT_OF_AN_ORDER}
    currency = text_of(properties.get("currency")) or "USD"
    yield from [_purchase(product, currency, rest) for product in products if _is_complete(product)]


def _is_complete(product: Json) -> bool:
    if not isinstance(product, dict):
        raise SdkError("product cannot be cast to java.util.Map")
    _price(product)
    return "product_id" in product and "price" in product


def _purchase(product: dict[str, Json], currency: str, rest: dict[str, Json]) -> Call:
    extra = {key: value for key, value in product.items() if key not in _OF_A_PRODUCT}
    return call("logPurchase", text_of(product["product_id"]), currency, _price(product), rest | extra)


def _price(product: dict[str, Json]) -> float | None:
    if "price" not in product:
        return None
    price = double_of(text_of(product["price"]))
    if price is None:
        raise SdkError("java.lang.NumberFormatException: the price is no number")
    return price
