"""RudderStack's e-commerce events become Braze's recommended ones (`ecommerce.*`), where the destination asks for it.

cloud.md §7; names and fields: braze.com/docs, e-commerce events. Missing required fields do not stop an event.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from router.braze.objects import Body
from router.braze.transform.event import properties_of
from router.braze.transform.javascript import number_of, number_text, trim, truthy
from router.events import Message


class Field(msgspec.Struct, frozen=True):
    """One Braze property: where it is read from, first of several, and what it is turned into."""

    name: str
    sources: tuple[str, ...]
    coerce: Callable[[Any], Any]


Products = Literal["flat", "array", "cart"]
"""flat: the event is about one product; array: it lists products; cart: it lists them or is about the one at its top level."""


class Recommended(msgspec.Struct, frozen=True, kw_only=True):
    """One of Braze's recommended events; `consumed` are the properties that it has a place for, all others are metadata."""

    name: str
    fields: tuple[Field, ...]
    products: Products
    action: str
    consumed: frozenset[str]


def _text(value: Any) -> Any:
    return number_text(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _number(value: Any) -> Any:
    found = number_of(value) if isinstance(value, str) else None
    return value if found is None else found


def _integer(value: Any) -> Any:
    digits = trim(value) if isinstance(value, str) else ""
    is_integer = digits.isascii() and digits.removeprefix("-").isdigit()
    return _number(digits) if is_integer else value


def _as_given(value: Any) -> Any:
    return value


def _texts(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, (name,), _text) for name in names)


def _numbers(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, (name,), _number) for name in names)


def _sources(fields: Iterable[Field]) -> frozenset[str]:
    return frozenset(source for field in fields for source in field.sources)


def _event(name: str, fields: tuple[Field, ...], products: Products = "array", action: str = "") -> Recommended:
    own = {"source"} | ({"products"} if products != "flat" else set()) | ({"action"} if action else set())
    return Recommended(name=name, fields=fields, products=products, action=action, consumed=_sources(fields) | own)


_PRODUCT = (
    Field("product_id", ("product_id", "sku"), _text),
    Field("product_name", ("name",), _text),
    Field("variant_id", ("variant", "sku", "product_id"), _text),
    Field("product_url", ("url",), _text),
    *_texts("image_url"),
    *_numbers("price"),
)
_LINE = (*_PRODUCT, Field("quantity", ("quantity",), _integer))
_LINE_SOURCES = _sources(_LINE)

_TOTAL = Field("total_value", ("total", "revenue", "value"), _number)
_SUMS = _numbers("subtotal_value", "tax", "shipping")
_ORDER = (
    *_texts("order_id", "currency"),
    _TOTAL,
    Field("total_discounts", ("discount", "total_discounts"), _number),
    Field("discounts", ("discounts",), _as_given),
)
_CART = (*_texts("cart_id", "currency"), _TOTAL, *_SUMS)
_VIEW = (*_PRODUCT, *_texts("currency"), Field("type", ("type",), _as_given))
_CHECKOUT = (Field("checkout_id", ("checkout_id", "order_id"), _text), *_CART)
_CANCELLATION = (*_ORDER, Field("cancel_reason", ("cancel_reason", "reason"), _text), *_SUMS)

_RECOMMENDED: Mapping[str, Recommended] = {
    "product viewed": _event("ecommerce.product_viewed", _VIEW, "flat"),
    "product added": _event("ecommerce.cart_updated", _CART, "cart", "add"),
    "product removed": _event("ecommerce.cart_updated", _CART, "cart", "remove"),
    "checkout started": _event("ecommerce.checkout_started", _CHECKOUT),
    "order completed": _event("ecommerce.order_placed", (*_ORDER, *_texts("cart_id"), *_SUMS)),
    "order refunded": _event("ecommerce.order_refunded", _ORDER),
    "order cancelled": _event("ecommerce.order_cancelled", _CANCELLATION),
}


def recommended_event(name: str) -> Recommended | None:
    """The recommended event that a track event's name stands for, white space and case aside."""
    return _RECOMMENDED.get(trim(name).lower())


def recommended_properties(message: Message, event: Recommended) -> Body:
    """The properties of a recommended event; raise InvalidEvent when the message's properties are no object."""
    properties = properties_of(message)
    mapped = _mapped(properties, event.fields)
    consumed = event.consumed
    if event.products != "flat":
        lines = properties.get("products")
        wraps = event.products == "cart" and not isinstance(lines, list)
        mapped["products"] = _wrapped(properties) if wraps else _lines(lines)
        consumed = consumed | _LINE_SOURCES if wraps else consumed
    mapped["source"] = _source(properties, message)
    if event.action:
        mapped["action"] = event.action
    mapped["metadata"] = _remainder(properties, consumed)
    return _scrubbed(mapped)


def _mapped(values: Body, fields: Iterable[Field]) -> Body:
    """Each field's first source that is there; false and 0 count, null and empty text do not."""
    mapped: Body = {}
    for field in fields:
        for source in field.sources:
            value = values.get(source)
            if value is not None and value != "":
                mapped[field.name] = field.coerce(value)
                break
    return mapped


def _wrapped(properties: Body) -> list[Body]:
    product = _scrubbed(_mapped(properties, _LINE))
    return [product] if product else []


def _lines(products: Any) -> list[Body]:
    lines = map(_line, products) if isinstance(products, list) else ()
    return [line for line in lines if line]


def _line(product: Any) -> Body:
    if not isinstance(product, dict):
        return {}
    return _scrubbed(_mapped(product, _LINE) | {"metadata": _remainder(product, _LINE_SOURCES)})


def _remainder(values: Body, consumed: frozenset[str]) -> Body:
    return {name: value for name, value in values.items() if name not in consumed and _says_something(value)}


def _scrubbed(values: Body) -> Body:
    """Without what says nothing: null, blank text, empty arrays and objects; 0 and false stay."""
    return {name: value for name, value in values.items() if _says_something(value)}


def _says_something(value: Any) -> bool:
    if not value:
        return value is False or (value == 0 and not isinstance(value, str))
    return not isinstance(value, str) or trim(value) != ""


_PLATFORMS = ("web", "ios", "android")


def _source(properties: Body, message: Message) -> str:
    stated = properties.get("source")
    platform = trim(stated).lower() if isinstance(stated, str) else ""
    return platform if platform in _PLATFORMS else _channel_source(message)


def _channel_source(message: Message) -> str:
    details = message.details
    channel = details.channel if truthy(details.channel) else message.channel
    system = details.os.get("name") if isinstance(details.os, dict) else None
    if channel != "mobile" or not isinstance(system, str):
        return "web"
    return next((name for name in ("ios", "android") if name in system.lower()), "web")
