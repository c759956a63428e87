"""Custom attributes: from the value in a request to the value on the profile, its type and its cost.

Braze docs: user attributes object, data types, nested custom attributes, arrays of objects.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from router.braze_simulator.attributes.arrays import added, is_array_operation, removed
from router.braze_simulator.attributes.nested import (
    Merging,
    deep_merge,
    json_size,
    leaf_count,
    nested_problem,
    with_times,
)
from router.braze_simulator.attributes.objects import is_object_operation, operate, operation_cost, well_formed
from router.braze_simulator.attributes.standard import Refused
from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.times import iso, parse_time


class Stored(msgspec.Struct, frozen=True):
    """The new value of an attribute (None unsets it), its type, and what the update costs."""

    value: Any
    type: str
    points: int = 1


def read_custom(
    value: Any, old: Any, config: SimulatorConfig, *, merging: Merging = "overwrite", forced: str | None = None
) -> Stored | Refused:
    """What an update makes of the attribute whose value was `old` (None when it had none)."""
    if value is None:
        return Stored(None, "null")
    if forced is not None and _contradicts(value, forced):
        return Refused("forced-type")
    if isinstance(value, dict):
        return _read_object(value, old, config, merging=merging)
    if isinstance(value, list):
        return _read_list(value, config, merging)
    if forced is not None:
        return _forced(value, forced)
    return _read_scalar(value, config)


def scalar_type(value: Any) -> str:
    """Braze's name for the type of a scalar JSON value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "float" if isinstance(value, float) else "string"


def _read_scalar(value: Any, config: SimulatorConfig) -> Stored:
    if not isinstance(value, str):
        return Stored(value, scalar_type(value))
    moment = parse_time(value)
    if moment is not None:
        return Stored(iso(moment), "time")
    limit = config.limits.truncate
    return Stored(value if limit == "off" else value[:limit], "string")


def _read_object(value: dict[str, Any], old: Any, config: SimulatorConfig, *, merging: Merging) -> Stored | Refused:
    if value.keys() == {"inc"}:
        return _increment(value["inc"], old)
    if is_array_operation(value):
        return _change_array(value, old, config)
    if is_object_operation(value):
        return _change_objects(value, old, config, merging=merging)
    if value.keys() == {"$time"}:
        moment = parse_time(value["$time"])
        return Refused("nested-time") if moment is None else Stored(iso(moment), "time")
    return _nest(value, old, config, merging=merging)


def _increment(step: Any, old: Any) -> Stored | Refused:
    if not _is_integer(step) or not (old is None or _is_integer(old)):
        return Refused("not-an-integer")
    return Stored(step if old is None else old + step, "integer")


def _change_array(value: dict[str, Any], old: Any, config: SimulatorConfig) -> Stored | Refused:
    if not (old is None or (isinstance(old, list) and _scalars(old))):
        return Refused("array-operation")
    adding, removing = value.get("add", []), value.get("remove", [])
    if not _scalars(adding) or not _scalars(removing):
        return Refused("array-operation")
    array = removed(added(old or [], adding, config.limits.array_items), removing)
    adding_cost = (len(adding) if config.dp_array_add_per_value else 1) if "add" in value else 0
    return Stored(array, "array", adding_cost + ("remove" in value))


def _change_objects(value: dict[str, Any], old: Any, config: SimulatorConfig, *, merging: Merging) -> Stored | Refused:
    if not well_formed(value) or not (old is None or (isinstance(old, list) and _objects(old))):
        return Refused("array-operation")
    new_parts = [*value.get("$add", []), *(item["$new_object"] for item in value.get("$update", []))]
    reason = nested_problem(new_parts, config)
    if reason:
        return Refused(reason)
    array = operate(old or [], with_times(value), merging)
    if json_size(array) > config.limits.nested_bytes:
        return Refused("array-oversize")
    return Stored(array, "object_array", operation_cost(value))


def _nest(value: dict[str, Any], old: Any, config: SimulatorConfig, *, merging: Merging) -> Stored | Refused:
    reason = nested_problem(value, config, merging)
    if reason:
        return Refused(reason)
    new = with_times(value)
    result = deep_merge(old, new) if merging == "merge" else new
    if json_size(result) > config.limits.nested_bytes:
        return Refused("nested-oversize")
    return Stored(result, "object", leaf_count(value))


def _read_list(value: list[Any], config: SimulatorConfig, merging: Merging) -> Stored | Refused:
    if _scalars(value):
        array = added([], value, config.limits.array_items)
        return Refused("array-oversize") if json_size(array) > config.limits.nested_bytes else Stored(array, "array")
    if not _objects(value):
        return Refused("array-mixed")
    reason = nested_problem(value, config, merging)
    if reason:
        return Refused(reason)
    array = with_times(value)
    if json_size(array) > config.limits.nested_bytes:
        return Refused("array-oversize")
    return Stored(array, "object_array", sum(leaf_count(item) for item in value))


def _contradicts(value: Any, forced: str) -> bool:
    """Whether a list or a plain object comes for an attribute of another forced type; operations are let through."""
    if isinstance(value, list):
        return forced != "array"
    return isinstance(value, dict) and not (
        value.keys() in ({"inc"}, {"$time"}) or is_array_operation(value) or is_object_operation(value)
    )


def _forced(value: Any, forced: str) -> Stored | Refused:
    """A value of a type that the workspace forces: coerced where Braze documents it, else ignored."""
    coerced = _FORCE[forced](value)
    return Refused("forced-type") if coerced is None else Stored(coerced, forced)


def _to_boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"1": True, "true": True, "t": True, "0": False, "false": False, "f": False}.get(str(value).lower())


def _to_number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and "." not in value else number


def _to_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _to_time(value: Any) -> str | None:
    moment = parse_time(value)
    return None if moment is None else iso(moment)


def _to_array(_value: Any) -> None:
    return None


_FORCE = {"boolean": _to_boolean, "number": _to_number, "string": _to_text, "time": _to_time, "array": _to_array}


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _scalars(items: list[Any]) -> bool:
    return not any(item is None or isinstance(item, dict | list) for item in items)


def _objects(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)
