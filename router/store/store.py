"""The store: one Redis/Valkey, its scripts, and the operations delivery and status need.

Every operation raises StoreUnavailable when the server is unreachable or too slow; no operation is retried in here,
since some must not run twice.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from router.errors import LeaseLost, RouterError, StoreUnavailable
from router.store import keys
from router.store.accounting import Account, Totals, total
from router.store.entries import Backlog, UnknownFormat, unpack
from router.store.letter_order import Letter, Place
from router.store.pipe import Pipe
from router.store.progress import OUT, in_flight_of, part_field, parts_of, positions_of


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What one request to Braze achieved, ready to be written in one step; `id` makes a repetition harmless."""

    id: str = msgspec.field(default_factory=lambda: uuid.uuid4().hex)

    finished: tuple[str, ...] = ()
    """Entries with nothing left to do."""
    progress: Mapping[str, str] = msgspec.field(default_factory=dict)
    """For unfinished entries: all positions that have ended so far, joined by commas."""
    counters: Mapping[str, int] = msgspec.field(default_factory=dict)
    ended: int = 0
    """Events that leave the queue."""
    freed: int = 0
    """Bytes of the finished entries."""
    dead_letters: tuple[bytes, ...] = ()
    in_flight: str = ""
    """What the next request carries, as `router.store.progress` notes places; empty when none goes out."""
    parts: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    """For unfinished entries with news: what Braze has decided about parts of their events."""
    partly: str = ""
    """All events that are sent in part, noted like `in_flight`."""


class Script(msgspec.Struct, frozen=True):
    """A Lua script and its SHA-1 as the server knows it."""

    text: str
    sha: str


