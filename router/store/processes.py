"""The processes of an installation: which are alive, what each says of itself, and which partitions each delivers from."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from router.errors import StoreUnavailable
from router.store import keys
from router.store.store import Store

ProcessKind = Literal["serve", "worker", "up"]
_REPORT_MILLISECONDS = 10_000


class CircuitReport(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a process sends to a destination at the moment."""

    state: Literal["closed", "resting", "open"]
    """`resting`: Braze asked for patience. `open`: it refuses or fails; see `reason`."""
    retry_in_seconds: float
    reason: str


class FailureReport(msgspec.Struct, frozen=True, kw_only=True):
    """The last request that Braze did not take."""

    at: str
    path: str
    outcome: str
    message: str


class DestinationReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a process says of one destination."""

    delivered_last_minute: int
    circuit: CircuitReport
    last_error: FailureReport | None


class ProcessReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a process says of itself."""

    host: str
    pid: int
    kind: ProcessKind
    version: str
    started_at: str
    revision: str
    """The connections that it decides by."""
    destinations: dict[str, DestinationReport]


class Backlog(msgspec.Struct, frozen=True):
    """How long the oldest entry of each queue has waited, and who delivers from each partition."""

    oldest_seconds: dict[str, float]
    """By destination, over all partitions; destinations with nothing queued are left out."""
    owners: list[str]
    """By partition; empty where nobody does."""


class Processes:
    """The processes of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def report(self, owner: str, report: ProcessReport) -> None:
        """Say something of a process; forgotten after ten seconds."""
        name = keys.process(owner)
        await self._store.command("SET", name, msgspec.json.encode(report), "PX", _REPORT_MILLISECONDS)

    async def withdraw(self, owner: str) -> None:
        """The process ends."""
        await self._store.command("DEL", keys.process(owner))

    async def alive(self) -> dict[str, ProcessReport | None]:
        """The processes that gave a sign of life lately, by owner name; None where one has said nothing that is understood."""
        owners = [_text(name) for name in await self._store.command("ZRANGE", keys.MEMBERS, 0, -1)]
        return {owner: _report(await self._store.command("GET", keys.process(owner))) for owner in sorted(owners)}

    async def backlog(self, destinations: Sequence[str]) -> Backlog:
        """The age of each destination's queue and the owner of each partition, by the store's own clock."""
        calls = [
            ("backlog", (keys.lease(number), *(keys.queue(number, name) for name in destinations)), ())
            for number in range(self._store.partitions)
        ]
        oldest: dict[str, float] = {}
        owners: list[str] = []
        for answer in await self._store.run(calls):
            if isinstance(answer, Exception):
                raise StoreUnavailable(str(answer)) from answer
            now, token, *ids = answer
            owners.append(_text(token).rpartition(":")[0])
            for name, stream_id in zip(destinations, ids, strict=True):
                if stream_id:
                    age = max(0.0, (int(now) - int(_text(stream_id).partition("-")[0])) / 1000)
                    oldest[name] = max(oldest.get(name, 0.0), age)
        return Backlog(oldest, owners)


def _report(stored: bytes | None) -> ProcessReport | None:
    try:
        return msgspec.json.decode(stored, type=ProcessReport) if stored else None
    except msgspec.DecodeError:  # written by another version
        return None


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
