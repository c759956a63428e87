"""Several attribute objects of one user become one: Braze bills each attribute of each object (braze.com/docs, data points).

Later values win, increments add up, array additions and removals are joined. What cannot be joined without a change of
meaning stays apart: `$` operators, different `_merge_objects` or `_update_existing_only`, an increment after a value, and
what names the user in another way.
"""

from collections.abc import Iterable
from typing import Any, Literal

from router.braze.objects import Body
from router.braze.packing import Placed

Coalescing = Literal["off", "per_user"]

_SAME = ("external_id", "user_alias", "_merge_objects", "_update_existing_only")
"""Where these differ, two objects say different things about the same attributes."""


def coalesce(objects: Iterable[Placed]) -> list[Placed]:
    """One user's objects with adjacent attribute objects joined; events and purchases stay as they are."""
    joined: list[Placed] = []
    last: int | None = None
    for each in objects:
        merged = _joined(joined[last], each) if each[0] == "attributes" and last is not None else None
        if merged is not None and last is not None:
            joined[last] = merged
            continue
        joined.append(each)
        last = len(joined) - 1 if each[0] == "attributes" else last
    return joined


def _joined(earlier: Placed, later: Placed) -> Placed | None:
    """Both in one object; None when that would mean something else."""
    old, new = earlier[1], later[1]
    if any(old.get(key) != new.get(key) for key in _SAME) or _operates(old) or _operates(new):
        return None
    values = {name: _joined_value(old[name], value, old) for name, value in new.items() if name in old}
    if any(value is _APART for value in values.values()):
        return None
    return ("attributes", old | new | values, earlier[2] + tuple(at for at in later[2] if at not in earlier[2]))


_APART = object()


def _joined_value(old: Any, new: Any, body: Body) -> Any:
    if not isinstance(new, dict):
        return new
    if _is_change(new):
        return _joined_change(old, new)
    merges = body.get("_merge_objects") and isinstance(old, dict) and old != new
    return _APART if merges else new


def _joined_change(old: Any, new: Body) -> Any:
    if not isinstance(old, dict) or old.keys() != new.keys() or len(new) != 1:
        return _APART
    ((change, value),) = new.items()
    addable = isinstance(value, list) and isinstance(old[change], list)
    countable = type(value) is int and type(old[change]) is int
    return {change: old[change] + value} if (addable or countable) else _APART


def _is_change(value: Body) -> bool:
    """Whether Braze reads it as a change of what is there: `{"inc": 1}`, `{"add": […]}`, `{"remove": […]}`."""
    return bool(value) and value.keys() <= {"inc", "add", "remove"}


def _operates(body: Body) -> bool:
    return any(isinstance(value, dict) and any(key.startswith("$") for key in value) for value in body.values())
