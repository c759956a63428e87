"""Order violations: work of one user applied or accepted against its order.

Braze promises no order between requests, so a client that needs one must not have two requests of a user under way.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Literal

import msgspec

from router.braze_simulator.operations import Operation, user_key
from router.braze_simulator.profiles.profile import Profile

ViolationKind = Literal["applied-late", "time-backwards", "overtaking"]
_KEEP = 10_000


class OrderViolation(msgspec.Struct, frozen=True, kw_only=True):
    """`applied-late`: a later accepted object of the user was applied first. `time-backwards`: an event or purchase
    arrived after one of the same user, path and kind that carries a later time. `overtaking`: an object was applied
    while an earlier request with the same user had no answer yet (a delay fault held it)."""

    kind: ViolationKind
    user: str
    braze_id: str
    request_id: str
    what: str
    at: float
    value: float
    latest: float


class OrderViolations:
    """The newest violations and the number of all."""

    def __init__(self) -> None:
        self.rows: deque[OrderViolation] = deque(maxlen=_KEEP)
        self.count = 0
        self._held: Counter[str] = Counter()

    def hold(self, users: Iterable[str]) -> None:
        """A request with these users waits for its answer."""
        self._held.update(users)

    def release(self, users: Iterable[str]) -> None:
        """The request goes on."""
        self._held.subtract(users)
        self._held += Counter()

    def check_sequence(self, profile: Profile, operation: Operation, now: float) -> None:
        """Compare the order of application with the order of arrival."""
        if self._held and self._held[user_key(operation.body)]:
            self._add("overtaking", profile, operation, now=now, value=operation.seq, latest=operation.seq)
        if operation.seq < profile.applied_seq:
            self._add("applied-late", profile, operation, now=now, value=operation.seq, latest=profile.applied_seq)
        else:
            profile.applied_seq = operation.seq

    def check_time(self, profile: Profile, operation: Operation, now: float, *, moment: float) -> None:
        """Compare an occurrence's time with the latest of this user, path and kind (purchases come after events)."""
        lane = f"{operation.path}:{operation.kind}"
        latest = profile.latest_times.get(lane, moment)
        if moment < latest:
            self._add("time-backwards", profile, operation, now=now, value=moment, latest=latest)
        else:
            profile.latest_times[lane] = moment

    def _add(
        self,
        kind: ViolationKind,
        profile: Profile,
        operation: Operation,
        *,
        now: float,
        value: float,
        latest: float,
    ) -> None:
        self.count += 1
        self.rows.append(
            OrderViolation(
                kind=kind,
                user=profile.user,
                braze_id=profile.braze_id,
                request_id=operation.request_id,
                what=str(operation.body.get("name") or operation.body.get("product_id") or operation.kind),
                at=now,
                value=value,
                latest=latest,
            )
        )
