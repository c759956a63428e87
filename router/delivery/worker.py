"""Finds queues with work and runs a lane for each: one at a time per partition and destination, different ones at once."""

import asyncio
import contextlib
import math
from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

import structlog

from router.delivery.lane import Lane
from router.delivery.leases import RENEW_SECONDS, Leases
from router.delivery.outlet import Outlet, Recall, Stopped
from router.errors import LeaseLost, RouterError, StoreUnavailable
from router.regulations.watch import Watch
from router.store.entries import Backlog, UnknownFormat
from router.store.store import Store

_POLL_SECONDS = 0.25
_GATHER_SECONDS = 0.05
_EVENTS_A_READ = 1000
"""Events that a lane takes from its queue at once: the more, the fuller the requests; the fewer, the less memory."""
_BYTES_A_READ = 2_000_000
"""Bytes of the queue (compressed, so about ten million of JSON) that a lane takes at once: events may be large."""
_FIRST_ENTRIES = 32
_MOST_ENTRIES = 1000
_AFTER_ERROR_SECONDS = 1.0
_Key = tuple[int, str]

log = structlog.get_logger()


class _Running(NamedTuple):
    """A lane at work: its task, the outlet and the lease that it began with, and the way to call it back."""

    task: asyncio.Task[None]
    outlet: Outlet
    token: str
    recall: Recall


