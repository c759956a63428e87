"""From a call to an answer, in the order in which a REST host looks at things.

route (404) → key (401) → permission (403) → rate (429) → content type (415) → size (413, bulk 400) → JSON (400) →
the endpoint's own checks → accept → apply as the consistency mode says. The order is inferred; Braze documents only
the single answers. Counters are charged for every request with a valid key, failures too.
"""

from __future__ import annotations

import random
from urllib.parse import parse_qsl

import msgspec

from router.braze_simulator.applying import apply_due
from router.braze_simulator.calls import Answer, Call, JsonObject, refusal, undocumented
from router.braze_simulator.config import Key, SimulatorConfig
from router.braze_simulator.endpoints.table import ENDPOINTS, Endpoint
from router.braze_simulator.faults.actions import (
    Action,
    ApplyDelay,
    DropApply,
    DuplicateApply,
    PartialErrors,
    RemovePermission,
    Reorder,
    RevokeKey,
    ShrinkLimit,
    StaleExport,
)
from router.braze_simulator.intake import Acceptance, Intake
from router.braze_simulator.keys import may, may_come_from
from router.braze_simulator.operations import Batch
from router.braze_simulator.rates import FIELD_EXPORT_WINDOW, Window, rate_headers, windows
from router.braze_simulator.workspace import Workspace

BAD_JSON = "Error while parsing request body. Please check your syntax."
_MESSAGE_HISTORY = (b'"campaigns_received"', b'"canvases_received"')


def respond(workspace: Workspace, call: Call, action: Action | None = None) -> Acceptance:
    """The answer to a call, with its accepted work queued or applied; `action` bends the way there."""
    apply_due(workspace)
    endpoint = ENDPOINTS.get(call.path)
    if endpoint is None or endpoint.method != call.method:
        return Acceptance(answer=_no_route(workspace, call, endpoint))
    key = None if isinstance(action, RevokeKey) else call.key
    if key is None:
        return Acceptance(answer=refusal(401, "Invalid API Key"))
    if not _permitted(key, endpoint, call) or isinstance(action, RemovePermission):
        return Acceptance(answer=undocumented(403, "Access Denied"))
    return _with_rate(workspace, call, endpoint, action)


def _no_route(workspace: Workspace, call: Call, endpoint: Endpoint | None) -> Answer:
    if endpoint is None and call.path.endswith("/") and call.path.rstrip("/") in ENDPOINTS:
        return undocumented(workspace.config.trailing_slash_status, "Forbidden")
    return undocumented(404, "Not Found") if endpoint is None else undocumented(405, "Method Not Allowed")


def _permitted(key: Key, endpoint: Endpoint, call: Call) -> bool:
    return may(key, endpoint.permissions) and may_come_from(key, call.client)


def _with_rate(workspace: Workspace, call: Call, endpoint: Endpoint, action: Action | None) -> Acceptance:
    config = workspace.config
    standing = workspace.rates.count(endpoint.bucket, _windows(call, endpoint, config), workspace.now())
    headers = rate_headers(standing, config.header_dialect)
    if standing is not None and not standing.allowed:
        body = {"message": "Rate limit exceeded"}
        return Acceptance(answer=Answer(status=429, body=body, headers=headers, synthetic=True))
    acceptance = _admit(workspace, call, endpoint, action)
    answer = msgspec.structs.replace(acceptance.answer, headers={**acceptance.answer.headers, **headers})
    return msgspec.structs.replace(acceptance, answer=answer)


def _windows(call: Call, endpoint: Endpoint, config: SimulatorConfig) -> tuple[Window, ...]:
    """The bucket's windows; an export of a few fields without message history has a wider one (Braze docs: API limits)."""
    narrow = b'"fields_to_export"' in call.body and not any(name in call.body for name in _MESSAGE_HISTORY)
    if endpoint.bucket == "export" and narrow and config.rate_plan != "off":
        return (FIELD_EXPORT_WINDOW,)
    return windows(endpoint.bucket, config)


def _admit(workspace: Workspace, call: Call, endpoint: Endpoint, action: Action | None) -> Acceptance:
    config = _shrunk(workspace.config, action)
    refused = _body_refusal(call, config) if call.method == "POST" else None
    if refused is not None:
        return Acceptance(answer=refused)
    document = _document(call)
    if document is None:
        return Acceptance(answer=Answer(status=400, body={"error": BAD_JSON}))
    intake = Intake(
        workspace=workspace,
        call=call,
        config=config,
        partial=action if isinstance(action, PartialErrors) else None,
        stale_seconds=action.seconds if isinstance(action, StaleExport) else 0.0,
    )
    acceptance = endpoint.accept(intake, document)
    _enqueue(workspace, call, acceptance, action)
    return acceptance


def _body_refusal(call: Call, config: SimulatorConfig) -> Answer | None:
    if not call.headers.get("content-type", "").lower().startswith("application/json"):
        return undocumented(415, "Unsupported Media Type")
    if call.path == "/users/track/bulk" and len(call.body) > config.limits.bulk_body_bytes:
        return undocumented(400, "Request body too large")
    return undocumented(413, "Request Entity Too Large") if len(call.body) > config.limits.body_bytes else None


def _document(call: Call) -> JsonObject | None:
    """The body, or the query of a GET with repeated names as lists; None when it is no JSON object."""
    if call.method == "GET":
        document: JsonObject = {}
        for name, value in parse_qsl(call.query, keep_blank_values=True):
            document.setdefault(name.removesuffix("[]"), []).append(value)
        return document
    try:
        decoded = msgspec.json.decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None


def _shrunk(config: SimulatorConfig, action: Action | None) -> SimulatorConfig:
    if not isinstance(action, ShrinkLimit):
        return config
    if action.objects is not None:
        config = msgspec.structs.replace(config, track_limit_model=action.objects)
    if action.bytes is not None:
        limits = msgspec.structs.replace(config.limits, body_bytes=action.bytes)
        config = msgspec.structs.replace(config, limits=limits)
    return config


def _enqueue(workspace: Workspace, call: Call, acceptance: Acceptance, action: Action | None) -> None:
    if not acceptance.operations:
        return
    if isinstance(action, DropApply):
        for operation in acceptance.operations:
            workspace.discard(operation, "lost-by-fault")
        return
    due = workspace.backlog.due_at(workspace.now(), _extra_delay(call, action))
    for _ in range(2 if isinstance(action, DuplicateApply) else 1):
        workspace.backlog.add(Batch(request_id=call.id, operations=list(acceptance.operations), due=due))
    apply_due(workspace)


def _extra_delay(call: Call, action: Action | None) -> float:
    if isinstance(action, ApplyDelay):
        return action.seconds
    if isinstance(action, Reorder):
        return random.Random(call.id).uniform(action.min_seconds, action.max_seconds)
    return 0.0
