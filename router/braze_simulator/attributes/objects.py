"""Arrays of objects: `$add`, then `$remove`, then `$update`, whatever their order in the request (Braze docs).

So a remove and an add of the same item in one request lose the item.
"""

from __future__ import annotations

from typing import Any

from router.braze_simulator.attributes.nested import Merging, deep_merge, leaf_count

OPERATORS = frozenset({"$add", "$remove", "$update"})


def is_object_operation(value: dict[str, Any]) -> bool:
    """Whether an object holds at least one of the operators."""
    return not OPERATORS.isdisjoint(value)


def well_formed(value: dict[str, Any]) -> bool:
    """Whether every operator is a list of objects, with identifiers where they are needed."""
    return value.keys() <= OPERATORS and all(
        isinstance(items, list) and all(_item_fits(operator, item) for item in items)
        for operator, items in value.items()
    )


def operate(old: list[Any], value: dict[str, Any], merging: Merging) -> list[Any]:
    """The array after the operators."""
    array: list[Any] = old + value.get("$add", [])
    for criterion in value.get("$remove", []):
        array = [item for item in array if not _matches(item, criterion)]
    for criterion in value.get("$update", []):
        array = [_updated(item, criterion, merging) for item in array]
    return array


def operation_cost(value: dict[str, Any]) -> int:
    """Data points: every key of an added object, every property of a new object, one per removal (Braze docs)."""
    added = sum(leaf_count(item) for item in value.get("$add", []))
    updated = sum(leaf_count(item["$new_object"]) for item in value.get("$update", []))
    return int(added + updated + len(value.get("$remove", [])))


def _item_fits(operator: str, item: object) -> bool:
    if not isinstance(item, dict):
        return False
    if operator == "$add":
        return True
    identified = isinstance(item.get("$identifier_key"), str) and "$identifier_value" in item
    return identified and (operator == "$remove" or isinstance(item.get("$new_object"), dict))


def _matches(item: object, criterion: dict[str, Any]) -> bool:
    key = criterion["$identifier_key"]
    return isinstance(item, dict) and key in item and bool(item[key] == criterion["$identifier_value"])


def _updated(item: Any, criterion: dict[str, Any], merging: Merging) -> Any:
    if not _matches(item, criterion):
        return item
    new = criterion["$new_object"]
    return deep_merge(item, new) if merging == "merge" else new
