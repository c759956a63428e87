"""The store: one Redis/Valkey, its scripts, and the operations delivery and status need.

Every operation raises StoreUnavailable when the server is unreachable or too slow; no operation is retried in here,
since some must not run twice.
"""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from router.errors import LeaseLost, RouterError, StoreUnavailable
from router.store import keys
from router.store.accounting import Totals, total
from router.store.entries import Entry, unpack


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What one request to Braze achieved, ready to be written in one step; `id` makes a repetition harmless."""

    id: str = msgspec.field(default_factory=lambda: uuid.uuid4().hex)

    finished: tuple[str, ...] = ()
    """Entries with nothing left to do."""
    progress: Mapping[str, Sequence[int]] = msgspec.field(default_factory=dict)
    """For unfinished entries: all positions that have ended so far."""
    counters: Mapping[str, int] = msgspec.field(default_factory=dict)
    ended: int = 0
    """Events that leave the queue."""
    dead_letters: tuple[bytes, ...] = ()


class Script(msgspec.Struct, frozen=True):
    """A Lua script and its SHA-1 as the server knows it."""

    text: str
    sha: str


class Store:
    """Operations on one Redis/Valkey. Build with `Store.open(url)`."""

    def __init__(self, redis: Redis, *, partitions: int, scripts: Mapping[str, Script]) -> None:
        self._redis = redis
        self._scripts = scripts
        self.partitions = partitions

    @classmethod
    async def open(cls, url: str, *, partitions: int, timeout: float = 5.0) -> "Store":
        """Connect, load the scripts, and check that the number of partitions is the installation's."""
        redis = Redis.from_url(
            url, protocol=2, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0)
        )
        store = cls(redis, partitions=partitions, scripts={})
        try:
            async with _unavailable():
                store._scripts = {name: await _load(redis, name) for name in _SCRIPTS}
                await store._check_partitions()
        except BaseException:
            await redis.aclose()
            raise
        return store

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """Raise StoreUnavailable when the server does not answer."""
        async with _unavailable():
            await self._redis.ping()

    async def run(self, calls: Sequence[tuple[str, Sequence[str], Sequence[Any]]]) -> list[Any]:
        """Run scripts (name, keys, arguments) in one pipeline; a result may be the exception its script raised."""
        async with _unavailable():
            results = await self._pipeline(calls)
            lost = [number for number, result in enumerate(results) if isinstance(result, NoScriptError)]
            if lost:
                self._scripts = {name: await _load(self._redis, name) for name in _SCRIPTS}
                again = await self._pipeline([calls[number] for number in lost])
                for number, result in zip(lost, again, strict=True):
                    results[number] = result
        return results

    async def peek(self, lanes: Sequence[tuple[int, str]], *, count: int) -> list[list[Entry]]:
        """The oldest `count` entries of each (partition, destination), without what has ended already."""
        async with _unavailable():
            pipeline = self._redis.pipeline(transaction=False)
            for partition, destination in lanes:
                pipeline.xrange(keys.queue(partition, destination), count=count)
                pipeline.hgetall(keys.progress(partition, destination))
            answers = await pipeline.execute()
        return [
            [unpack(entry_id, fields, _positions(ended.get(entry_id))) for entry_id, fields in entries]
            for entries, ended in zip(answers[::2], answers[1::2], strict=True)
        ]

    async def settle(self, partition: int, destination: str, *, token: str, settlement: Settlement) -> None:
        """Write a settlement; raise LeaseLost when another process owns the partition."""
        names = (
            keys.lease(partition),
            keys.queue(partition, destination),
            keys.progress(partition, destination),
            keys.counts(partition),
            keys.depth(partition),
            keys.dead(partition),
        )
        (result,) = await self.run([("settle", names, _settle_arguments(token, destination, settlement))])
        if isinstance(result, Exception):
            raise StoreUnavailable(str(result)) from result
        if not result:
            raise LeaseLost(f"partition {partition} belongs to another process")

    async def lease_all(self, owner: str, *, milliseconds: int, tokens: Mapping[int, str]) -> dict[int, str]:
        """Renew the leases held and take those that are free; per partition the token, or "" when another process holds it."""
        calls = [
            ("lease", (keys.lease(number), keys.fence(number)), (owner, milliseconds, tokens.get(number, "")))
            for number in range(self.partitions)
        ]
        return {number: _token(result) for number, result in enumerate(await self.run(calls))}

    async def release_all(self, tokens: Mapping[int, str]) -> None:
        """Give leases back."""
        await self.run([("release", (keys.lease(number),), (token,)) for number, token in tokens.items()])

    async def totals(self) -> Totals:
        """Counters of all partitions, added up."""
        async with _unavailable():
            pipeline = self._redis.pipeline(transaction=False)
            for partition in range(self.partitions):
                pipeline.hgetall(keys.counts(partition))
                pipeline.hvals(keys.depth(partition))
            answers = await pipeline.execute()
        sums: dict[str, int] = {}
        for counts in answers[::2]:
            for name, value in counts.items():
                sums[name.decode()] = sums.get(name.decode(), 0) + int(value)
        return total(sums, queued=sum(int(value) for depths in answers[1::2] for value in depths))

    async def dead_letters(self, *, count: int = 100) -> list[bytes]:
        """The newest dead letters of every partition, as written."""
        async with _unavailable():
            pipeline = self._redis.pipeline(transaction=False)
            for partition in range(self.partitions):
                pipeline.xrevrange(keys.dead(partition), count=count)
            answers = await pipeline.execute()
        return [fields[b"letter"] for letters in answers for _, fields in letters]

    async def save_revision(self, name: str, document: bytes) -> None:
        """Keep a connection file under its revision, and make it the current one."""
        async with _unavailable():
            await self._redis.set(keys.revision(name), document, nx=True)
            await self._redis.set(keys.CURRENT_REVISION, name)

    async def revision(self, name: str) -> bytes | None:
        """A connection file kept earlier, or None."""
        async with _unavailable():
            document = await self._redis.get(keys.revision(name))
        return document.encode() if isinstance(document, str) else document

    async def _pipeline(self, calls: Sequence[tuple[str, Sequence[str], Sequence[Any]]]) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for name, names, arguments in calls:
            pipeline.evalsha(self._scripts[name].sha, len(names), *names, *arguments)
        return list(await pipeline.execute(raise_on_error=False))

    async def _check_partitions(self) -> None:
        await self._redis.set(keys.PARTITIONS, self.partitions, nx=True)
        fixed = int(await self._redis.get(keys.PARTITIONS) or 0)
        if fixed != self.partitions:
            raise RouterError(
                f"this store has {fixed} partitions, the settings say {self.partitions}; set partitions: {fixed}"
            )


_SCRIPTS = ("enqueue", "settle", "lease", "release")


async def _load(redis: Redis, name: str) -> Script:
    text = (files("router.store") / "scripts" / f"{name}.lua").read_text(encoding="utf-8")
    return Script(text, str(await redis.script_load(text)))


@asynccontextmanager
async def _unavailable() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreUnavailable(f"Redis/Valkey: {error}") from error


def _settle_arguments(token: str, destination: str, settlement: Settlement) -> list[Any]:
    arguments: list[Any] = [
        token,
        destination,
        settlement.id,
        settlement.ended,
        len(settlement.finished),
        *settlement.finished,
    ]
    arguments.append(len(settlement.progress))
    for entry_id, positions in settlement.progress.items():
        arguments += [entry_id, ",".join(map(str, positions))]
    arguments.append(len(settlement.counters))
    for name, increment in settlement.counters.items():
        arguments += [name, increment]
    return [*arguments, len(settlement.dead_letters), *settlement.dead_letters]


def _positions(text: bytes | None) -> list[int]:
    return [int(position) for position in text.split(b",")] if text else []


def _token(result: Any) -> str:
    if isinstance(result, Exception):
        raise StoreUnavailable(str(result)) from result
    return bytes(result).decode()
