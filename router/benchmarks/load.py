"""A load generator that costs little beside what it measures: requests made up beforehand, on raw keep-alive connections."""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import cast

import httptools

_NONE_LEFT = b""


def posts(bodies: Sequence[bytes], *, path: str, authorization: str) -> list[bytes]:
    """The bytes of one POST for each body."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: {authorization}\r\n"
    )
    return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]


async def post_all(port: int, requests: Sequence[bytes], *, connections: int) -> None:
    """Closed loop: each connection sends its next request when the one before is answered; raises RuntimeError for a refusal."""
    left = iter(requests)
    await _on_all(port, connections, [_Eager(left) for _ in range(connections)])


async def post_at_rate(port: int, requests: Sequence[bytes], *, rate: int, connections: int) -> list[float]:
    """Open loop: request number n is due at n/rate, whether or not those before are answered; seconds from then to its answer."""
    gc.freeze()  # a pause of the generator must not look like one of the router
    users = [_Patient() for _ in range(connections)]
    begin = time.perf_counter() + 0.2
    feeding = asyncio.create_task(_feed(users, requests, begin, rate))
    await _on_all(port, connections, users)
    await feeding
    return [seconds for user in users for seconds in user.taken]


async def _on_all(port: int, connections: int, users: "Sequence[_User]") -> None:
    loop = asyncio.get_running_loop()
    for user in users:
        await loop.create_connection(lambda user=user: user, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*[user.ended for user in users])


async def _feed(users: "Sequence[_Patient]", requests: Sequence[bytes], begin: float, rate: int) -> None:
    number = 0
    while number < len(requests):
        now = time.perf_counter()
        while number < len(requests) and begin + number / rate <= now:
            users[number % len(users)].take(requests[number], due=begin + number / rate)
            number += 1
        await asyncio.sleep(0.0002)
    for user in users:
        user.finish()


class _User(asyncio.Protocol):
    """One connection; `answered` is called after each answer."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.begin()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(f"the router closed a connection: {error}"))

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status != 200 and not self.ended.done():
            self.ended.set_exception(RuntimeError(f"answered {status}"))
        self.answered()

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
        self.transport.close()

    def begin(self) -> None:
        """The connection is open."""

    def answered(self) -> None:
        """The request that was out is answered."""


class _Eager(_User):
    def __init__(self, left: Iterator[bytes]) -> None:
        super().__init__()
        self._left = left

    def begin(self) -> None:
        self.answered()

    def answered(self) -> None:
        request = next(self._left, _NONE_LEFT)
        if request:
            self.transport.write(request)
        else:
            self.end()


class _Patient(_User):
    def __init__(self) -> None:
        super().__init__()
        self.taken: list[float] = []
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._out: float | None = None
        self._finishing = False

    def take(self, request: bytes, *, due: float) -> None:
        self._waiting.append((request, due))
        if self._out is None:
            self._send()

    def finish(self) -> None:
        self._finishing = True
        if self._out is None:
            self.end()

    def answered(self) -> None:
        if self._out is not None:
            self.taken.append(time.perf_counter() - self._out)
        self._out = None
        if self._waiting:
            self._send()
        elif self._finishing:
            self.end()

    def _send(self) -> None:
        request, self._out = self._waiting.popleft()
        self.transport.write(request)
