"""RudderStack's e-commerce events as Braze's recommended ones (`ecommerce.*`), as the SDKs with `useEcommerceRecommendedEvents` build them.

Only web, legacy Android and legacy iOS know the flag. They share names and fields, not what they do with odd values: that is a Dialect.
Sources: rudder-sdk-js `Braze/ecommerceUtil.js`; rudder-integration-braze-android `Utils.java`; rudder-integration-braze-ios
`RudderBrazeEcommerceUtils.m`; braze.com/docs, e-commerce events. Required fields that are missing only warn.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from router.braze.transform.javascript import first_of

Kind = Literal["text", "number", "integer", "as it is"]
Body = dict[str, Any]


class Field(msgspec.Struct, frozen=True):
    """One Braze property: the RudderStack keys it is read from, first of several, and its type."""

    name: str
    sources: tuple[str, ...]
    kind: Kind


class Recommended(msgspec.Struct, frozen=True, kw_only=True):
    """One recommended event. `products`: none = it is about one product; list = it lists them; cart = it lists them or,
    where it does not, is about the one at its top level."""

    name: str
    fields: tuple[Field, ...]
    products: Literal["none", "list", "cart"] = "list"
    action: str = ""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What one platform's code does where another's differs."""

    source: Literal["web", "android", "ios"]
    coerce: Mapping[Kind, Callable[[Any], Any]]
    scrub: Callable[[Body], Body]
    """What is left of an event, a product or metadata before it goes out."""
    own_keys: frozenset[str]
    """Keys of the caller that give way to the SDK's own value instead of going into metadata."""
    keeps_odd_products: bool
    """Whether a `products` that is no list goes into metadata."""


def _fields(kind: Kind, *names: str, **sources: tuple[str, ...]) -> tuple[Field, ...]:
    plain = tuple(Field(name, (name,), kind) for name in names)
    return plain + tuple(Field(name, keys, kind) for name, keys in sources.items())


_PRODUCT = (
    *_fields("text", "image_url", product_id=("product_id", "sku"), product_name=("name",), product_url=("url",)),
    *_fields("text", variant_id=("variant", "sku", "product_id")),
    *_fields("number", "price"),
)
_LINE = (*_PRODUCT, *_fields("integer", "quantity"))
_SUMS = _fields("number", "subtotal_value", "tax", "shipping")
_TOTAL = _fields("number", total_value=("total", "revenue", "value"))
_DISCOUNTS = (
    *_fields("number", total_discounts=("discount", "total_discounts")),
    *_fields("as it is", "discounts"),
)
_ORDER = (*_fields("text", "order_id", "currency"), *_TOTAL, *_DISCOUNTS)
_CART = (*_fields("text", "cart_id", "currency"), *_fields("number", total_value=("total", "value")), *_SUMS)
_CHECKOUT = (*_fields("text", "cart_id", "currency", checkout_id=("checkout_id", "order_id")), *_TOTAL, *_SUMS)
_CANCELLED = (*_ORDER, *_SUMS, *_fields("text", cancel_reason=("cancel_reason", "reason")))
_VIEWED = (*_PRODUCT, *_fields("text", "currency"), *_fields("as it is", "type"))

_RECOMMENDED: Mapping[str, Recommended] = {
    "product viewed": Recommended(name="ecommerce.product_viewed", fields=_VIEWED, products="none"),
    "product added": Recommended(name="ecommerce.cart_updated", fields=_CART, products="cart", action="add"),
    "product removed": Recommended(name="ecommerce.cart_updated", fields=_CART, products="cart", action="remove"),
    "checkout started": Recommended(name="ecommerce.checkout_started", fields=_CHECKOUT),
    "order completed": Recommended(
        name="ecommerce.order_placed", fields=(*_ORDER, *_SUMS, *_fields("text", "cart_id"))
    ),
    "order refunded": Recommended(name="ecommerce.order_refunded", fields=_ORDER),
    "order cancelled": Recommended(name="ecommerce.order_cancelled", fields=_CANCELLED),
}


def recommended_event(trimmed_name: str) -> Recommended | None:
    """The recommended event that a trimmed event name stands for, in any case."""
    return _RECOMMENDED.get(trimmed_name.lower())


def recommended_properties(properties: Body, event: Recommended, dialect: Dialect) -> Body:
    """The properties of a recommended event, built from the track's own."""
    lines = properties.get("products")
    wraps = event.products == "cart" and not isinstance(lines, list)
    body = _mapped(properties, event.fields, dialect)
    consumed = _sources(event.fields) | (_sources(_LINE) if wraps else set()) | _consumed_lines(lines, event, dialect)
    if products := _wrapped(properties, dialect) if wraps else _lines(lines, event, dialect):
        body["products"] = products
    body["source"] = dialect.source
    if event.action:
        body["action"] = event.action
    own = dialect.own_keys & body.keys()
    return dialect.scrub(body | _metadata(properties, consumed | own, dialect))


def _mapped(values: Body, fields: Iterable[Field], dialect: Dialect) -> Body:
    found = ((field, first_of(map(values.get, field.sources))) for field in fields)
    return {field.name: dialect.coerce[field.kind](value) for field, value in found if value is not None}


def _sources(fields: Iterable[Field]) -> set[str]:
    return {source for field in fields for source in field.sources}


def _consumed_lines(lines: Any, event: Recommended, dialect: Dialect) -> set[str]:
    listed = isinstance(lines, list) or not dialect.keeps_odd_products
    return {"products"} if event.products != "none" and listed else set()


def _wrapped(properties: Body, dialect: Dialect) -> list[Body]:
    product = dialect.scrub(_mapped(properties, _LINE, dialect))
    return [product] if product else []


def _lines(lines: Any, event: Recommended, dialect: Dialect) -> list[Body]:
    if event.products == "none" or not isinstance(lines, list):
        return []
    built = (_line(line, dialect) for line in lines if isinstance(line, dict))
    return [line for line in built if line]


def _line(line: Body, dialect: Dialect) -> Body:
    mapped = dialect.scrub(_mapped(line, _LINE, dialect))
    return mapped | _metadata(line, _sources(_LINE), dialect)


def _metadata(values: Body, consumed: set[str], dialect: Dialect) -> Body:
    rest = dialect.scrub({name: value for name, value in values.items() if name not in consumed})
    return {"metadata": rest} if rest else {}
