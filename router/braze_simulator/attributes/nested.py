"""Nested custom attributes: what Braze refuses inside them, and how it merges them.

Braze docs: nested custom attribute support. An update with a null, a bad `$time` or an illegal key inside is dropped
while the answer stays a success.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.ledgers.discards import Reason
from router.braze_simulator.times import iso, parse_time

_ILLEGAL_IN_KEYS = frozenset(" .$")
_DEEPEST = 100
"""Levels of nesting; Braze names no limit, ours keeps recursion bounded."""

Merging = Literal["overwrite", "merge"]


def nested_problem(value: object, config: SimulatorConfig, merging: Merging = "overwrite") -> Reason | None:
    """Why an object (at any depth, lists included) cannot be stored; None when it can."""
    if _too_deep(value):
        return "nested-depth"
    null_deletes = merging == "merge" and config.nested_null == "delete-on-merge"
    for key, leaf in _walk(value):
        if leaf is None and not null_deletes:
            return "nested-null"
        if key == "$time":
            if parse_time(leaf) is None:
                return "nested-time"
        elif key is not None and (len(key) > config.limits.string_chars or not _ILLEGAL_IN_KEYS.isdisjoint(key)):
            return "nested-key"
    return None


def json_size(value: object) -> int:
    """Bytes of a value as compact JSON, the measure of Braze's size limits."""
    return len(msgspec.json.encode(value))


def with_times(value: Any) -> Any:
    """The value with every `{"$time": …}` replaced by the moment it stands for."""
    if isinstance(value, list):
        return [with_times(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$time"}:
        moment = parse_time(value["$time"])
        return value if moment is None else iso(moment)
    return {key: with_times(item) for key, item in value.items()}


def deep_merge(old: Any, new: Any) -> Any:
    """`new` laid over `old` at every level (`_merge_objects: true`); a null takes its key away."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    merged = dict(old)
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = deep_merge(merged.get(key), value)
    return merged


def leaf_count(value: object) -> int:
    """How many leaf keys a value has: what it costs in data points (Braze docs: data points)."""
    count, left = 0, [value]
    while left:
        part = left.pop()
        if isinstance(part, dict) and part.keys() != {"$time"}:
            left.extend(part.values())
        else:
            count += 1
    return count


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [item for part in level if isinstance(part, dict | list) for item in _items(part)]
        if not level:
            return False
    return True


def _items(part: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return part.values() if isinstance(part, dict) else part


def _walk(value: object, key: str | None = None) -> Iterator[tuple[str | None, object]]:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            if isinstance(item, dict | list):
                yield name, False
            yield from _walk(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item)
    else:
        yield key, value
