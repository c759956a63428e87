"""The REST host as an ASGI application: read the call, let a fault have its way, answer, remember."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from router.braze_simulator.calls import Call
from router.braze_simulator.faults.choice import Armed
from router.braze_simulator.faults.delivery import answer_instead, changed_answer, deliver, wait_before
from router.braze_simulator.faults.rules import users_in
from router.braze_simulator.intake import Acceptance
from router.braze_simulator.ledgers.requests import RequestRecord
from router.braze_simulator.pipeline import respond
from router.braze_simulator.wire import read_call, send_answer
from router.braze_simulator.workspace import Workspace


class RestHost:
    """Answers every path that is not the simulator's own."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        workspace = self._workspace
        call = await read_call(workspace, scope, receive)
        if call is None:
            return
        fault = workspace.faults.choose(call) if workspace.faults.armed else None
        if fault is not None:
            await _serve_fault(workspace, call, fault, scope=scope, receive=receive, send=send)
            return
        acceptance = respond(workspace, call)
        remember(workspace, call, acceptance)
        await send_answer(send, acceptance.answer)


async def _serve_fault(
    workspace: Workspace, call: Call, fault: Armed, *, scope: Scope, receive: Receive, send: Send
) -> None:
    action = fault.rule.action
    await _wait(workspace, call, fault)
    instead = answer_instead(workspace, fault)
    acceptance = respond(workspace, call, action) if instead is None else Acceptance(answer=instead)
    acceptance = changed_answer(acceptance, action)
    remember(workspace, call, acceptance, fault.rule.id)
    await deliver(action, acceptance.answer, scope=scope, receive=receive, send=send)


async def _wait(workspace: Workspace, call: Call, fault: Armed) -> None:
    """Sit out a delay, during which no other request should bring the same users."""
    users = users_in(call.body)
    workspace.order.hold(users)
    try:
        await wait_before(workspace, fault)
    finally:
        workspace.order.release(users)


def remember(workspace: Workspace, call: Call, acceptance: Acceptance, fault: str | None = None) -> None:
    """Write the request into the ledger, without its key."""
    workspace.requests.add(
        RequestRecord(
            id=call.id,
            at=call.at,
            method=call.method,
            path=call.path,
            query=_blanked(call.query, workspace),
            key=call.key.name if call.key else None,
            tag=call.tag,
            headers={name: _blanked(value, workspace) for name, value in call.headers.items()},
            body=_blanked(call.body.decode("latin-1"), workspace).encode("latin-1"),
            status=acceptance.answer.status,
            response=acceptance.answer.body,
            fault=fault,
            outcomes=acceptance.outcomes,
        )
    )


def _blanked(text: str, workspace: Workspace) -> str:
    """The text without any known key: old clients put theirs into the body (`api_key`)."""
    for secret in workspace.config.keys:
        if secret in text:
            text = text.replace(secret, "[key]")
    return text
