"""Accepted work: one operation per object, one batch per request, and the backlog in which batches wait for their turn."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from router.braze_simulator.config import Consistency
from router.braze_simulator.profiles.profile import Path

Kind = Literal[
    "attributes",
    "event",
    "purchase",
    "identify_alias",
    "identify_email",
    "identify_phone",
    "alias_new",
    "alias_update",
    "merge",
    "delete",
    "subscription",
    "sdk_call",
]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted object. `seq` is the order of arrival; `body` is the object as sent."""

    kind: Kind
    body: dict[str, Any]
    request_id: str
    seq: int
    index: int
    accepted_at: float
    path: Path = "cloud"
    tag: str = ""


class Batch(msgspec.Struct, kw_only=True):
    """The work of one request. `due` is when it reaches the profiles; None waits for /_sim/settle."""

    request_id: str
    operations: list[Operation]
    due: float | None


_AT_ONCE = 0.0
"""Due whatever the clock says, even one that was set back meanwhile."""

UNORDERED: frozenset[Kind] = frozenset({"alias_update", "merge"})
"""Kinds whose entries have no order within a request (Braze docs: alias/update and merge)."""


class Backlog:
    """Batches that are accepted but not applied, in the order in which they will be applied."""

    def __init__(self, consistency: Consistency) -> None:
        self.consistency = consistency
        self._random = random.Random(consistency.seed)
        self._last_due = 0.0
        self.waiting: list[Batch] = []

    def due_at(self, now: float, extra: float = 0.0) -> float | None:
        """When a batch accepted at `now` is to be applied. Delayed batches keep their order, reordered ones do not."""
        mode = self.consistency.mode
        if mode == "manual":
            return None
        if mode == "immediate":
            return now + extra if extra else _AT_ONCE
        due = now + extra + self._random.uniform(self.consistency.min_seconds, self.consistency.max_seconds)
        if mode == "delayed":
            due = self._last_due = max(due, self._last_due)
        return due

    def add(self, batch: Batch) -> None:
        """Queue a batch; where order is not promised, shuffle the entries that Braze does not order either."""
        if self.consistency.mode == "reordered" and batch.operations and batch.operations[0].kind in UNORDERED:
            self._random.shuffle(batch.operations)
        self.waiting.append(batch)

    def take_due(self, now: float) -> list[Batch]:
        """Remove and return what is due, earliest first."""
        due = [batch for batch in self.waiting if batch.due is not None and batch.due <= now]
        if due:
            self.waiting = [batch for batch in self.waiting if batch.due is None or batch.due > now]
            due.sort(key=_due)
        return due

    def take_all(self) -> list[Batch]:
        """Remove and return everything: what has a time first, then manual work in order of arrival."""
        everything, self.waiting = self.waiting, []
        return sorted(everything, key=_due)

    def take_matching(self, users: Iterable[str]) -> list[Batch]:
        """Remove and return the batches that name one of these users (for /users/track/sync, which drains them first)."""
        wanted = frozenset(users)
        taken = [batch for batch in self.waiting if any(user_key(op.body) in wanted for op in batch.operations)]
        self.waiting = [batch for batch in self.waiting if batch not in taken]
        return sorted(taken, key=_due)


def user_key(body: dict[str, Any]) -> str:
    """A text that stands for the user an object names, equal for equal identifiers."""
    alias = body.get("user_alias")
    if isinstance(alias, dict):
        return f"{alias.get('alias_label')}:{alias.get('alias_name')}"
    for name in ("external_id", "braze_id", "email", "phone"):
        value = body.get(name)
        if value:
            return str(value)
    return f"device:{body['device_id']}" if body.get("device_id") else ""


def _due(batch: Batch) -> float:
    return float("inf") if batch.due is None else batch.due
