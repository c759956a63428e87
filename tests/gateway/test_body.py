"""A body is read in whatever pieces it comes, and bodies that do not end cannot fill the memory."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterable, Sequence

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from router.config.settings import Settings
from router.gateway.answers import TOO_LARGE, UNAVAILABLE, UNREADABLE_BODY, Rejected
from router.gateway.body import Bodies, read_body
from tests.conftest import RunRouter

pytestmark = pytest.mark.anyio

TEXT = bytes(range(256)) * 4
EVENT = b'{"event": "x", "userId": "u-1", "messageId": "m-1"}'


def arriving(pieces: Iterable[bytes], *, then: str = "end") -> Receive:
    """What a server hands on: the pieces, and then the end, a client that goes away, or silence."""
    waiting = list(pieces)

    async def receive() -> Message:
        if not waiting and then == "silence":
            await asyncio.Event().wait()
        if not waiting:
            return {"type": "http.disconnect"}
        piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting) or then != "end"}

    return receive


def pieces(body: bytes, *, size: int) -> Sequence[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.mark.parametrize(("encoding", "body"), [("", TEXT), ("gzip", gzip.compress(TEXT))])
@pytest.mark.parametrize("size", [1, 100, 10_000])
async def test_a_body_is_whole_whatever_the_pieces_and_nothing_of_it_is_held_afterwards(
    encoding: str, body: bytes, size: int
) -> None:
    bodies = Bodies(limit=len(TEXT))
    assert await read_body(arriving(pieces(body, size=size)), bodies, encoding=encoding, limit=len(TEXT)) == TEXT
    assert bodies.held == 0


@pytest.mark.parametrize(("encoding", "body"), [("", TEXT), ("gzip", gzip.compress(TEXT))])
async def test_bodies_under_way_share_what_may_be_held(encoding: str, body: bytes) -> None:
    bodies = Bodies(limit=2 * len(TEXT))

    def read(receive: Receive) -> "asyncio.Task[bytes]":
        return asyncio.create_task(read_body(receive, bodies, encoding=encoding, limit=len(TEXT)))

    stalled = [read(arriving(pieces(body, size=100), then="silence")) for _ in range(2)]
    await asyncio.sleep(0.01)
    assert bodies.held > len(TEXT)
    with pytest.raises(Rejected, match=UNAVAILABLE):
        await read(arriving(pieces(body, size=len(body) - 20)))
    assert await read(arriving([body])) == TEXT, "one that comes in one piece takes no room"
    for each in stalled:
        each.cancel()
    await asyncio.gather(*stalled, return_exceptions=True)
    assert bodies.held == 0
    assert await read(arriving(pieces(body, size=100))) == TEXT


@pytest.mark.parametrize(("encoding", "body"), [("", TEXT), ("gzip", gzip.compress(TEXT))])
async def test_what_a_body_that_comes_to_nothing_held_is_free_again(encoding: str, body: bytes) -> None:
    bodies = Bodies(limit=10_000)
    with pytest.raises(Rejected, match=TOO_LARGE):
        await read_body(arriving(pieces(body, size=100)), bodies, encoding=encoding, limit=500)
    with pytest.raises(ClientDisconnect):
        await read_body(arriving([body[:50]], then="disconnect"), bodies, encoding=encoding, limit=500)
    assert bodies.held == 0


async def test_a_gzip_body_that_is_corrupt_in_its_second_piece_holds_nothing() -> None:
    bodies = Bodies(limit=10_000)
    body = gzip.compress(TEXT)
    with pytest.raises(Rejected, match=UNREADABLE_BODY):
        await read_body(arriving([body[:40], b"x" * 40]), bodies, encoding="gzip", limit=10_000)
    assert bodies.held == 0


async def test_a_client_that_finds_no_room_is_asked_to_come_again(run_router: RunRouter) -> None:
    async def batch() -> AsyncIterator[bytes]:
        for piece in pieces(EVENT + b" " * 100, size=10):
            yield piece

    async with run_router(settings=Settings(partitions=4, max_reading_bytes=len(EVENT))) as running:
        refused = await running.client.post("/v1/track", content=batch(), auth=("wk-web", ""))
        small = await running.client.post("/v1/track", content=EVENT, auth=("wk-web", ""))
    assert (refused.status_code, refused.text) == (503, "service unavailable\n")
    assert refused.headers["retry-after"] == "1"
    assert small.text == "ok"
