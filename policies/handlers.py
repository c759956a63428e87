"""What an SDK's Braze integration makes of a track or page before it calls Braze: nothing at all, an exception, or a call.

Only what can be told from the event alone; the calls themselves are in `router.devices`. Sources: rudder-sdk-js `Braze/browser.js`;
rudder-integration-braze-android, -ios; rudder-sdk-kotlin; integration-swift-braze; rudder-integration-braze-swift.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from policies.facts import Facts
from policies.javascript import truthy
from policies.sdks import WEB, Code

_SPECIAL = frozenset({"order completed", "install attributed"})
"""Names (in lower case) that some integration takes for more than a custom event."""
_ECOMMERCE: frozenset[Code] = WEB | {"android", "ios"}
"""SDKs that know `useEcommerceRecommendedEvents`; with it an order is one custom event, products or not."""


def reads_properties(name: str | None) -> bool:
    """Whether any SDK looks into the properties of a track of this name before it calls Braze."""
    return name is not None and name.lower() in _SPECIAL


def is_ordinary(name: str | None) -> bool:
    """Whether no SDK looks into the properties of a track of this name, unless they are null."""
    return not reads_properties(name)


def sends_nothing(code: Code, facts: Facts, config: Mapping[str, Any]) -> str | None:
    """Why the integration makes no call for a track, or None when it makes one (or throws)."""
    name = facts.name
    if name and name.lower() not in _SPECIAL:
        return None
    if name is None and not (code in WEB and truthy(facts.odd_name)):
        return "the event has no name"
    if name == "" and code in WEB:
        return "the event's name is empty"
    return _nothing_special(code, name or "", facts.properties, config)


def throws(code: Code, facts: Facts, config: Mapping[str, Any]) -> str | None:
    """Why the web integration's own code throws on a track or page, or None."""
    name = facts.name
    if name is None and facts.type == "track" and truthy(facts.odd_name):
        return "the event's name is no text"
    if facts.properties is None:
        return "properties are null"
    if not name or facts.type != "track" or name.lower() not in _SPECIAL:
        return None
    if _is_purchases(code, name, config) and None in _products(_decoded(facts.properties)):
        return "a product is null"
    return None


def _nothing_special(code: Code, name: str, properties: Any, config: Mapping[str, Any]) -> str | None:
    if properties is None and code in WEB:
        return None
    data = _decoded(properties)
    if _is_purchases(code, name, config) and _no_product(code, data):
        return "the order has no complete product, and each would be a purchase"
    return _no_campaign(code, name, data)


def _is_purchases(code: Code, name: str, config: Mapping[str, Any]) -> bool:
    """Whether the track is an order that becomes one purchase per product. The web SDK ignores case."""
    if name != "Order Completed" and (code not in WEB or name.lower() != "order completed"):
        return False
    return code not in _ECOMMERCE or not truthy(config.get("useEcommerceRecommendedEvents"))


def _no_product(code: Code, properties: Any) -> bool:
    """Whether an order yields no purchase. Items that are no objects are for `throws` to judge."""
    if code == "swift-v2" and _member(properties, "revenue") is not msgspec.UNSET:
        return False
    if code == "swift" and not isinstance(_member(properties, "currency"), str):
        return True
    products = _products(properties)
    return all(isinstance(product, Mapping) and not _COMPLETE[code](product) for product in products)


def _has_all(product: Mapping[str, Any]) -> bool:
    return all(truthy(product.get(key)) for key in ("quantity", "price", "product_id"))


def _has_id_and_price(product: Mapping[str, Any]) -> bool:
    return "product_id" in product and "price" in product


def _has_id_or_price(product: Mapping[str, Any]) -> bool:
    return "product_id" in product or "price" in product


_COMPLETE: Mapping[Code, Callable[[Mapping[str, Any]], bool]] = {
    "web": _has_all,
    "web-v1.1": _has_all,
    "android": _has_id_and_price,
    "ios": _has_id_and_price,
    "kotlin": _has_id_or_price,
    "swift": _has_id_or_price,
    "swift-v2": _has_id_and_price,
}
"""Which products of an order become a purchase."""


def _no_campaign(code: Code, name: str, properties: Any) -> str | None:
    """Legacy Android and the old Swift plug-in take `Install Attributed` for an attribution and want its campaign."""
    if name != "Install Attributed" or code not in ("android", "swift-v2"):
        return None
    campaign = _member(properties, "campaign")
    if isinstance(campaign, Mapping) or (campaign is msgspec.UNSET and code == "android"):
        return None
    return "the install has no campaign object to attribute it to"


def _decoded(properties: Any) -> Any:
    return msgspec.json.decode(properties) if isinstance(properties, msgspec.Raw) else properties


def _products(properties: Any) -> list[Any]:
    products = _member(properties, "products")
    return products if isinstance(products, list) else []


def _member(properties: Any, key: str) -> Any:
    return properties.get(key, msgspec.UNSET) if isinstance(properties, Mapping) else msgspec.UNSET