class Store:
    """Operations on one Redis/Valkey server or cluster. Build with `Store.open(url)`."""

    def __init__(
        self, redis: Redis | RedisCluster, *, partitions: int, scripts: Mapping[str, Script], timeout: float = 5.0
    ) -> None:
        self._redis = redis
        self._pipe = Pipe(redis, timeout=timeout) if isinstance(redis, Redis) else None
        self._scripts = scripts
        self.partitions = partitions

    @classmethod
    async def open(cls, url: str, *, partitions: int | None, timeout: float = 5.0) -> "Store":
        """Connect, load the scripts, and check that the number of partitions is the installation's (None: take it from there).

        `redis+cluster://host:port` (or `rediss+cluster://`) names any node of a cluster.
        """
        try:
            redis = _connect(url, timeout)
        except ValueError as error:
            raise RouterError(
                f"`{url.partition('://')[0]}://…` is no store: use redis://, rediss://, unix:// or redis+cluster://"
            ) from error
        store = cls(redis, partitions=partitions or 0, scripts={}, timeout=timeout)
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
        if self._pipe is not None:
            await self._pipe.aclose()
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

    async def peek(
        self, lanes: Sequence[tuple[int, str]], *, counts: Sequence[int], events: int = 1000, size: int = 2_000_000
    ) -> list[Backlog | UnknownFormat]:
        """The oldest entries of each (partition, destination), without what has ended already.

        Of each as many entries as `counts` says, and no more of them than it takes to have about `events` events or `size` bytes.
        A queue whose entries this program cannot read gives UnknownFormat in its place; the others are not held up.
        """
        async with _unavailable():
            pipeline = self._redis.pipeline(transaction=False)
            for (partition, destination), count in zip(lanes, counts, strict=True):
                pipeline.xrange(keys.queue(partition, destination), count=count)
                pipeline.hgetall(keys.progress(partition, destination))
            answers = await pipeline.execute()
        found: list[Backlog | UnknownFormat] = []
        for entries, progress in zip(answers[::2], answers[1::2], strict=True):
            found.append(_backlog(entries, progress, events=events, size=size))
            if entries:
                await asyncio.sleep(0)  # unpacking is work, and there may be many lanes
        return found

    async def paused(self) -> frozenset[str]:
        """Destinations that an operator has paused: accepted for, not delivered to."""
        async with _unavailable():
            names = await self._redis.smembers(keys.PAUSED)
        return frozenset(_text(name) for name in names)

    async def pause(self, destination: str) -> None:
        """Hold a destination's queues until `resume`."""
        async with _unavailable():
            await self._redis.sadd(keys.PAUSED, destination)

    async def resume(self, destination: str) -> None:
        """Deliver to a paused destination again."""
        async with _unavailable():
            await self._redis.srem(keys.PAUSED, destination)

    async def settle(self, partition: int, destination: str, *, token: str, settlement: Settlement) -> None:
        """Write a settlement; raise LeaseLost when another process owns the partition."""
        names = (
            keys.lease(partition),
            keys.queue(partition, destination),
            keys.progress(partition, destination),
            keys.counts(partition),
            keys.depth(partition),
            keys.size(partition),
            keys.dead(partition),
        )
        (result,) = await self.run([("settle", names, _settle_arguments(token, destination, settlement))])
        if isinstance(result, Exception):
            raise StoreUnavailable(str(result)) from result
        if not result:
            raise LeaseLost(f"partition {partition} belongs to another process")

    async def lease_some(
        self, owner: str, *, milliseconds: int, tokens: Mapping[int, str], wanted: Iterable[int]
    ) -> dict[int, str]:
        """Renew the leases held and take those of `wanted` that are free; per partition the token, or "" when it is another's."""
        numbers = sorted({*tokens, *wanted})
        calls = [
            ("lease", (keys.lease(number), keys.fence(number)), (owner, milliseconds, tokens.get(number, "")))
            for number in numbers
        ]
        return {number: _token(result) for number, result in zip(numbers, await self.run(calls), strict=True)}

    async def release(self, tokens: Mapping[int, str]) -> None:
        """Give leases back."""
        await self.run([("release", (keys.lease(number),), (token,)) for number, token in tokens.items()])

    async def join(self, owner: str, *, milliseconds: int) -> tuple[int, int]:
        """Say that a process is alive; returns how many are, and the place of this one among them."""
        (result,) = await self.run([("members", (keys.MEMBERS,), (owner, milliseconds))])
        if isinstance(result, Exception):
            raise StoreUnavailable(str(result)) from result
        members, rank = result
        return int(members), int(rank)

    async def members(self) -> int:
        """How many processes have given a sign of life lately."""
        count, _ = await self.join(_OBSERVER, milliseconds=_MEMBER_MILLISECONDS)
        await self.leave(_OBSERVER)
        return count - 1

    async def set_partitions(self, number: int) -> None:
        """Change the number of partitions (`router.store.partitions` says when that is safe)."""
        async with _unavailable():
            await self._redis.set(keys.PARTITIONS, number)
        self.partitions = number

    async def leave(self, owner: str) -> None:
        """The opposite of `join`."""
        async with _unavailable():
            await self._redis.zrem(keys.MEMBERS, owner)

    async def totals(self) -> Totals:
        """Where every accepted unit is, over all partitions."""
        account = await self.account()
        return total(account.counters, queued=sum(account.queued.values()))

    async def account(self) -> Account:
        """All counters, and what is queued for each destination; each partition as it was at one moment."""
        calls = [
            ("account", (keys.counts(number), keys.depth(number), keys.size(number)), ())
            for number in range(self.partitions)
        ]
        answers = await self.run(calls)
        for answer in answers:
            if isinstance(answer, Exception):
                raise StoreUnavailable(str(answer)) from answer
        counters, queued, sizes = (_sums(answer[place] for answer in answers) for place in range(3))
        return Account(counters=counters, queued=queued, queued_bytes=sizes)

    async def letters(self, starts: Sequence[str], *, count: int) -> list[list[Letter]]:
        """Up to `count` dead letters of each partition, newest first, from where `starts` says."""
        async with _unavailable():
            pipeline = self._redis.pipeline(transaction=False)
            for partition, start in enumerate(starts):
                pipeline.xrevrange(keys.dead(partition), max=start, count=count)
            answers = await pipeline.execute()
        return [
            [_letter(partition, name, fields) for name, fields in letters] for partition, letters in enumerate(answers)
        ]

    async def letter(self, partition: int, stream_id: str) -> Letter | None:
        """One dead letter, or None."""
        async with _unavailable():
            found: list[Any] = list(await self._redis.xrange(keys.dead(partition), min=stream_id, max=stream_id) or ())
        return _letter(partition, *found[0]) if found else None

    async def command(self, *words: str | bytes | int) -> Any:
        """One plain command, for the nouns that keep what they know in a module of their own."""
        async with _unavailable():
            return await self._redis.execute_command(*words)

    async def _pipeline(self, calls: Sequence[tuple[str, Sequence[str], Sequence[Any]]]) -> list[Any]:
        commands = [
            ("EVALSHA", self._scripts[name].sha, len(names), *names, *arguments) for name, names, arguments in calls
        ]
        if self._pipe is not None:
            return await self._pipe.run(commands)
        pipeline = self._redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)  # a cluster's pipeline refuses `evalsha`, though not the command
        return list(await pipeline.execute(raise_on_error=False))

    async def _check_partitions(self) -> None:
        if self.partitions:
            await self._redis.set(keys.PARTITIONS, self.partitions, nx=True)
        fixed = int(await self._redis.get(keys.PARTITIONS) or 0)
        if self.partitions not in (0, fixed):
            raise RouterError(
                f"this store has {fixed} partitions, the settings say {self.partitions}; set partitions: {fixed}"
            )
        self.partitions = fixed


