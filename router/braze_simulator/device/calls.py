"""POST /_sim/sdk: calls of a Braze SDK on a device, by the method names of its public interface.

The SDKs' own wire format is not documented, so this entry is ours. Web SDK names are understood, and those of the
mobile SDKs where they differ. A method that starts with `users.` is a Currents name and stands for what the SDK does
by itself (sessions, impressions, clicks …).
"""

from __future__ import annotations

from typing import Any

import msgspec

from router.braze_simulator.calls import Call, JsonObject
from router.braze_simulator.ledgers.requests import RequestRecord
from router.braze_simulator.operations import Batch, Operation
from router.braze_simulator.times import parse_event_time
from router.braze_simulator.workspace import Workspace

UNDEFINED = "__undefined__"
"""How recorded calls write JavaScript's undefined."""


class SdkCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call: method name (`user.` before calls on the user object), arguments, and the device's time."""

    method: str
    args: list[Any] = []
    time: str | float | None = None


class SdkBody(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of one device, in order."""

    device_id: str
    calls: list[SdkCall]
    app_id: str | None = None
    sdk: str = "web"


def sdk_operations(workspace: Workspace, body: SdkBody, call: Call) -> list[Operation]:
    """The calls as work; raise ValueError for a time that is none."""
    return [
        Operation(
            kind="sdk_call",
            body=_call_body(workspace, body, entry),
            request_id=call.id,
            seq=workspace.ids.next(),
            index=index,
            accepted_at=call.at,
            path="device",
            tag=call.tag,
        )
        for index, entry in enumerate(body.calls)
    ]


def enqueue_calls(workspace: Workspace, call: Call, operations: list[Operation]) -> None:
    """Queue the work as the consistency mode says, and write the request into the ledger."""
    due = workspace.backlog.due_at(workspace.now())
    workspace.backlog.add(Batch(request_id=call.id, operations=operations, due=due))
    workspace.requests.add(
        RequestRecord(
            id=call.id,
            at=call.at,
            method=call.method,
            path=call.path,
            query=call.query,
            key=None,
            tag=call.tag,
            headers=dict(call.headers),
            body=call.body,
            status=200,
            response={"message": "success"},
            fault=None,
            outcomes=[],
        )
    )


def defined(value: Any) -> Any:
    """The value with undefined as null, and without undefined members of objects, as JSON.stringify writes it."""
    if isinstance(value, dict):
        return {key: defined(item) for key, item in value.items() if item != UNDEFINED}
    if isinstance(value, list):
        return [defined(item) for item in value]
    return None if value == UNDEFINED else value


def _call_body(workspace: Workspace, body: SdkBody, entry: SdkCall) -> JsonObject:
    return {
        "device_id": body.device_id,
        "app_id": body.app_id,
        "sdk": body.sdk,
        "method": entry.method.removeprefix("user."),
        "args": defined(entry.args),
        "time": _moment(workspace, entry.time),
    }


def _moment(workspace: Workspace, time: str | float | None) -> float:
    if time is None:
        return workspace.now()
    if not isinstance(time, str):
        return time
    moment = parse_event_time(time)
    if moment is None:
        raise ValueError(f"`{time}` is no time")
    return moment
