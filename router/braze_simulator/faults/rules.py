"""Fault rules: which requests they meet and in which of them the action happens."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from router.braze_simulator.calls import Call
from router.braze_simulator.faults.actions import Action
from router.braze_simulator.operations import user_key


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Conditions on a request; absent ones always hold. `path` may have `*`, `key` is a key's name, `user` is an
    external id, alias name, e-mail or phone of any object, `contains` a text of the body."""

    path: str | None = None
    method: str | None = None
    key: str | None = None
    user: str | None = None
    object_index: int | None = None
    contains: str | None = None

    def meets(self, call: Call) -> bool:
        """Whether the request fulfils all conditions."""
        return (
            (self.path is None or fnmatchcase(call.path, self.path))
            and (self.method is None or call.method == self.method.upper())
            and (self.key is None or (call.key is not None and call.key.name == self.key))
            and (self.contains is None or self.contains.encode() in call.body)
            and ((self.user is None and self.object_index is None) or self._meets_object(call))
        )

    def _meets_object(self, call: Call) -> bool:
        return any(
            (self.object_index is None or index == self.object_index)
            and (self.user is None or _names(entry, self.user))
            for index, entry in _objects(call.body)
        )


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the matching requests: leave out the first `skip`, then every `every`-th with `probability`, at most
    `count` times, until a time."""

    skip: int = 0
    count: int | None = None
    every: int = 1
    probability: float = 1.0
    seed: int | None = None
    until: str | None = None


class FaultRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: `{"id", "match": {…}, "window": {…}, "action": {"kind": …}}`."""

    action: Action
    id: str = ""
    match: Match = Match()
    window: Window = Window()


class FaultsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of rules."""

    faults: list[FaultRule]


def read_rules(document: Any) -> list[FaultRule]:
    """Rules from plain data: one rule, a list, or `{"faults": […]}`; raise msgspec.ValidationError with a path."""
    if isinstance(document, dict) and "faults" in document:
        document = document["faults"]
    return msgspec.convert(document if isinstance(document, list) else [document], list[FaultRule])


def users_in(body: bytes) -> list[str]:
    """A text for each user whom an object of the body names."""
    return sorted({user_key(entry) for _, entry in _objects(body)} - {""})


def _objects(body: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """(index, object) of every object in every array of the body."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return
    for array in document.values() if isinstance(document, dict) else ():
        for index, entry in enumerate(array if isinstance(array, list) else ()):
            yield index, entry if isinstance(entry, dict) else {"external_id": entry}


def _names(entry: dict[str, Any], user: str) -> bool:
    alias = entry.get("user_alias")
    names = [alias.get("alias_name")] if isinstance(alias, dict) else []
    names += [entry.get(name) for name in ("external_id", "braze_id", "alias_name", "email", "phone")]
    listed = [entry.get(name) for name in ("external_ids", "emails", "phones")]
    return user in names or any(isinstance(values, list) and user in values for values in listed)
