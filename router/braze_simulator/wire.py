"""ASGI messages to calls, answers to ASGI messages, and the two ways to leave a client without an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
from starlette.types import Receive, Scope, Send

from router.braze_simulator.calls import Answer, Call
from router.braze_simulator.keys import bearer, find_key
from router.braze_simulator.workspace import Workspace

ABORT = "braze_simulator.abort"
"""Scope extension through which our server lets the application cut the connection; without it we are in process."""

_HARD_BODY_LIMIT = 64_000_000
"""Bytes after which a body is no longer kept; far over every limit that is answered."""

_LONGEST_HANG_SECONDS = 300
_LONGEST_CUT_SECONDS = 5
_REDACTED = frozenset({"authorization", "cookie", "proxy-authorization"})


async def read_call(workspace: Workspace, scope: Scope, receive: Receive) -> Call | None:
    """The whole request; None when the client went away before it was complete."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= _HARD_BODY_LIMIT:
            chunks.append(chunk)
        if not message.get("more_body", False):
            break
    key = find_key(bearer(headers.get("authorization")), workspace.config)
    client = scope.get("client")
    return Call(
        id=workspace.ids.uuid(),
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers={name: value for name, value in headers.items() if name not in _REDACTED},
        key=key,
        client=client[0] if client else "",
        body=b"".join(chunks),
        at=workspace.now(),
    )


async def send_answer(send: Send, answer: Answer) -> None:
    """Write an answer."""
    raw = answer.raw
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(raw)).encode()),
        *((name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()),
    ]
    if answer.synthetic:
        headers.append((b"x-sim-synthetic", b"body"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})


async def hang(scope: Scope, receive: Receive) -> None:
    """Wait until the client gives up; in process, raise what its time-out would raise."""
    if _abort_of(scope) is None:
        raise httpx.ReadTimeout("the simulator hangs on purpose")
    if not await _disconnected(receive, _LONGEST_HANG_SECONDS):
        await cut(scope, receive, httpx.ReadTimeout("the simulator hung on purpose"))


async def cut(scope: Scope, receive: Receive, in_process: httpx.TransportError) -> None:
    """Cut the connection and wait until the server has noticed; in process, raise the error that a client would see."""
    abort = _abort_of(scope)
    if abort is None:
        raise in_process
    abort()
    await _disconnected(receive, _LONGEST_CUT_SECONDS)


async def _disconnected(receive: Receive, seconds: float) -> bool:
    """Whether the client went away within this time."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _abort_of(scope: Scope) -> Callable[[], None] | None:
    extension = scope.get("extensions", {}).get(ABORT)
    abort: Callable[[], None] | None = extension["abort"] if extension else None
    return abort