class Worker:
    """`run` delivers until `stop`; `wake` says that there is something new in a queue."""

    def __init__(
        self, store: Store, outlets: Mapping[str, Outlet], leases: Leases, watch: Watch, stopping: asyncio.Event
    ) -> None:
        self._store = store
        self.outlets = outlets
        self._leases = leases
        self._watch = watch
        self._stopping = stopping
        self._news = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._lanes: dict[_Key, _Running] = {}
        self._entry_sizes: dict[_Key, tuple[float, float]] = {}
        """Events and bytes in an entry, on average over the last read."""

    def wake(self) -> None:
        """Look for work now rather than at the next poll."""
        self._news.set()

    def use(self, outlets: Mapping[str, Outlet]) -> None:
        """Deliver through other outlets; lanes on one that was replaced end before their next request and begin anew."""
        self.outlets = outlets
        self._call_back(paused=())

    async def run(self) -> None:
        """Deliver until `stop` is called; returns when every lane has come to rest."""
        self._ended.clear()
        renewing = asyncio.create_task(self._renew_leases())
        try:
            while not self._stopping.is_set():
                self._news.clear()
                await self._start_lanes()
                await self._rest()
            await renewing
        finally:
            renewing.cancel()
            self._ended.set()

    async def stop(self, *, within: float) -> None:
        """Let requests in flight end and be settled, at most `within` seconds in all, then give the leases back."""
        ticks = asyncio.get_running_loop().time
        deadline = ticks() + within
        self._stopping.set()
        self._news.set()
        with contextlib.suppress(TimeoutError):  # from then on no lane begins and no lease is taken
            await asyncio.wait_for(self._ended.wait(), within)
        for lane in self._lanes.values():
            lane.recall.call()
        running = [lane.task for lane in self._lanes.values()]
        if running:
            _, late = await asyncio.wait(running, timeout=max(0.0, deadline - ticks()))
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._leases.release()

    async def _start_lanes(self) -> None:
        # A backlog is worth something only under the token that was held before it was read.
        tokens = dict(self._leases.tokens)
        try:
            paused = await self._store.paused()
            self._call_back(paused=paused)
            idle = self._idle_lanes(paused)
            found = (
                await self._store.peek(idle, counts=self._counts(idle), events=_EVENTS_A_READ, size=_BYTES_A_READ)
                if idle
                else []
            )
            if any(isinstance(backlog, UnknownFormat) or backlog.entries for backlog in found):
                # After the read: a deletion that is not known then begins later, and waits for all that was read.
                await self._watch.refresh()
        except StoreUnavailable as error:
            log.warning("queues not read", reason=str(error))
            return
        except Exception as error:  # a defect must not end delivery
            log.error("queues not read because of a defect", exc_info=error)
            await self._pause(_AFTER_ERROR_SECONDS)
            return
        if self._stopping.is_set():
            return
        for key, backlog in zip(idle, found, strict=True):
            token = self._held(key[0], tokens)
            if isinstance(backlog, UnknownFormat):
                log.error("queue not readable", partition=key[0], destination=key[1], reason=str(backlog))
            elif backlog.entries and token is not None:
                entries = len(backlog.entries)
                self._entry_sizes[key] = (
                    backlog.events / entries,
                    sum(entry.size for entry in backlog.entries) / entries,
                )
                self._start_lane(key, token, backlog)

    def _start_lane(self, key: _Key, token: str, backlog: Backlog) -> None:
        outlet, recall = self.outlets.get(key[1]), Recall(self._stopping)
        if outlet is None:  # the destination went while its queue was read
            return
        lane = Lane(outlet, partition=key[0], token=token, recall=recall)
        task = asyncio.create_task(self._run_lane(lane, key, token, backlog))
        self._lanes[key] = _Running(task, outlet, token, recall)

    def _call_back(self, *, paused: Container[str]) -> None:
        """Lanes that should not go on: paused, on an outlet that was replaced, on a partition that another process has or is to have."""
        for (partition, destination), lane in self._lanes.items():
            if (
                destination in paused
                or partition not in self._leases.wanted
                or self._leases.tokens.get(partition) != lane.token
                or self.outlets.get(destination) is not lane.outlet
            ):
                lane.recall.call()

    def _idle_lanes(self, paused: Container[str]) -> list[_Key]:
        return [
            (partition, destination)
            for partition in self._leases.tokens
            if partition in self._leases.wanted
            for destination in self.outlets
            if destination not in paused and (partition, destination) not in self._lanes
        ]

    def _counts(self, lanes: Iterable[_Key]) -> list[int]:
        """How many entries to ask each queue for, to have a read's worth of it going by the size of the last ones."""
        first = (_EVENTS_A_READ / _FIRST_ENTRIES, _BYTES_A_READ / _FIRST_ENTRIES)
        sizes = (self._entry_sizes.get(lane, first) for lane in lanes)
        return [
            min(
                _MOST_ENTRIES,
                math.ceil(_EVENTS_A_READ / max(1.0, events)),
                math.ceil(_BYTES_A_READ / max(1.0, size)),
            )
            for events, size in sizes
        ]

    def _held(self, partition: int, tokens: Mapping[int, str]) -> str | None:
        token = self._leases.tokens.get(partition)
        return token if token == tokens.get(partition) and partition in self._leases.wanted else None

    def _is_busy(self, partition: int) -> bool:
        return any(running == partition for running, _ in self._lanes)

    async def _run_lane(self, lane: Lane, key: _Key, token: str, backlog: Backlog) -> None:
        partition, destination = key
        try:
            await lane.deliver(backlog)
        except Stopped:
            return
        except LeaseLost:
            log.warning("partition taken over by another process", partition=partition)
            self._leases.drop(partition, token)
        except RouterError as error:
            log.error("delivery interrupted", partition=partition, destination=destination, reason=str(error))
            await asyncio.sleep(_AFTER_ERROR_SECONDS)
        except Exception as error:  # a defect must not stop the other lanes, nor lose this one's events
            log.error("delivery interrupted by a defect", partition=partition, destination=destination, exc_info=error)
            await asyncio.sleep(_AFTER_ERROR_SECONDS)
        finally:
            del self._lanes[key]
            self.wake()

    async def _renew_leases(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._leases.renew(busy=self._is_busy)
                self._call_back(paused=())
            except Exception as error:  # a defect must not cost all partitions
                log.error("leases not renewed because of a defect", exc_info=error)
            self.wake()
            await self._pause(RENEW_SECONDS)

    async def _rest(self) -> None:
        """Until there is news, or the next poll; never less than a moment, in which more events gather for each request."""
        await self._pause(_GATHER_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await self._news.wait()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
