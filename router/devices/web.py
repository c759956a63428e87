"""What RudderStack's web SDK does with an event on the Braze Web SDK (v3 and v1.1 share the integration).

Source: rudder-sdk-js `Braze/browser.js` and `Braze/utils.js`, as executed against a recorder (conformance `device-web.jsonl`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from policies.javascript import trim, truthy
from router.devices.ecommerce import recommended_event, recommended_properties
from router.devices.javascript import entries, is_same, member, optional_member
from router.devices.sdk_calls import Call, SdkError, call
from router.devices.state import DeviceState, Event
from router.devices.web_ecommerce import WEB
from router.devices.web_traits import all_traits, changed_traits, traits_of

Json = Any
Config = Mapping[str, Any]

_RESERVED = ("time", "product_id", "quantity", "event_name", "price", "currency")
"""Property names that Braze keeps for itself."""
_PUNCTUATION = re.compile(r"[^a-zA-Z0-9.]+")
_COOKIE_LIMIT = 4096
"""Bytes of a message above which browsers refuse the dedup cookie without a word."""


def switch_user(event: Event) -> Iterator[Call]:
    """Hybrid mode: identify only tells Braze who the user is."""
    if truthy(user_id := event.get("userId", UNSET)):
        yield call("changeUser", user_id)


def identify(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """A full identify, or what changed since the last one of the same user when dedup is on."""
    if _is_repeat(config, state, event):
        yield from changed_traits(traits_of(event), traits_of(state.cookie or {}))
        return
    yield call("changeUser", event.get("userId", UNSET))
    yield from all_traits(traits_of(event))


def remember(config: Config, state: DeviceState, event: Event) -> DeviceState:
    """The dedup cookie after an identify: merged key by key with that of the same user, so `context` is replaced whole."""
    if not truthy(config.get("supportDedup")):
        return state
    kept = {**(state.cookie or {}), **event} if _is_repeat(config, state, event) else event
    fits = len(msgspec.json.encode(kept)) <= _COOKIE_LIMIT
    return msgspec.structs.replace(state, cookie=kept) if fits else state


def _is_repeat(config: Config, state: DeviceState, event: Event) -> bool:
    if not truthy(config.get("supportDedup")) or not state.cookie:
        return False
    return is_same(event.get("userId", UNSET), state.cookie.get("userId", UNSET))


def track(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """A custom event; `Order Completed` is a purchase per product, or one recommended event with the flag on."""
    name = event.get("event")
    if not truthy(name) or not (truthy(event.get("userId")) or truthy(config.get("trackAnonymousUser"))):
        return
    if not isinstance(name, str):
        raise SdkError("eventName.toLowerCase is not a function")
    properties = _properties(event)
    if truthy(config.get("useEcommerceRecommendedEvents")) and (recommended := recommended_event(trim(name))):
        yield call(
            "logCustomEvent", recommended.name, recommended_properties(dict(entries(properties)), recommended, WEB)
        )
    elif name.lower() == "order completed":
        yield from _purchases(properties)
    else:
        yield call("logCustomEvent", name, _unreserved(properties))


def page(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """A custom event named as the page, for anonymous users too; the category plays no part."""
    properties = _unreserved(_properties(event))
    name = event.get("name")
    yield call("logCustomEvent", name if truthy(name) else "Page View", properties)


def _properties(event: Event) -> Json:
    """The SDK gives an event without properties an empty object before any integration sees it."""
    return event.get("properties", {})


def _unreserved(properties: Json) -> Json:
    if properties is None:
        raise SdkError("Cannot convert undefined or null to object")
    return _without(properties, *_RESERVED)


def _purchases(properties: Json) -> Iterator[Call]:
    products, currency = member(properties, "products"), optional_member(properties, "currency")
    rest = _without(properties, *filter(None, (_spelling(properties, name) for name in ("products", "currency"))))
    for product in products if isinstance(products, list) else ():
        product_id, price, quantity = (member(product, key) for key in ("product_id", "price", "quantity"))
        if truthy(quantity) and truthy(price) and truthy(product_id):
            yield call("logPurchase", product_id, price, currency, quantity, rest)


def _spelling(properties: Json, name: str) -> str | None:
    """The first key that is `name` but for case and punctuation: that is what obj-case deletes."""
    spelt = (key for key, _ in entries(properties) if _normal(key) == name)
    return next(spelt, None)


def _normal(key: str) -> str:
    return _PUNCTUATION.sub("", key).lower()


def _without(properties: Json, *names: str) -> Json:
    """A copy without these keys; what is no object has none to lose."""
    if not isinstance(properties, dict):
        return properties
    return {key: value for key, value in properties.items() if key not in names}
