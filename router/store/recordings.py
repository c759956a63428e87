"""Recordings in the store: which are open, and for each a stream of masked events that ends by count and time.

All keys share one hash tag; everything of a recording goes away by itself.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from router.errors import RouterError, StoreUnavailable
from router.recording.recording import KEPT_SECONDS, Recording
from router.store.store import Store

_ALL = "hr:samples:{samples}:all"
"""Hash from id to the order, of recordings that can be fetched."""
_AT_ONCE = 200
"""Events one call of the script appends."""


class Sample(msgspec.Struct, frozen=True):
    """One recorded event: its place in the recording, and the envelope."""

    id: str
    envelope: msgspec.Raw


class NoSuchRecording(RouterError):
    """There is no recording with that id, or it is gone."""


class Recordings:
    """The recordings of one store. Every operation raises StoreUnavailable when the server does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def order(self, recording: Recording) -> None:
        """Open a recording; every process notices within a second."""
        await self._store.command("HSET", _ALL, recording.id, msgspec.json.encode(recording))

    async def open(self, *, now: float) -> list[Recording]:
        """Recordings that still take events. Those that can be fetched no longer are forgotten on the way, keys and all."""
        found = await self._all()
        for each in found:
            if each.until + KEPT_SECONDS < now:
                await self.remove(each.id)
        recordings = [each for each in found if now < each.until]
        return [each for each in recordings if await self.size(each.id) < each.count]

    async def add(self, recording: Recording, envelopes: Sequence[bytes], *, skipped: int = 0) -> None:
        """Append masked events as long as there is room; the count is never passed. Of a recording that is gone nothing is kept."""
        keys = (_ALL, _events(recording.id), _skipped(recording.id))
        ends = int(recording.until) + KEPT_SECONDS
        portions = range(0, max(1, len(envelopes)), _AT_ONCE)
        calls = [
            (
                "record",
                keys,
                (recording.id, recording.count, ends, 0 if start else skipped, *envelopes[start : start + _AT_ONCE]),
            )
            for start in portions
        ]
        for result in await self._store.run(calls):
            if isinstance(result, Exception):
                raise StoreUnavailable(str(result)) from result

    async def show(self, recording_id: str) -> Recording:
        """One recording; raises NoSuchRecording."""
        found = await self._store.command("HGET", _ALL, recording_id)
        if found is None:
            raise NoSuchRecording(f"there is no recording `{recording_id}`, or it is gone")
        return msgspec.json.decode(found, type=Recording)

    async def size(self, recording_id: str) -> int:
        """How many events it has."""
        return int(await self._store.command("XLEN", _events(recording_id)))

    async def skipped(self, recording_id: str) -> int:
        """How many chosen events were too many at once, or too large."""
        return int(await self._store.command("GET", _skipped(recording_id)) or 0)

    async def events(self, recording_id: str, *, after: str, count: int) -> list[Sample]:
        """Events in the order in which they were handed in, from after an id (empty = from the first)."""
        start = f"({after}" if after else "-"
        rows: Any = await self._store.command("XRANGE", _events(recording_id), start, "+", "COUNT", count)
        return [Sample(_text(name), msgspec.Raw(_envelope(fields))) for name, fields in rows or ()]

    async def remove(self, recording_id: str) -> None:
        """Stop it and forget everything of it."""
        await self._store.command("HDEL", _ALL, recording_id)
        await self._store.command("DEL", _events(recording_id), _skipped(recording_id))

    async def _all(self) -> list[Recording]:
        found: Any = await self._store.command("HVALS", _ALL)
        return [msgspec.json.decode(raw, type=Recording) for raw in found or ()]


def _events(recording_id: str) -> str:
    return f"hr:samples:{{samples}}:events:{recording_id}"


def _skipped(recording_id: str) -> str:
    return f"hr:samples:{{samples}}:skipped:{recording_id}"


def _envelope(fields: Any) -> bytes:
    """Field lists come as a list from a server and as a mapping from a client that reads them."""
    return bytes(fields[b"envelope"] if isinstance(fields, dict) else fields[1])


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name
