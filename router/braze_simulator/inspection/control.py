"""POST and DELETE /_sim/…: settle, clock, faults, configuration, reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.braze_simulator.applying import apply_due, settle
from router.braze_simulator.config import public_settings
from router.braze_simulator.faults.rules import read_rules
from router.braze_simulator.inspection.reading import json_response
from router.braze_simulator.inspection.snapshot import restore_snapshot
from router.braze_simulator.inspection.views import View
from router.braze_simulator.times import iso, parse_time
from router.braze_simulator.workspace import Workspace

Changer = Callable[[Workspace, Any], View]
"""Workspace and decoded body → what to answer; raise ValueError (also msgspec's errors) for a bad body."""


def reset(workspace: Workspace, body: Any) -> View:
    """POST /_sim/reset: forget profiles and ledgers; `{"faults": true}` forgets fault rules too."""
    workspace.reset()
    if isinstance(body, dict) and body.get("faults") is True:
        workspace.faults.clear()
    return {"message": "reset"}


def settle_now(workspace: Workspace, _body: Any) -> View:
    """POST /_sim/settle: apply everything that waits."""
    return {"applied": settle(workspace)}


def move_clock(workspace: Workspace, body: Any) -> View:
    """POST /_sim/clock: `{"advance": seconds}` or `{"set": "<time>"}`; what becomes due is applied."""
    if not isinstance(body, dict) or body.keys() not in ({"advance"}, {"set"}):
        raise ValueError('expected {"advance": seconds} or {"set": "<time>"}')
    if "advance" in body:
        workspace.clock.advance(msgspec.convert(body["advance"], float))
    else:
        moment = parse_time(body["set"])
        if moment is None:
            raise ValueError(f"`{body['set']}` is no time")
        workspace.clock.set(moment)
    apply_due(workspace)
    return {"now": iso(workspace.now())}


def change_config(workspace: Workspace, body: Any) -> View:
    """POST /_sim/config: change some settings of the running workspace."""
    if not isinstance(body, dict):
        raise ValueError("expected an object of settings")
    workspace.reconfigure(body)
    return public_settings(workspace.config)


def add_faults(workspace: Workspace, body: Any) -> View:
    """POST /_sim/faults: one rule, a list, or `{"faults": […]}`."""
    return {"ids": workspace.faults.arm(read_rules(body))}


def replace_state(workspace: Workspace, body: Any) -> View:
    """POST /_sim/snapshot: put a snapshot's state in the place of the current one."""
    restore_snapshot(workspace, body)
    return {"message": "restored"}


def show_faults(workspace: Workspace, _request: Request) -> View:
    """GET /_sim/faults: the rules in order, with how often each was met and acted."""
    rows = [
        {**msgspec.to_builtins(armed.rule), "matched": armed.matched, "fired": armed.fired}
        for armed in workspace.faults.armed.values()
    ]
    return {"faults": rows}


def remove_faults(workspace: Workspace, request: Request) -> View | None:
    """DELETE /_sim/faults and /_sim/faults/{id}; None when there is no such rule."""
    rule_id = request.path_params.get("id")
    if rule_id is None:
        workspace.faults.clear()
        return {"message": "removed"}
    return {"message": "removed"} if workspace.faults.disarm(rule_id) else None


def changing(change: Changer, workspace: Workspace) -> Callable[[Request], Any]:
    """A Starlette endpoint for a changer; a bad body is a 400 with the reason."""

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            return json_response(change(workspace, msgspec.json.decode(raw) if raw else None))
        except (ValueError, RecursionError) as error:
            return json_response({"message": str(error)}, 400)

    return endpoint
