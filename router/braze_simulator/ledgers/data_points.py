"""The data-point ledger: what every applied object would cost (Braze docs: data points).

Totals never lose anything; single rows are kept up to a limit.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from router.braze_simulator.operations import Operation

GroupBy = Literal["user", "key", "request", "tag", "day", "path"]


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """The data points of one applied object: key → points; a key with 0 points is free and was sent all the same."""

    request_id: str
    profile: str
    kind: str
    path: str
    tag: str
    at: float
    points: dict[str, int]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger as /_sim/datapoints shows it."""

    request_id: str
    profile: str
    kind: str
    path: str
    tag: str
    at: float
    key: str
    points: int
    billable: bool


class DataPoints:
    """Charges and their totals."""

    def __init__(self, keep: int) -> None:
        self.charges: deque[Charge] = deque(maxlen=keep)
        self.total = 0
        self.totals: dict[GroupBy, Counter[str]] = {
            name: Counter() for name in ("user", "key", "request", "tag", "day", "path")
        }

    def charge(self, operation: Operation, profile: str, at: float, points: Mapping[str, int]) -> None:
        """Book what one object cost on the profile with this Braze id."""
        cost = sum(points.values())
        totals = self.totals
        self.total += cost
        totals["user"][profile] += cost
        totals["request"][operation.request_id] += cost
        totals["tag"][operation.tag] += cost
        totals["path"][operation.path] += cost
        totals["day"][_day(at)] += cost
        totals["key"].update(points)
        self.charges.append(
            Charge(
                request_id=operation.request_id,
                profile=profile,
                kind=operation.kind,
                path=operation.path,
                tag=operation.tag,
                at=at,
                points=dict(points),
            )
        )

    def move(self, source: str, target: str) -> None:
        """Count a merged profile's points for the profile that took it in."""
        self.totals["user"][target] += self.totals["user"].pop(source, 0)

    def rows(self, profile: str | None = None) -> Iterator[Row]:
        """The kept charges, one row per key."""
        for charge in self.charges:
            if profile is not None and charge.profile != profile:
                continue
            for key, points in charge.points.items():
                yield Row(
                    request_id=charge.request_id,
                    profile=charge.profile,
                    kind=charge.kind,
                    path=charge.path,
                    tag=charge.tag,
                    at=charge.at,
                    key=key,
                    points=points,
                    billable=points > 0,
                )


_DAY_SECONDS = 86_400


def _day(at: float) -> str:
    return _day_text(int(at // _DAY_SECONDS))


def _day_text(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY_SECONDS, UTC).date().isoformat()
