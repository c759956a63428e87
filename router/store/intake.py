"""Group commit: requests that arrive while one commit is in flight share the next.

`put` returns only after the script of every partition it touched has returned: what it accepted is in the queue.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import structlog

from router.errors import StoreUnavailable
from router.store import keys
from router.store.entries import pack
from router.store.layout import Incoming, lay_out
from router.store.store import Store

log = structlog.get_logger()

_MOST_EVENTS = 2000
"""Events one commit takes; more wait for the next."""
_MOST_BYTES = 16_000_000
"""Bytes of messages after which a commit takes no more; a server refuses arguments of half a gigabyte."""
_MOST_IN_ENTRY = 500
"""Events one queue entry holds: delivery reads whole entries, and works on one without giving way to anything else."""
_MOST_WAITING = 50_000
"""Events that may wait for a commit; more are refused, so that a slow store cannot fill the memory."""
_MOST_BYTES_WAITING = 256_000_000
"""The same in bytes of messages."""
_FULL_SECONDS = 1.0
"""So long the store is not asked again about a queue that it said is full."""
_QUEUE_FULL = "the queue is full"
_FIRST_QUEUE = 6
"""Where the queues begin among the keys of the script."""


class Put(msgspec.Struct):
    """One call of `put` that waits for its commit."""

    messages: Sequence[Incoming]
    done: asyncio.Future[int]
    size: int
    """Bytes of the messages."""


class Intake:
    """Writes messages to the queues. `on_commit` is called after each commit, to wake delivery in this process."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float],
        window_seconds: int,
        max_queued: int,
        max_queued_bytes: int,
        timeout: float,
        on_commit: Callable[[], None] = lambda: None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self._window = window_seconds
        self._max_queued = max_queued
        self._max_queued_bytes = max_queued_bytes
        self._events_waiting = 0
        self._bytes_waiting = 0
        self._timeout = timeout
        self._on_commit = on_commit
        self._waiting: list[Put] = []
        self._writer: asyncio.Task[None] | None = None
        self._ticks = ticks
        self._full: dict[str, float] = {}
        """Queues that were full a moment ago, and until when nothing for them is put."""

    async def put(self, messages: Sequence[Incoming]) -> int:
        """Store messages durably; returns how many were repeats of earlier ones. Raises StoreUnavailable (nothing is lost: send again)."""
        if not messages:
            return 0
        if self._full and self._is_full(messages):
            raise StoreUnavailable(_QUEUE_FULL)
        if self._events_waiting > _MOST_WAITING or self._bytes_waiting > _MOST_BYTES_WAITING:
            raise StoreUnavailable("the store cannot keep up")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()
        put = Put(messages, done, sum([len(message.message) for message in messages]))
        self._waiting.append(put)
        self._events_waiting += len(messages)
        self._bytes_waiting += put.size
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        late = StoreUnavailable(f"no answer from the store within {self._timeout} s")
        timer = loop.call_later(self._timeout, _fail, done, late)  # a third of what asyncio.timeout costs
        try:
            return await done
        finally:
            timer.cancel()

    async def aclose(self) -> None:
        """Wait for the commits in flight, as long as anybody waits for their answer."""
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=self._timeout)

    async def _write_all(self) -> None:
        while self._waiting:
            puts = self._next_commit()
            try:
                repeats = await self._commit([message for put in puts for message in put.messages])
            except StoreUnavailable as error:
                for put in puts:
                    _fail(put.done, error)
            except Exception as error:  # a defect costs this commit, not those that wait behind it
                log.error("commit failed because of a defect", exc_info=error)
                for put in puts:
                    _fail(put.done, StoreUnavailable(f"a defect: {error!r}"))
            else:
                self._answer(puts, repeats)
                self._on_commit()

    def _next_commit(self) -> list[Put]:
        taken, events, size = 0, 0, 0
        while taken < len(self._waiting) and (taken == 0 or (events < _MOST_EVENTS and size < _MOST_BYTES)):
            events += len(self._waiting[taken].messages)
            size += self._waiting[taken].size
            taken += 1
        puts, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._events_waiting -= events
        self._bytes_waiting -= size
        return puts

    def _answer(self, puts: Iterable[Put], repeats: Sequence[bool | Exception]) -> None:
        at = 0
        for put in puts:
            mine = repeats[at : at + len(put.messages)]
            at += len(put.messages)
            failed = next((outcome for outcome in mine if isinstance(outcome, Exception)), None)
            if failed is not None:
                _fail(put.done, StoreUnavailable(str(failed)))
            elif not put.done.done():
                put.done.set_result(sum(1 for repeat in mine if repeat))

    async def _commit(self, messages: Sequence[Incoming]) -> list[bool | Exception]:
        groups: dict[int, list[int]] = {}
        for number, message in enumerate(messages):
            groups.setdefault(keys.partition_of(message.identity, self._store.partitions), []).append(number)
        now = self._clock()
        entries = [(partition, piece) for partition, numbers in groups.items() for piece in _pieces(numbers)]
        calls = [self._call(partition, [messages[number] for number in piece], now) for partition, piece in entries]
        outcomes: list[bool | Exception] = [False] * len(messages)
        for (_, piece), (_, names, _), result in zip(entries, calls, await self._store.run(calls), strict=True):
            self._note(outcomes, piece, messages, result)
            if not isinstance(result, Exception):
                self._refuse(outcomes, piece, names[_FIRST_QUEUE:], *result[2:])
        return outcomes

    def _call(self, partition: int, messages: Sequence[Incoming], now: float) -> tuple[str, list[str], list[Any]]:
        window = int(now // self._window)
        layout = lay_out(messages)
        names = [
            keys.seen(partition, window),
            keys.seen(partition, window - 1),
            keys.seen(partition, window + 1),
            keys.counts(partition),
            keys.depth(partition),
            keys.size(partition),
        ]
        names += [keys.queue(partition, destination) for destination in layout.batches]
        arguments: list[Any] = [2 * self._window, len(messages), layout.marks, layout.fate_numbers]
        arguments += [self._max_queued, self._max_queued_bytes]
        arguments += [len(layout.counters), *layout.counters, len(layout.fates), *layout.fates]
        for destination, events in layout.batches.items():
            arguments += [destination, pack(events)]
        return "enqueue", names, arguments

    def _note(
        self, outcomes: list[bool | Exception], numbers: Sequence[int], messages: Sequence[Incoming], result: Any
    ) -> None:
        if isinstance(result, Exception):
            for number in numbers:
                outcomes[number] = result
            return
        repeated, conflicting = result[:2]
        for position in repeated:
            outcomes[numbers[position]] = True
        if conflicting:
            found = [messages[numbers[position]] for position in conflicting[:10]]
            log.warning(
                "messageIds repeated with another payload",
                count=len(conflicting),
                sources=sorted({message.source for message in found}),
                message_ids=[message.message_id for message in found],
            )

    def _refuse(
        self,
        outcomes: list[bool | Exception],
        numbers: Sequence[int],
        queues: Sequence[str],
        refused: Sequence[int],
        full: Sequence[int],
    ) -> None:
        for position in refused:
            outcomes[numbers[position]] = StoreUnavailable(_QUEUE_FULL)
        for number in full:
            self._full[queues[number - 1]] = self._ticks() + _FULL_SECONDS

    def _is_full(self, messages: Iterable[Incoming]) -> bool:
        """Whether any of them goes to a queue that was full a moment ago; others are the store's to judge."""
        now = self._ticks()
        self._full = {queue: until for queue, until in self._full.items() if now < until}
        return bool(self._full) and any(
            keys.queue(keys.partition_of(message.identity, self._store.partitions), unit.destination) in self._full
            for message in messages
            for unit in message.units
            if unit.decision.cloud.verdict == "deliver"
        )


def _pieces(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[start : start + _MOST_IN_ENTRY] for start in range(0, len(numbers), _MOST_IN_ENTRY)]


def _fail(done: "asyncio.Future[int]", error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
