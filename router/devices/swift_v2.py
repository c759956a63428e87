"""What RudderStack's old Swift SDK (v2) and its Braze plug-in do with an event on the old Braze iOS SDK. It keeps no memory of traits.

Source: rudder-integration-braze-swift `RSBrazeDestination.swift` (read, not executed).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from router.devices.cocoa import moment_of
from router.devices.java import double_of, long_of, text_of
from router.devices.native_traits import (
    BRAZE_EXTERNAL_ID,
    context_of,
    name_of,
    properties_of,
    traits_of,
    user_id_of,
)
from router.devices.sdk_calls import Call, call, native_date
from router.devices.state import DeviceState, Event

Json = Any
Config = Mapping[str, Any]

_RESERVED = frozenset({"birthday", "gender", "phone", "address", "firstName", "lastName", "email", "anonymousId"})
_GENDERS = {"m": "m", "male": "m", "f": "f", "female": "f", "other": "o"}
_OF_A_PRODUCT = frozenset({"product_id", "quantity", "price"})
_OF_AN_ORDER = _OF_A_PRODUCT | {"products", "currency"}
_REVENUES = frozenset({"revenue", "value", "total"})


def identify(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """The user switch, then every trait; the userId wins over the external id."""
    traits = traits_of(event) or {}
    if user_id := user_id_of(event) or _external_id(event):
        yield call("changeUser", user_id)
    yield from _text("user.setLastName", traits.get("lastName"))
    yield from _text("user.setEmail", traits.get("email"))
    yield from _text("user.setFirstName", traits.get("firstName"))
    yield from _birthday(traits.get("birthday"))
    if isinstance(gender := traits.get("gender"), str):
        yield call("user.setGender", _GENDERS.get(gender.lower(), "u"))
    yield from _text("user.setPhoneNumber", traits.get("phone"))
    yield from _address(traits.get("address"))
    for key, value in traits.items():
        if key not in _RESERVED:
            yield from _custom(key, value)


def track(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """Whatever has a revenue is taken for an order."""
    name, properties = name_of(event), properties_of(event)
    if name is None:
        return
    if name == "Install Attributed":
        yield from _attribution((properties or {}).get("campaign"))
    elif name == "Order Completed" or "revenue" in (properties or {}):
        yield from _order(name, properties or {})
    else:
        yield call("logCustomEvent", name, properties)


def _external_id(event: Event) -> str | None:
    """Read only where every external id is a map of texts."""
    ids = context_of(event).get("externalId")
    entries = ids if isinstance(ids, list) else []
    if not all(isinstance(entry, dict) and all(isinstance(text, str) for text in entry.values()) for entry in entries):
        return None
    return next((entry.get("id") for entry in entries if entry.get("type") == BRAZE_EXTERNAL_ID), None)


def _text(method: str, value: Json) -> Iterator[Call]:
    if isinstance(value, str):
        yield call(method, value)


def _birthday(value: Json) -> Iterator[Call]:
    """Only in the form 2000-10-23T00:00:00.000Z."""
    if isinstance(value, str) and value.endswith("Z") and (moment := moment_of(value)):
        yield call("user.setDateOfBirth", native_date(moment))


def _address(value: Json) -> Iterator[Call]:
    if isinstance(value, dict):
        yield from _text("user.setHomeCity", value.get("city"))
        yield from _text("user.setCountry", value.get("country"))


def _custom(key: str, value: Json) -> Iterator[Call]:
    if isinstance(value, list):
        yield call("user.setCustomAttributeArray", key, value)
    elif isinstance(value, str | bool | int | float):
        yield call("user.setCustomAttribute", key, value)


def _attribution(campaign: Json) -> Iterator[Call]:
    if isinstance(campaign, dict):
        parts = (campaign.get(key) for key in ("source", "name", "ad_group", "ad_creative"))
        yield call("user.setAttributionData", *(part if isinstance(part, str) else None for part in parts))


def _order(name: str, properties: dict[str, Json]) -> Iterator[Call]:
    """A purchase per product; without products one of the event's own name over its revenue."""
    products = properties.get("products")
    listed = isinstance(products, list) and all(isinstance(product, dict) for product in products)
    if lines := [product for product in products if product] if isinstance(products, list) and listed else []:
        for line in lines:
            yield from _purchase(line, properties)
        return
    revenue = _number(properties.get("revenue"))
    if revenue is not None:
        rest = {key: value for key, value in properties.items() if key not in ("currency", "revenue")}
        yield call("logPurchase", name, _currency(properties), revenue, 1, rest)


def _purchase(line: dict[str, Json], properties: dict[str, Json]) -> Iterator[Call]:
    price = _number(line.get("price"))
    if "product_id" not in line or price is None:
        return
    extra = {key: value for key, value in line.items() if key not in _OF_A_PRODUCT}
    product_id = text_of(line["product_id"])
    yield call(
        "logPurchase", product_id, _currency(properties), price, _quantity(line), extra | _order_properties(properties)
    )


def _order_properties(properties: dict[str, Json]) -> dict[str, Json]:
    """The order's own properties; revenue, value and total all become its revenue as a number."""
    kept = {key: value for key, value in properties.items() if key not in _OF_AN_ORDER | _REVENUES}
    revenues = [_number(value) for key, value in properties.items() if key in _REVENUES]
    return kept | ({"revenue": revenues[-1]} if revenues and revenues[-1] is not None else {})


def _quantity(line: dict[str, Json]) -> int:
    quantity = long_of(text_of(line.get("quantity")))
    return 1 if quantity is None else quantity


def _currency(properties: dict[str, Json]) -> str:
    currency = properties.get("currency")
    return currency if isinstance(currency, str) and len(currency) == 3 else "USD"


def _number(value: Json) -> float | None:
    """Double of the text of a value."""
    return double_of(text_of(value)) if isinstance(value, str | int | float) else None
