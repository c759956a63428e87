"""A crowd is asked to come back later, before its requests are read; whoever looks after the router gets through."""

import asyncio
from typing import Any, cast

import httpx
import msgspec
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from router.config.settings import Settings
from router.gateway.capacity import Capacity
from router.metrics import Metrics
from router.runtime import Runtime

pytestmark = pytest.mark.anyio


class Room(msgspec.Struct):
    """The part of a Runtime that matters here."""

    settings: Settings
    metrics: Metrics
    open_connections: int = 1

    def connections(self) -> int:
        return self.open_connections

    def answers(self) -> dict[str, float]:
        (family,) = [found for found in self.metrics.registry.collect() if found.name == "gateway_requests"]
        return {sample.labels["answer"]: sample.value for sample in family.samples}


class Slow:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self._entered = 0
        self.crowded = asyncio.Event()
        """Two requests have come."""
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._entered += 1
        if self._entered == 2:
            self.crowded.set()
        await self.go.wait()
        await PlainTextResponse("ok")(scope, receive, send)


def crowd(**settings: Any) -> tuple[Slow, Room, httpx.AsyncClient]:
    app, room = Slow(), Room(Settings(**settings), Metrics())
    transport = httpx.ASGITransport(Capacity(app, cast(Runtime, room)))
    return app, room, httpx.AsyncClient(transport=transport, base_url="http://gateway")


async def test_requests_beyond_the_limit_are_asked_to_come_again_and_the_others_served() -> None:
    app, room, client = crowd(max_requests=2)
    async with client:
        served = [asyncio.create_task(client.post("/v1/track", content=b"{}")) for _ in range(2)]
        await asyncio.wait_for(app.crowded.wait(), 5)
        refused = await client.post("/v1/batch", content=b"{}")
        app.go.set()
        assert [(await each).status_code for each in served] == [200, 200]
        assert (await client.post("/v1/track", content=b"{}")).status_code == 200
    assert (refused.status_code, refused.text) == (503, "service unavailable\n")
    assert refused.headers["retry-after"] == "1"
    assert room.answers() == {"service unavailable": 1.0}


@pytest.mark.parametrize("path", ["/health", "/metrics", "/sourceConfig", "/admin/v1/status"])
async def test_everything_but_events_is_answered_whatever_the_crowd(path: str) -> None:
    app, _, client = crowd(max_requests=0, max_connections=0)
    app.go.set()
    async with client:
        assert (await client.get(path)).status_code == 200
        assert (await client.get("/pixel/v1/track")).status_code == 503


async def test_a_connection_too_many_is_closed_after_the_refusal() -> None:
    app, room, client = crowd(max_connections=10)
    app.go.set()
    async with client:
        room.open_connections = 10
        assert (await client.post("/v1/track", content=b"{}")).status_code == 200
        room.open_connections = 11
        refused = await client.post("/beacon/v1/batch", content=b"{}")
    assert (refused.status_code, refused.headers["connection"], refused.headers["retry-after"]) == (503, "close", "1")


async def test_a_request_that_a_stop_cuts_off_is_asked_to_come_again() -> None:
    app, room, client = crowd()
    async with client:
        cut = asyncio.create_task(client.post("/v1/batch", content=b"{}"))
        other = asyncio.create_task(client.post("/v1/batch", content=b"{}"))
        await asyncio.wait_for(app.crowded.wait(), 5)
        cut.cancel()
        app.go.set()
        answer = await cut
        assert (await other).status_code == 200
    assert (answer.status_code, answer.headers["retry-after"], answer.headers["connection"]) == (503, "1", "close")
    assert room.answers() == {"service unavailable": 1.0}
