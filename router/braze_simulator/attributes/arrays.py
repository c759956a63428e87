"""Arrays of scalars: unique values, newest last, oldest dropped (Braze docs: user attributes object)."""

from __future__ import annotations

from typing import Any

OPERATORS = frozenset({"add", "remove"})


def is_array_operation(value: dict[str, Any]) -> bool:
    """Whether an object is `{"add": […]}`, `{"remove": […]}` or both."""
    return bool(value) and value.keys() <= OPERATORS and all(isinstance(items, list) for items in value.values())


def added(old: list[Any], items: list[Any], limit: int) -> list[Any]:
    """`old` with `items` at its end; an item that was there already moves there, and the oldest go over the limit."""
    array = list(old)
    for item in items:
        if (at := _position(array, item)) is not None:
            del array[at]
        array.append(item)
    return array[-limit:] if len(array) > limit else array


def removed(old: list[Any], items: list[Any]) -> list[Any]:
    """`old` without the items."""
    return [item for item in old if _position(items, item) is None]


def _position(array: list[Any], item: object) -> int | None:
    """Where an equal value of the same JSON type stands: `1` is not `true`."""
    for at, other in enumerate(array):
        if other == item and isinstance(other, bool) == isinstance(item, bool):
            return at
    return None
