"""What the store holds of users at one destination, and how to be rid of it: queued events, dead letters.

Queued events are discarded by the lanes that own them (`delivery.lane`); here is how to know that they are gone. Recordings are
not searched: their ids are hashes under a key of their own, so that nobody can be found in them (docs/regulations.md).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from router.errors import InvalidJson, StoreUnavailable
from router.events import decode_heads
from router.identifiers import id_text
from router.store import keys
from router.store.accounting import SUPPRESSED, counter
from router.store.dead_letters import DeadLetter
from router.store.store import Store

Belongs = Callable[[str, str], bool]
"""Whether an event with this userId and this anonymousId is one to discard."""

_PAGE = 200


def ids_of(message: bytes) -> tuple[str, str]:
    """The userId and the anonymousId of a message; empty where it has none or cannot be read."""
    try:
        (head,) = decode_heads([msgspec.Raw(message)])
    except InvalidJson:
        return "", ""
    return id_text(head.user_id), id_text(head.anonymous_id)


class Erasure:
    """Reads and removes. Every operation raises StoreUnavailable, and may then have happened in part; it can be repeated."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def fences(self, destination: str) -> tuple[str, ...]:
        """The newest queue entry of each partition, by which `held_back` judges."""
        return tuple(newest for _, newest in await self._ends(destination))

    async def held_back(self, destination: str, fences: Sequence[str]) -> int:
        """How many partitions still hold entries that are no newer than their fence."""
        ends = await self._ends(destination)
        return sum(_is_at_most(oldest, fence) for (oldest, _), fence in zip(ends, fences, strict=False))

    async def discard_letters(self, destination: str, belongs: Belongs) -> int:
        """Discard the dead letters of some users; returns how many there were."""
        discarded = 0
        for partition in range(self._store.partitions):
            async for stream_id, fields in self._entries(keys.dead(partition)):
                letter = msgspec.json.decode(fields[b"letter"], type=DeadLetter)
                if letter.destination == destination and belongs(*ids_of(bytes(letter.message))):
                    discarded += await self._discard(partition, stream_id, letter)
        return discarded

    async def _discard(self, partition: int, stream_id: str, letter: DeadLetter) -> int:
        gone = counter("discarded", letter.source, letter.destination, SUPPRESSED)
        names = (keys.dead(partition), keys.counts(partition))
        (result,) = await self._run([("discard", names, (stream_id, letter.counter, gone))])
        return int(result)

    async def _entries(self, name: str) -> AsyncIterator[tuple[str, dict[bytes, bytes]]]:
        """All entries of a stream, a page at a time."""
        after = ""
        while True:
            (page,) = await self._run([("stream", (name,), ("page", after, _PAGE))])
            for stream_id, flat in page:
                after = stream_id.decode()
                yield after, dict(zip(flat[::2], flat[1::2], strict=True))
            if len(page) < _PAGE:
                return

    async def _ends(self, destination: str) -> list[tuple[str, str]]:
        calls = [
            ("stream", (keys.queue(partition, destination),), ("ends",)) for partition in range(self._store.partitions)
        ]
        return [(oldest.decode(), newest.decode()) for oldest, newest in await self._run(calls)]

    async def _run(self, calls: Sequence[tuple[str, Sequence[str], Sequence[Any]]]) -> list[Any]:
        results = await self._store.run(calls)
        for result in results:
            if isinstance(result, Exception):
                raise StoreUnavailable(f"erasure: {result}") from result
        return results


def _is_at_most(stream_id: str, fence: str) -> bool:
    return bool(stream_id and fence) and _order(stream_id) <= _order(fence)


def _order(stream_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = stream_id.partition("-")
    return int(milliseconds), int(sequence)
