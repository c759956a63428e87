"""The audit log: what operators did, append-only, in the order of the store's own clock."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from router.errors import StoreUnavailable
from router.store import keys
from router.store.store import Store


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that somebody did. No secret has a place in it."""

    who: str
    """Name of the token, or `connection file`."""
    role: str
    action: str
    """`connection.modes`, `destination.pause` …"""
    target: str
    reason: str = ""
    request_id: str = ""
    before: str = msgspec.field(default="", name="from")
    """Revision before and after, where the act made one."""
    after: str = msgspec.field(default="", name="to")
    details: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True):
    """An act, its id (`<milliseconds>-<sequence>`) and when the store took it down."""

    id: str
    at: str
    act: Act


class AuditLog:
    """The audit log of one store. Nothing in the program removes an entry."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def append(self, act: Act) -> str:
        """Write an act down; returns its id."""
        (stream_id,) = await self._store.run([("append", (keys.AUDIT,), (msgspec.json.encode(act),))])
        if isinstance(stream_id, Exception):
            raise StoreUnavailable(f"audit log: {stream_id}") from stream_id
        return bytes(stream_id).decode()

    async def newest(self, *, count: int, before: str = "") -> list[Entry]:
        """The newest acts, newest first; `before` is the id of the last one seen."""
        found = await self._store.command("XREVRANGE", keys.AUDIT, f"({before}" if before else "+", "-", "COUNT", count)
        return list(_entries(found))


def moment(stream_id: str) -> str:
    """When the store gave out a stream id: RFC 3339, UTC, to the millisecond."""
    at = datetime.fromtimestamp(int(stream_id.partition("-")[0]) / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entries(found: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> Iterable[Entry]:
    for stream_id, fields in found:
        name = stream_id.decode()
        yield Entry(name, moment(name), msgspec.json.decode(fields[b"entry"], type=Act))