_Raw = tuple[bytes, dict[bytes, bytes]]
"""A stream entry as the server gives it: id and fields."""
_OBSERVER = "observer"
_MEMBER_MILLISECONDS = 6_000
_SCRIPTS = (
    "enqueue",
    "settle",
    "lease",
    "release",
    "members",
    "requeue",
    "revise",
    "discard",
    "account",
    "traits",
    "traits_era",
    "pace",
    "record",
    "regulations",
    "stream",
    "backlog",
    "append",
)


def _connect(url: str, timeout: float) -> Redis | RedisCluster:
    scheme, separator, rest = url.partition("://")
    once = Retry(NoBackoff(), 0)
    if scheme.endswith("+cluster"):
        plain = scheme.removesuffix("+cluster") + separator + rest
        return RedisCluster.from_url(
            plain, protocol=2, socket_timeout=timeout, socket_connect_timeout=timeout, retry=once
        )
    return Redis.from_url(url, protocol=2, socket_timeout=timeout, socket_connect_timeout=timeout, retry=once)


async def _load(redis: Redis | RedisCluster, name: str) -> Script:
    text = (files("router.store") / "scripts" / f"{name}.lua").read_text(encoding="utf-8")
    return Script(text, str(await redis.script_load(text)))


@asynccontextmanager
async def _unavailable() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, RedisClusterException, OSError) as error:
        raise StoreUnavailable(f"Redis/Valkey: {error}") from error


def _settle_arguments(token: str, destination: str, settlement: Settlement) -> list[Any]:
    arguments: list[Any] = [
        token,
        destination,
        settlement.id,
        settlement.ended,
        settlement.freed,
        f"{settlement.in_flight} {settlement.partly}".strip(),
        len(settlement.finished),
        *settlement.finished,
    ]
    news = [*settlement.progress.items(), *((part_field(name), parts) for name, parts in settlement.parts.items())]
    if settlement.partly:
        news.append((OUT, f"{settlement.id} {settlement.in_flight}"))
    arguments.append(len(news))
    for field, value in news:
        arguments += [field, value]
    arguments.append(len(settlement.counters))
    for name, increment in settlement.counters.items():
        arguments += [name, increment]
    return [*arguments, len(settlement.dead_letters), *settlement.dead_letters]


def _first(entries: Sequence[_Raw], events: int, size: int) -> Sequence[_Raw]:
    """The first entries, up to the one that makes the number of events or bytes full; unpacked entries cost memory and time."""
    total, taken = 0, 0
    for number, (_, fields) in enumerate(entries):
        total += int(fields.get(b"n", 1))
        taken += len(fields.get(b"batch", b""))
        if total >= events or taken >= size:
            return entries[: number + 1]
    return entries


def _backlog(
    entries: Sequence[_Raw], progress: Mapping[bytes, bytes], *, events: int, size: int
) -> Backlog | UnknownFormat:
    try:
        return _read(_first(entries, events, size), progress)
    except UnknownFormat as error:
        return error
    except ValueError as error:
        return UnknownFormat(f"a number of the queue or of its progress is damaged: {error!r}")


def _read(entries: Iterable[_Raw], progress: Mapping[bytes, bytes]) -> Backlog:
    found = tuple(unpack(entry_id, fields, positions_of(progress.get(entry_id))) for entry_id, fields in entries)
    parts = parts_of(progress, first=found[0].id) if found else {}
    return Backlog(found, in_flight_of(progress), parts)


def _sums(hashes: Iterable[Sequence[bytes]]) -> dict[str, int]:
    """Flat name-value lists, added up by name."""
    sums: dict[str, int] = {}
    for flat in hashes:
        for name, value in zip(flat[::2], flat[1::2], strict=True):
            sums[name.decode()] = sums.get(name.decode(), 0) + int(value)
    return sums


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _letter(partition: int, stream_id: bytes, fields: Mapping[bytes, bytes]) -> Letter:
    """A dead letter as it is; of one without a text, all that is there."""
    raw = fields.get(b"letter", b"".join(fields.values()))
    return Letter(Place.of(f"{partition}-{stream_id.decode()}"), raw, fields.get(b"v", b"").decode(errors="replace"))


def _token(result: Any) -> str:
    if isinstance(result, Exception):
        raise StoreUnavailable(str(result)) from result
    return bytes(result).decode()
