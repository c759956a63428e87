"""Benchmarks of running processes: a router with its own Valkey, a load generator and a sink in place of Braze, on one machine."""

import asyncio
import base64
import itertools
import json
import time
from collections.abc import Awaitable, Sequence

import msgspec
import redis

from router.benchmarks.load import post_all, post_at_rate, posts
from router.benchmarks.processes import RouterProcess
from router.benchmarks.sink import Sink
from router.benchmarks.traffic import generator
from router.http_server import free_port

_AUTHORIZATION = "Basic " + base64.b64encode(b"wk-web:").decode()
_SIZE = 100
_CONNECTIONS = 8
_SAMPLE_SECONDS = 0.03


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one phase cost. Microseconds are CPU time per event; J relates their sum to `json.loads` of the same bytes in the same run."""

    phase: str
    events: int
    seconds: float
    router_us: float
    valkey_us: float
    j: float

    @property
    def events_per_second(self) -> float:
        """By the wall clock, with the load generator on the same machine."""
        return self.events / self.seconds


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the store holds, per event."""

    json_bytes: float
    queued_bytes: float
    dedup_bytes: float


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Single-event requests at a fixed rate, from the moment each was due."""

    rate: int
    fsync: str
    requests: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


async def bench_stages(events: int) -> tuple[list[Load], Memory]:
    """Accept `events` in batches of 100 from 10 devices while delivery is held, then deliver them to the sink."""
    bodies = generator().batches(events, size=_SIZE)
    async with Sink() as sink, RouterProcess(braze_url=sink.url, port=free_port()) as router:
        await router.hold()
        empty = _memory(router)
        ingest = await _phase("ingest", router, bodies, _post_all(router, bodies))
        full = _memory(router)
        deliver = await _phase("deliver", router, bodies, _drain(router))
        return [ingest, deliver], _per_event(empty, full, bodies, router, events)


async def bench_pipeline(events: int) -> Load:
    """The whole way at once: POST, durable, decided, transformed, batched, acknowledged by the sink, settled."""
    bodies = generator().batches(events, size=_SIZE)
    async with Sink() as sink, RouterProcess(braze_url=sink.url, port=free_port()) as router:

        async def all_of_it() -> None:
            await _post_all(router, bodies)
            await _drain(router)

        return await _phase("e2e", router, bodies, all_of_it())


async def bench_singles(requests: int) -> Load:
    """One event a request, 64 connections: group commit at work."""
    bodies = _singles(requests)
    async with Sink() as sink, RouterProcess(braze_url=sink.url, port=free_port()) as router:
        await router.hold()
        return await _phase(
            "single", router, bodies, _post_all(router, bodies, path="/v1/track", connections=64), events=requests
        )


async def bench_latency(*, rate: int, seconds: float, fsync: str) -> Latency:
    """Open loop: every request is due at its time, whether or not the one before has been answered."""
    requests = posts(_singles(int(rate * seconds)), path="/v1/track", authorization=_AUTHORIZATION)
    async with Sink() as sink, RouterProcess(braze_url=sink.url, port=free_port(), fsync=fsync) as router:
        await router.hold()
        await post_all(router.port, requests[:200], connections=50)
        taken = sorted(await post_at_rate(router.port, requests[200:], rate=rate, connections=50))
    return Latency(
        rate=rate,
        fsync=fsync,
        requests=len(taken),
        p50_ms=1000 * taken[len(taken) // 2],
        p99_ms=1000 * taken[int(len(taken) * 0.99)],
        worst_ms=1000 * taken[-1],
    )


async def _phase(
    name: str, router: RouterProcess, bodies: Sequence[bytes], work: Awaitable[None], events: int = 0
) -> Load:
    unit = Unit(_in_hundreds(bodies) if events else bodies)
    before, started = router.cpu(), time.perf_counter()
    sampling = asyncio.create_task(unit.sample())
    await work
    seconds, after = time.perf_counter() - started, router.cpu()
    sampling.cancel()
    count = events or len(bodies) * _SIZE
    spent = [end - begin for begin, end in zip(before, after, strict=True)]
    return Load(
        phase=name,
        events=count,
        seconds=seconds,
        router_us=spent[0] / count * 1e6,
        valkey_us=spent[1] / count * 1e6,
        j=sum(spent) / count / unit.seconds_an_event,
    )


def _in_hundreds(bodies: Sequence[bytes]) -> list[bytes]:
    """Bodies of single events as arrays of as many as the other benches have in a body: a unit must not hang on its size."""
    return [
        b"[" + b",".join(bodies[first : first + _SIZE]) + b"]" for first in range(0, len(bodies) - _SIZE + 1, _SIZE)
    ]


class Unit:
    """The CPU time of `json.loads` for an event, sampled while a phase runs: what slows the router down slows it down too."""

    def __init__(self, documents: Sequence[bytes]) -> None:
        self._documents = itertools.cycle(documents)
        self._spent = 0.0
        self._events = 0
        self._take()

    @property
    def seconds_an_event(self) -> float:
        """The mean so far."""
        return self._spent / self._events

    async def sample(self) -> None:
        """Take one sample after another until cancelled."""
        while True:
            await asyncio.sleep(_SAMPLE_SECONDS)
            self._take()

    def _take(self) -> None:
        document = next(self._documents)
        started = time.thread_time()
        json.loads(document)
        self._spent += time.thread_time() - started
        self._events += _SIZE


async def _post_all(
    router: RouterProcess, bodies: Sequence[bytes], *, path: str = "/v1/batch", connections: int = _CONNECTIONS
) -> None:
    await post_all(router.port, posts(bodies, path=path, authorization=_AUTHORIZATION), connections=connections)


async def _drain(router: RouterProcess) -> None:
    await router.release()
    while (await router.totals())["queued"]:  # noqa: ASYNC110 - another process's queue sets no event here
        await asyncio.sleep(0.1)


def _singles(count: int) -> list[bytes]:
    return [
        json.dumps(event).encode()
        for body in generator().batches(count, size=_SIZE)
        for event in json.loads(body)["batch"]
    ][:count]


def _memory(router: RouterProcess) -> int:
    with redis.Redis(unix_socket_path=str(router.valkey_socket)) as client:
        return int(client.info("memory")["used_memory"])


def _per_event(empty: int, full: int, bodies: Sequence[bytes], router: RouterProcess, events: int) -> Memory:
    with redis.Redis(unix_socket_path=str(router.valkey_socket)) as client:
        seen = sum(client.memory_usage(key, samples=0) or 0 for key in client.scan_iter("hr:*:seen:*"))
    return Memory(
        json_bytes=sum(map(len, bodies)) / events,
        queued_bytes=(full - empty - seen) / events,
        dedup_bytes=seen / events,
    )
