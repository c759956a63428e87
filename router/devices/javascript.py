"""JavaScript's objects, on which the web integration's behaviour hangs: property access, key order, equality.

ECMA-262: OrdinaryGet, OrdinaryOwnPropertyKeys, IsStrictlyEqual; ramda's `equals`. undefined is msgspec.UNSET.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from policies.javascript import truthy
from router.devices.sdk_calls import SdkError

Json = Any
"""Decoded JSON, or undefined."""

_LARGEST_INDEX = 2**32 - 2


def member(value: Json, key: str) -> Json:
    """`value[key]`; raises SdkError where JavaScript throws a TypeError."""
    if value is None or value is UNSET:
        raise SdkError(f"Cannot read properties of {_nothing(value)} (reading '{key}')")
    return optional_member(value, key)


def optional_member(value: Json, key: str) -> Json:
    """`value?.[key]`, where value is a JSON value: only objects have named members."""
    return value.get(key, UNSET) if isinstance(value, dict) else UNSET


def either(first: Json, second: Json) -> Json:
    """`first || second`."""
    return first if truthy(first) else second


def entries(value: Json) -> Iterator[tuple[str, Json]]:
    """Own keys and values in JavaScript's order: integer keys ascending, then the rest as they were added."""
    if isinstance(value, list | str):
        yield from ((str(index), item) for index, item in enumerate(value))
    elif isinstance(value, dict):
        indexes = sorted((key for key in value if _is_index(key)), key=int)
        yield from ((key, value[key]) for key in indexes)
        yield from ((key, item) for key, item in value.items() if not _is_index(key))


def is_same(left: Json, right: Json) -> bool:
    """`left === right` for values of two decoded messages: objects and arrays are never the same."""
    return not isinstance(left, dict | list) and is_equal(left, right)


def is_equal(left: Json, right: Json) -> bool:
    """Deep equality: no coercion, so `1` equals `1.0` and neither `true` nor `"1"`."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(is_equal(item, right[key]) for key, item in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_equal, left, right))
    return _kind(left) is _kind(right) and bool(left == right)


def _kind(value: Json) -> type:
    return float if type(value) is int else type(value)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= 10 and str(int(key)) == key and int(key) <= _LARGEST_INDEX


def _nothing(value: Json) -> str:
    return "null" if value is None else "undefined"
