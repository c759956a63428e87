"""The strict schemas of the six recommended e-commerce events, and Braze's sentences for a violation.

Braze docs: recommended events. Sentences are worded like Ruby's json-schema gem, as captured from live answers;
every violation gets one sentence [inferred: Braze may stop at the first].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from router.braze_simulator.activity.currencies import CURRENCIES
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.problems import BAD_CURRENCY, Problem

Kind = Literal["text", "integer", "money", "currency", "object", "array", "products", "types", "action"]


class Field(msgspec.Struct, frozen=True):
    """One property: what it holds and whether it must be there."""

    kind: Kind
    required: bool = False


_REQUIRED_TEXT = Field("text", True)
_PRODUCT: dict[str, Field] = {
    "product_id": _REQUIRED_TEXT,
    "product_name": _REQUIRED_TEXT,
    "variant_id": _REQUIRED_TEXT,
    "quantity": Field("integer", True),
    "price": Field("money", True),
    "image_url": Field("text"),
    "product_url": Field("text"),
    "metadata": Field("object"),
}
_MONEY_PARTS = {name: Field("money") for name in ("subtotal_value", "tax", "shipping")}
_DISCOUNTS = {"total_discounts": Field("money"), "discounts": Field("array")}
_ALWAYS = {"currency": Field("currency", True), "source": _REQUIRED_TEXT, "metadata": Field("object")}
_BASKET = {"products": Field("products", True), **_ALWAYS}
_TOTAL = {"total_value": Field("money", True)}

SCHEMAS: Mapping[str, dict[str, Field]] = {
    "ecommerce.product_viewed": {
        **dict.fromkeys(("product_id", "product_name", "variant_id"), _REQUIRED_TEXT),
        "price": Field("money", True),
        "image_url": Field("text"),
        "product_url": Field("text"),
        "type": Field("types"),
        **_ALWAYS,
    },
    "ecommerce.cart_updated": {
        "cart_id": _REQUIRED_TEXT,
        "action": Field("action"),
        "total_value": Field("money"),
        **_MONEY_PARTS,
        **_BASKET,
    },
    "ecommerce.checkout_started": {
        "checkout_id": _REQUIRED_TEXT,
        "cart_id": Field("text"),
        **_TOTAL,
        **_MONEY_PARTS,
        **_BASKET,
    },
    "ecommerce.order_placed": {
        "order_id": _REQUIRED_TEXT,
        "cart_id": Field("text"),
        **_TOTAL,
        **_MONEY_PARTS,
        **_DISCOUNTS,
        **_BASKET,
    },
    "ecommerce.order_cancelled": {
        "order_id": _REQUIRED_TEXT,
        "cancel_reason": _REQUIRED_TEXT,
        **_TOTAL,
        **_MONEY_PARTS,
        **_DISCOUNTS,
        **_BASKET,
    },
    "ecommerce.order_refunded": {"order_id": _REQUIRED_TEXT, **_TOTAL, **_DISCOUNTS, **_BASKET},
}
COMMERCE_EVENTS = frozenset(SCHEMAS)

_ACTIONS = ("add", "remove", "replace")
_TYPES = ("price_drop", "back_in_stock")


def schema_problems(event: str, properties: JsonObject | None) -> list[Problem]:
    """Every violation of the event's schema; the event is dropped for any of them, but the answer stays a success."""
    return [
        Problem(sentence, fatal=False) for sentence in _violations(properties or {}, _schema(event, properties), "#/")
    ]


def _schema(event: str, properties: JsonObject | None) -> dict[str, Field]:
    schema = SCHEMAS[event]
    absolute = (properties or {}).get("action") not in {"add", "remove"}
    if event == "ecommerce.cart_updated" and absolute:
        return {**schema, **_TOTAL}
    return schema


def _violations(value: JsonObject, schema: dict[str, Field], path: str) -> Iterator[str]:
    extra = [name for name in value if name not in schema]
    if extra:
        names = msgspec.json.encode(extra).decode().replace('","', '", "')
        yield f"The property '{path}' contains additional properties {names} outside of the schema when none are allowed"
    for name, field in schema.items():
        if name in value:
            yield from _CHECKS[field.kind](value[name], f"{path.rstrip('/')}/{name}")
        elif field.required:
            yield f"The property '{path}' did not contain a required property of '{name}'"


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def _mismatch(value: Any, path: str, wanted: str) -> str:
    return f"The property '{path}' of type {_type_name(value)} did not match the following type: {wanted}"


def _text(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _mismatch(value, path, "string")


def _number(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield _mismatch(value, path, "number")


def _integer(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield _mismatch(value, path, "integer")


def _money(value: Any, path: str) -> Iterator[str]:
    yield from _number(value, path)
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        yield f"The property '{path}' did not have a minimum value of 0, inclusively"


def _object(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _mismatch(value, path, "object")


def _array(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _mismatch(value, path, "array")


def _currency(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _mismatch(value, path, "string")
    elif value.upper() not in CURRENCIES:
        yield BAD_CURRENCY.sentence


def _one_of(values: tuple[str, ...]) -> Callable[[Any, str], Iterator[str]]:
    def check(value: Any, path: str) -> Iterator[str]:
        if value not in values:
            shown = msgspec.json.encode(value).decode()
            yield f"The property '{path}' value {shown} did not match one of the following values: {', '.join(values)}"

    return check


_action, _view_type = _one_of(_ACTIONS), _one_of(_TYPES)


def _types(value: Any, path: str) -> Iterator[str]:
    yield from _array(value, path)
    for at, item in enumerate(value if isinstance(value, list) else ()):
        yield from _view_type(item, f"{path}/{at}")


def _products(value: Any, path: str) -> Iterator[str]:
    yield from _array(value, path)
    for at, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict):
            yield from _violations(item, _PRODUCT, f"{path}/{at}")
        else:
            yield _mismatch(item, f"{path}/{at}", "object")


_CHECKS: Mapping[Kind, Callable[[Any, str], Iterator[str]]] = {
    "text": _text,
    "integer": _integer,
    "money": _money,
    "currency": _currency,
    "object": _object,
    "array": _array,
    "products": _products,
    "types": _types,
    "action": _action,
}
