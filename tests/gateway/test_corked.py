"""Head and body of an answer leave in one write."""

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from router.corked import CorkedProtocol

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Wire(asyncio.Transport):
    """Writes and closings, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes | str] = []

    def write(self, data: Any) -> None:
        self.seen.append(bytes(data))

    def close(self) -> None:
        self.seen.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.seen

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def talk(data: bytes) -> list[bytes | str]:
    """What goes out in answer to `data`."""
    config = uvicorn.Config(hello, lifespan="off", server_header=False, date_header=False)
    config.load()
    protocol, wire = CorkedProtocol(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    protocol.data_received(data)
    for _ in range(10):
        await asyncio.sleep(0)
    return wire.seen


async def test_an_answer_is_one_write() -> None:
    assert await talk(REQUEST) == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"]


async def test_what_was_written_goes_out_before_the_connection_closes() -> None:
    answer, closed = await talk(REQUEST.replace(b"Host", b"Connection: close\r\nHost"))
    assert isinstance(answer, bytes)
    assert answer.endswith(b"\r\n\r\nok")
    assert closed == "closed"


async def test_a_request_that_cannot_be_read_is_told_so_before_the_connection_closes() -> None:
    answer, closed = await talk(b"nonsense\r\n\r\n")
    assert isinstance(answer, bytes)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert closed == "closed"


async def test_nothing_is_written_on_a_closed_connection() -> None:
    config = uvicorn.Config(hello, lifespan="off")
    config.load()
    protocol, wire = CorkedProtocol(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    protocol.transport.write(b"late")
    wire.close()
    await asyncio.sleep(0)
    assert wire.seen == ["closed"]
    protocol.connection_lost(None)
