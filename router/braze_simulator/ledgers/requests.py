"""The requests that reached the REST host: what was asked, what was answered, and when it was applied."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

import msgspec


class RequestRecord(msgspec.Struct, kw_only=True):
    """One request. The key is shown by name; `body` is dropped first when the ledger gets too large."""

    id: str
    at: float
    method: str
    path: str
    query: str
    key: str | None
    tag: str
    headers: dict[str, str]
    body: bytes | None
    status: int
    response: Any
    fault: str | None
    outcomes: list[dict[str, Any]]
    applied_at: float | None = None


class Requests:
    """The newest requests, and counts of all of them by path and status."""

    def __init__(self, keep: int, body_bytes: int) -> None:
        self._keep = keep
        self._body_bytes = body_bytes
        self._held_bytes = 0
        self.records: OrderedDict[str, RequestRecord] = OrderedDict()
        self._with_body: OrderedDict[str, RequestRecord] = OrderedDict()
        self.counts: Counter[tuple[str, int]] = Counter()
        self._applied_early: dict[str, float] = {}

    def add(self, record: RequestRecord) -> None:
        """Remember a request, forgetting old bodies and then old requests where space runs out."""
        record.applied_at = self._applied_early.pop(record.id, record.applied_at)
        self.counts[record.path, record.status] += 1
        self.records[record.id] = record
        self._with_body[record.id] = record
        self._held_bytes += len(record.body or b"")
        while self._held_bytes > self._body_bytes and self._with_body:
            self._drop_body(next(iter(self._with_body)))
        while len(self.records) > self._keep:
            oldest, _ = self.records.popitem(last=False)
            self._drop_body(oldest)

    def applied(self, request_id: str, at: float) -> None:
        """Note when the work of a request reached the profiles, which may be before its answer was written."""
        record = self.records.get(request_id)
        if record is None:
            self._applied_early[request_id] = at
        else:
            record.applied_at = at

    def _drop_body(self, request_id: str) -> None:
        record = self._with_body.pop(request_id, None)
        if record is not None:
            self._held_bytes -= len(record.body or b"")
            record.body = None
