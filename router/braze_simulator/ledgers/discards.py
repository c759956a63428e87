"""What Braze accepted and then silently dropped. Showing this is the simulator's main advantage over the real thing."""

from __future__ import annotations

from collections import Counter, deque
from typing import Literal

import msgspec

from router.braze_simulator.operations import Operation, user_key
from router.braze_simulator.profiles.profile import Path

Reason = Literal[
    "update-only-miss",
    "unknown-braze-id",
    "alias-taken",
    "alias-not-found",
    "alias-case-mismatch",
    "alias-already-identified",
    "label-taken",
    "label-conflict",
    "ambiguous",
    "not-found",
    "same-profile",
    "control-group",
    "marked-for-deletion",
    "invalid-phones",
    "nested-null",
    "nested-time",
    "nested-key",
    "nested-depth",
    "nested-oversize",
    "nested-dropped-with-sibling",
    "array-oversize",
    "array-mixed",
    "array-operation",
    "forced-type",
    "blocklisted",
    "bad-name",
    "not-an-integer",
    "wrong-type",
    "unknown-time-zone",
    "unknown-country",
    "unknown-language",
    "push-token-present",
    "orphan-double-opt-in",
    "no-address",
    "wrong-channel",
    "unknown-subscription-group",
    "spam-blocked",
    "property-dropped",
    "properties-truncated",
    "unsupported-call",
    "invalid-call",
    "commerce-schema",
    "lost-by-fault",
]


class Discard(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that did not happen although Braze said success. `would_bill` data points are not in the ledger."""

    at: float
    request_id: str
    path: Path
    kind: str
    index: int
    user: str
    key: str
    reason: Reason
    detail: str
    would_bill: int


class Discards:
    """The newest discards, and counts of all of them by reason."""

    def __init__(self, keep: int) -> None:
        self.rows: deque[Discard] = deque(maxlen=keep)
        self.by_reason: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """How many there were in all."""
        return self.by_reason.total()

    def add(
        self, operation: Operation, at: float, reason: Reason, *, key: str = "", detail: str = "", would_bill: int = 0
    ) -> None:
        """Note that `operation`, or its part `key`, was dropped."""
        self.by_reason[reason] += 1
        self.rows.append(
            Discard(
                at=at,
                request_id=operation.request_id,
                path=operation.path,
                kind=operation.kind,
                index=operation.index,
                user=user_key(operation.body),
                key=key,
                reason=reason,
                detail=detail,
                would_bill=would_bill,
            )
        )
