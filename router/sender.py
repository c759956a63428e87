"""Sends recorded events to a gateway as an SDK would: batches, Basic write key, retries; a bad event costs only itself."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence

import httpx
import msgspec

from router.errors import RouterError, ServiceUnreachable
from router.simulation.envelopes import Envelope

_TRIES = 8
_FIRST_WAIT = 0.25


class Batch(msgspec.Struct, frozen=True):
    """Consecutive messages of one source."""

    write_key: str
    messages: tuple[bytes, ...]


class Sent(msgspec.Struct):
    """What a gateway said to one batch: accepted messages, or the reason of the rejection."""

    messages: int
    rejected: str = ""


def batches(envelopes: Iterable[Envelope], *, key_of: Callable[[Envelope], str], size: int) -> Iterator[Batch]:
    """Group consecutive messages of one source, at most `size` a batch: order stays as recorded."""
    key, waiting = "", list[bytes]()
    for envelope in envelopes:
        own = key_of(envelope)
        if waiting and (own != key or len(waiting) == size):
            yield Batch(key, tuple(waiting))
            waiting = []
        key = own
        waiting.append(envelope.message)
    if waiting:
        yield Batch(key, tuple(waiting))


async def send_all(client: httpx.AsyncClient, sending: Iterable[Batch]) -> AsyncIterator[Sent]:
    """Send batches one after another; a rejected batch is cut in two until the bad events stand alone."""
    for batch in sending:
        async for sent in _send(client, batch):
            yield sent


async def _send(client: httpx.AsyncClient, batch: Batch) -> AsyncIterator[Sent]:
    answer = await _post(client, batch)
    text = answer.text.strip()
    if answer.status_code == 200:
        yield Sent(len(batch.messages))
    elif answer.status_code in (401, 404):
        shown = f"{batch.write_key[:4]}…"
        raise RouterError(f"the gateway refuses the write key `{shown}`: {answer.status_code} {text}")
    elif len(batch.messages) == 1:
        yield Sent(1, rejected=f"{answer.status_code} {text}")
    else:
        for half in _halves(batch.messages):
            async for sent in _send(client, Batch(batch.write_key, half)):
                yield sent


async def _post(client: httpx.AsyncClient, batch: Batch) -> httpx.Response:
    content = b'{"batch":[' + b",".join(batch.messages) + b"]}"
    reason = ""
    for attempt in range(_TRIES):
        try:
            answer = await client.post("/v1/batch", content=content, auth=(batch.write_key, ""))
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
        else:
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            reason = f"{answer.status_code} {answer.text.strip()}"
        await asyncio.sleep(random.uniform(0.5, 1.0) * _FIRST_WAIT * 2**attempt)
    raise ServiceUnreachable(f"`{client.base_url}` does not take events: {reason}")


def _halves(messages: Sequence[bytes]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    middle = len(messages) // 2
    return tuple(messages[:middle]), tuple(messages[middle:])
