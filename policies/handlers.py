"""What an SDK's Braze integration makes of a track or page before it calls Braze: nothing at all, an exception, or a call.

Only what can be told from the event alone; the calls themselves are in `router.devices`. Sources: rudder-sdk-js `Braze/browser.js`;
rudder-integration-braze-android, -ios; rudder-sdk-kotlin; integration-swift-braze; rudder-integration-braze-swift.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from policies.facts import Facts
from policies.javascript import truthy
from policies.sdks import Code

_WEB: frozenset[Code] = frozenset({"web", "web-v1.1"})
_SPECIAL = frozenset({"order completed", "install attributed"})
"""Names (in lower case) that some integration takes for more than a custom event."""
_ECOMMERCE: frozenset[Code] = frozenset({"web", "web-v1.1", "android", "ios"})
"""SDKs that know `useEcommerceRecommendedEvents`; with it an order is one custom event, products or not."""


def sends_nothing(code: Code, facts: Facts, config: Mapping[str, Any]) -> str | None:
    """Why the integration makes no call for a track, or None when it makes one (or throws)."""
    name = facts.name
    if name and name.lower() not in _SPECIAL:
        return None
    if name is None and not (code in _WEB and truthy(facts.odd_name)):
        return "the event has no name"
    if name == "" and code in _WEB:
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
    if properties is None and code in _WEB:
        return None
    data = _decoded(properties)
    if _is_purchases(code, name, config) and _no_product(code, data):
        return "the order has no products, and each product would be a purchase"
    return _no_campaign(code, name, data)


def _is_purchases(code: Code, name: str, config: Mapping[str, Any]) -> bool:
    """Whether the track is an order that becomes one purchase per product. The web SDK ignores case."""
    if name != "Order Completed" and (code not in _WEB or name.lower() != "order completed"):
        return False
    return code not in _ECOMMERCE or not truthy(config.get("useEcommerceRecommendedEvents"))


def _no_product(code: Code, properties: Any) -> bool:
    if code == "swift-v2" and _member(properties, "revenue") is not msgspec.UNSET:
        return False
    return not _products(properties)


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
