"""The store's one connection for many callers: order, refusals, and what happens to everybody when it breaks."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TooSlow

from router.store.pipe import Pipe

pytestmark = pytest.mark.anyio


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    """A client of a real server, to look at things from outside."""
    client = Redis.from_url(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture
async def pipe(redis: Redis) -> AsyncIterator[Pipe]:
    """A pipe with little patience."""
    made = Pipe(redis, timeout=1.0)
    yield made
    await made.aclose()


async def test_every_caller_gets_the_answers_to_its_own_commands(pipe: Pipe) -> None:
    answers = await asyncio.gather(*[pipe.run([("ECHO", number), ("ECHO", f"{number}!")]) for number in range(200)])
    assert answers == [[str(number).encode(), f"{number}!".encode()] for number in range(200)]


async def test_a_refused_command_is_answered_in_its_place(pipe: Pipe) -> None:
    first, refused, last = await pipe.run([("ECHO", "a"), ("NO-SUCH-COMMAND",), ("ECHO", "b")])
    assert (first, last) == (b"a", b"b")
    assert isinstance(refused, ResponseError)


async def test_a_caller_that_gave_up_does_not_shift_the_answers_of_others(pipe: Pipe) -> None:
    await pipe.run([("PING",)])
    impatient = asyncio.create_task(pipe.run([("ECHO", "first")]))
    patient = asyncio.create_task(pipe.run([("ECHO", "second")]))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == [b"second"]
    assert impatient.cancelled()


async def test_when_the_connection_breaks_every_call_fails_and_the_next_one_connects_again(
    pipe: Pipe, redis: Redis
) -> None:
    (own,) = await pipe.run([("CLIENT", "ID")])
    await redis.client_pause(300)
    waiting = [asyncio.create_task(pipe.run([("ECHO", number)])) for number in range(3)]
    await asyncio.sleep(0.05)
    await redis.client_kill_filter(_id=own)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Disconnected] * 3
    assert await pipe.run([("ECHO", "again")]) == [b"again"]


async def test_a_late_answer_is_nobody_elses(redis: Redis) -> None:
    pipe = Pipe(redis, timeout=0.1)
    await pipe.run([("PING",)])
    await redis.client_pause(400)
    with pytest.raises(TooSlow):
        await pipe.run([("ECHO", "late")])
    await redis.client_unpause()
    assert await pipe.run([("ECHO", "fresh")]) == [b"fresh"]
    await pipe.aclose()


async def test_no_commands_have_no_answers_and_wait_for_none(pipe: Pipe) -> None:
    async with asyncio.timeout(0.5):
        assert await pipe.run([]) == []
