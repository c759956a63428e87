"""How an action reaches the client: waiting, another answer, a broken one, or none at all."""

from __future__ import annotations

import asyncio

import httpx
import msgspec
from starlette.types import Receive, Scope, Send

from router.braze_simulator.calls import Answer
from router.braze_simulator.faults.actions import (
    Action,
    Delay,
    Hang,
    MessageNotSuccess,
    NonJson,
    RateLimit,
    Reset,
    Status,
    TruncateBody,
)
from router.braze_simulator.faults.choice import Armed
from router.braze_simulator.intake import Acceptance
from router.braze_simulator.rates import Standing, rate_headers
from router.braze_simulator.wire import cut, hang, send_answer
from router.braze_simulator.workspace import Workspace

NO_ANSWER = Answer(status=0, body=None)
"""Stands in the ledger for a request that was never answered and never applied."""

_LONGEST_DELAY_SECONDS = 300.0
_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


async def wait_before(workspace: Workspace, fault: Armed) -> None:
    """Sleep through a delay; with a virtual clock, time moves instead."""
    action = fault.rule.action
    if not isinstance(action, Delay):
        return
    milliseconds = fault.dice.uniform(*action.dist) if action.dist else action.ms
    seconds = min(milliseconds / 1000, _LONGEST_DELAY_SECONDS)
    if workspace.clock.mode == "virtual":
        workspace.clock.advance(seconds)
    else:
        await asyncio.sleep(seconds)


def answer_instead(workspace: Workspace, fault: Armed) -> Answer | None:
    """The answer that replaces the pipeline, so that nothing is applied; None when the pipeline runs."""
    action = fault.rule.action
    if isinstance(action, Status) and not action.after_apply:
        return _status_answer(action)
    if isinstance(action, RateLimit):
        return _rate_answer(fault, action, workspace.now())
    never_read = isinstance(action, Hang) or (isinstance(action, Reset) and action.when == "before_read")
    return NO_ANSWER if never_read else None


def changed_answer(acceptance: Acceptance, action: Action) -> Acceptance:
    """The answer after the work was accepted, as the action distorts it."""
    answer = acceptance.answer
    if isinstance(action, Status) and action.after_apply:
        answer = _status_answer(action)
    elif isinstance(action, MessageNotSuccess) and isinstance(answer.body, dict):
        answer = msgspec.structs.replace(answer, body={**answer.body, "message": action.message})
    elif isinstance(action, NonJson):
        answer = Answer(status=200, body=_PAGE, headers=answer.headers)
    elif isinstance(action, TruncateBody):
        raw = answer.raw
        answer = msgspec.structs.replace(answer, body=raw[: len(raw) // 2])
    return msgspec.structs.replace(acceptance, answer=answer)


async def deliver(action: Action, answer: Answer, *, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the answer, or leave the client without one."""
    if isinstance(action, Hang):
        await hang(scope, receive)
    elif isinstance(action, Reset):
        await _reset(action, answer, scope=scope, receive=receive, send=send)
    else:
        await send_answer(send, answer)


async def _reset(action: Reset, answer: Answer, *, scope: Scope, receive: Receive, send: Send) -> None:
    if action.when == "before_read":
        await cut(scope, receive, httpx.ConnectError("the simulator refuses the connection on purpose"))
    elif action.when == "after_apply":
        await cut(
            scope, receive, httpx.RemoteProtocolError("the simulator cut the connection after it applied the request")
        )
    else:
        raw = answer.raw
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": raw[: len(raw) // 2], "more_body": True})
        await cut(
            scope, receive, httpx.RemoteProtocolError("the simulator cut the connection in the middle of its answer")
        )


def _status_answer(action: Status) -> Answer:
    body = {"message": "injected fault"} if action.body is None else action.body
    return Answer(status=action.code, body=body, headers=action.headers, synthetic=action.body is None)


def _rate_answer(fault: Armed, action: RateLimit, now: float) -> Answer | None:
    """429 once the burst of the current period is used up."""
    if now >= fault.burst_start + action.retry_after:
        fault.burst_start, fault.burst_used = now, 0
    fault.burst_used += 1
    if fault.burst_used <= action.burst_n:
        return None
    standing = Standing(
        allowed=False,
        limit=action.burst_n,
        remaining=0,
        reset_at=fault.burst_start + action.retry_after,
        retry_after=action.retry_after,
    )
    headers = rate_headers(standing, action.dialect)
    return Answer(status=429, body={"message": "Rate limit exceeded"}, headers=headers, synthetic=True)
