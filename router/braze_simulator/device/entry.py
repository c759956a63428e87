"""POST /_sim/sdk as a web endpoint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.braze_simulator.applying import apply_due
from router.braze_simulator.calls import Call
from router.braze_simulator.device.calls import SdkBody, enqueue_calls, sdk_operations
from router.braze_simulator.inspection.reading import json_response
from router.braze_simulator.workspace import Workspace


def sdk_entry(workspace: Workspace) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that takes `{"device_id", "app_id", "sdk", "calls": [{"method", "args", "time"}]}`."""

    async def endpoint(request: Request) -> Response:
        call = await _call(workspace, request)
        try:
            body = msgspec.json.decode(call.body, type=SdkBody)
            operations = sdk_operations(workspace, body, call)
        except (ValueError, RecursionError) as error:
            return json_response({"message": str(error)}, 400)
        before = workspace.discards.count
        enqueue_calls(workspace, call, operations)
        apply_due(workspace)
        return json_response(_answer(workspace, body, workspace.discards.count - before))

    return endpoint


def _answer(workspace: Workspace, body: SdkBody, discarded: int) -> dict[str, object]:
    """Who uses the device now, and how many calls came to nothing so far."""
    return {
        "message": "success",
        "calls": len(body.calls),
        "discarded": discarded,
        "braze_id": workspace.sdk_users.get(body.device_id),
    }


async def _call(workspace: Workspace, request: Request) -> Call:
    return Call(
        id=workspace.ids.uuid(),
        method=request.method,
        path="/_sim/sdk",
        query="",
        headers={"x-sim-tag": request.headers.get("x-sim-tag", "")},
        key=None,
        client=request.client.host if request.client else "",
        body=await request.body(),
        at=workspace.now(),
    )
