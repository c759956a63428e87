"""Commands of all callers on one connection to a single server, written as they come and answered in that order.

redis-py takes a connection from its pool for each command, waits for the answer and gives it back, which costs the caller about
100 µs; here a call costs a quarter of that, and calls of the same turn of the event loop share their writes and reads.
How to connect (TLS, user, database, unix socket) is still redis-py's business.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

import hiredis
import msgspec
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as TooSlow

Command = tuple[Any, ...]
"""Its name and arguments: texts, bytes and numbers."""


class _Call(msgspec.Struct):
    """One call that waits for the answers to its commands."""

    wanted: int
    done: asyncio.Future[list[Any]]
    answers: list[Any]


class Pipe:
    """Opens its connection when it is first needed, and again after it broke: then every call under way has failed."""

    def __init__(self, redis: Redis, *, timeout: float) -> None:
        self._pool = redis.connection_pool
        self._timeout = timeout
        self._connection: AbstractConnection | None = None
        self._connecting = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._calls: deque[_Call] = deque()

    async def run(self, commands: Sequence[Command]) -> list[Any]:
        """The answers to some commands; one that the server refused has its ResponseError in its place.

        Raises redis's ConnectionError and TimeoutError: then nobody knows how many of the commands were carried out.
        """
        if not commands:  # no answer would ever come
            return []
        packed = b"".join([hiredis.pack_command(command) for command in commands])
        call = _Call(len(commands), asyncio.get_running_loop().create_future(), [])
        connection: AbstractConnection | None = None
        try:
            async with asyncio.timeout(self._timeout):
                connection = await self._connected()
                self._calls.append(call)  # nothing may come between this and the write, which sending begins with
                await connection.send_packed_command(packed, check_health=False)
                return await call.done
        except TimeoutError as error:
            slow = TooSlow(f"no answer within {self._timeout} s")
            self._broken(connection, slow)
            raise slow from error
        except (RedisError, OSError) as error:
            self._broken(connection, error)
            raise

    async def aclose(self) -> None:
        """Close the connection; calls under way fail."""
        self._break(Disconnected("closed"))
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def _connected(self) -> AbstractConnection:
        async with self._connecting:
            if self._connection is None:
                # Reading goes on for as long as nobody asks anything: only calls have a time limit.
                connection = self._pool.connection_class(**{**self._pool.connection_kwargs, "socket_timeout": None})
                try:
                    await connection.connect()  # type: ignore[no-untyped-call]
                except BaseException:
                    await connection.disconnect(nowait=True)
                    raise
                self._connection = connection
                self._reading = asyncio.create_task(self._read(connection))
            return self._connection

    async def _read(self, connection: AbstractConnection) -> None:
        try:
            while connection is self._connection:
                self._give(await _answer(connection))
        except (RedisError, OSError) as error:
            if connection is self._connection:
                self._break(error)
        finally:
            await connection.disconnect(nowait=True)

    def _give(self, answer: Any) -> None:
        call = self._calls[0]
        call.answers.append(answer)
        if len(call.answers) == call.wanted:
            self._calls.popleft()
            if not call.done.done():
                call.done.set_result(call.answers)

    def _broken(self, connection: AbstractConnection | None, error: Exception) -> None:
        """Only the connection that a call went out on; there may be another by now, with calls of its own."""
        if connection is not None and connection is self._connection:
            self._break(error)

    def _break(self, error: Exception) -> None:
        """Answers that are still to come belong to calls that have failed: nobody may read on."""
        calls, self._calls = self._calls, deque()
        self._connection = None
        if self._reading is not None and self._reading is not asyncio.current_task():
            self._reading.cancel()
        for call in calls:
            if not call.done.done():
                call.done.set_exception(Disconnected(f"the connection broke: {error}"))
                call.done.exception()  # whoever gave up waiting does not ask


async def _answer(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response(disconnect_on_error=False)
    except ResponseError as refused:
        return refused
