"""A client that stops in the middle of a request loses its connection; one that is slow, or between two requests, keeps it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse

from router.http_server import free_port, gateway_server

pytestmark = pytest.mark.anyio

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
READ_SECONDS = 0.4


class Reading:
    """An application that reads the body and answers when it is told to; `gone` counts the clients that left meanwhile."""

    def __init__(self) -> None:
        self.gone = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await Request(scope, receive).body()
        except ClientDisconnect:
            self.gone += 1
            return
        await self.go.wait()
        await PlainTextResponse("ok")(scope, receive, send)


class Client:
    """A connection; `closed` waits for the server to close it, at most so many seconds, and tells what it said before."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.say = writer.write
        self.hang_up = writer.close
        self._reader = reader

    async def answer(self) -> bytes:
        return await asyncio.wait_for(self._reader.readuntil(b"ok"), 5)

    async def closed(self, *, within: float) -> bool:
        try:
            return await asyncio.wait_for(self._reader.read(), within) == b""
        except TimeoutError:
            return False


@asynccontextmanager
async def serving(app: Any, *, read_seconds: float = READ_SECONDS) -> AsyncIterator[Callable[[], Any]]:
    port, stopping = free_port(), asyncio.Event()
    server = gateway_server(app, host="127.0.0.1", port=port, graceful_seconds=1, read_seconds=read_seconds)
    running = asyncio.create_task(server.serve_until(stopping))
    clients: list[Client] = []

    async def connect() -> Client:
        clients.append(Client(*await asyncio.open_connection("127.0.0.1", port)))
        return clients[-1]

    yield connect
    for client in clients:
        client.hang_up()
    stopping.set()
    await running


@pytest.mark.parametrize(
    ("said", "begun"),
    [(HEAD + b"half", 1), (HEAD, 1), (HEAD[:20], 0), (b"", 0)],
    ids=["in its body", "before its body", "in its head", "from the beginning"],
)
async def test_a_client_that_falls_silent_loses_its_connection(said: bytes, begun: int) -> None:
    app = Reading()
    async with serving(app) as connect:
        client = await connect()
        client.say(said)
        assert await client.closed(within=5)
        await asyncio.sleep(0.05)
        assert app.gone == begun


async def test_a_client_that_falls_silent_in_its_second_request_loses_its_connection() -> None:
    async with serving(Reading()) as connect:
        client = await connect()
        client.say(HEAD + b"0123456789")
        assert (await client.answer()).endswith(b"ok")
        client.say(HEAD[:20])
        assert await client.closed(within=5)


async def test_a_slow_client_is_served() -> None:
    async with serving(Reading()) as connect:
        client = await connect()
        client.say(HEAD)
        for _ in range(10):
            await asyncio.sleep(READ_SECONDS / 4)
            client.say(b"x")
        assert (await client.answer()).endswith(b"ok")


async def test_a_client_that_waits_for_its_answer_or_rests_between_requests_keeps_its_connection() -> None:
    app = Reading()
    app.go.clear()
    async with serving(app) as connect:
        client = await connect()
        client.say(HEAD + b"0123456789")
        await asyncio.sleep(4 * READ_SECONDS)
        app.go.set()
        assert (await client.answer()).endswith(b"ok")
        assert not await client.closed(within=4 * READ_SECONDS)


async def test_zero_is_for_ever() -> None:
    async with serving(Reading(), read_seconds=0) as connect:
        client = await connect()
        client.say(HEAD)
        assert not await client.closed(within=3 * READ_SECONDS)
