"""GET /_sim/…: users, requests, ledgers. Work that is due is applied before anything is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.braze_simulator.applying import apply_due
from router.braze_simulator.calls import Bucket
from router.braze_simulator.config import public_settings
from router.braze_simulator.inspection.views import (
    View,
    discard_view,
    duplicate_view,
    occurrence_view,
    profile_summary,
    profile_view,
    request_summary,
    request_view,
    row_view,
    subscription_view,
    violation_view,
)
from router.braze_simulator.ledgers.duplicates import duplicates
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.rates import windows
from router.braze_simulator.times import iso, parse_time
from router.braze_simulator.workspace import Workspace

Reader = Callable[[Workspace, Request], Any]
"""Workspace and request → what to show; None is a 404."""

DEFAULT_LIMIT = 1_000


def json_response(body: Any, status: int = 200) -> Response:
    """A JSON response written by msgspec."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def show_health(workspace: Workspace, _request: Request) -> View:
    """GET /_sim/health."""
    return {
        "status": "ok",
        "now": iso(workspace.now()),
        "users": len(workspace.directory.profiles),
        "requests": sum(workspace.requests.counts.values()),
        "waiting": len(workspace.backlog.waiting),
    }


def show_users(workspace: Workspace, request: Request) -> View:
    """GET /_sim/users?external_id|alias|email|phone|braze_id|q&limit."""
    found = find_profiles(workspace, request.query_params)
    return {
        "users": [profile_summary(workspace, profile) for profile in found[: _limit(request)]],
        "count": len(found),
    }


def show_user(workspace: Workspace, request: Request) -> View | None:
    """GET /_sim/users/{braze_id}."""
    profile = workspace.directory.profiles.get(surviving(workspace, request.path_params["braze_id"]))
    return None if profile is None else profile_view(workspace, profile)


def find_profiles(workspace: Workspace, wanted: Any) -> Sequence[Profile]:
    """Profiles that fulfil every given condition. `alias` is a name or `label:name`, `q` part of any name."""
    directory = workspace.directory
    found: Iterable[Profile] = directory.profiles.values()
    if (external_id := wanted.get("external_id")) is not None:
        profile = directory.by_external_id.get(external_id)
        found = [] if profile is None else [profile]
    if (email := wanted.get("email")) is not None:
        found = _among(found, directory.with_email(email))
    if (phone := wanted.get("phone")) is not None:
        found = _among(found, directory.with_phone(phone))
    if (braze_id := wanted.get("braze_id")) is not None:
        found = [profile for profile in found if profile.braze_id == braze_id]
    if (alias := wanted.get("alias")) is not None:
        found = [profile for profile in found if _has_alias(profile, alias)]
    if text := wanted.get("q"):
        found = [profile for profile in found if _mentions(profile, text.lower())]
    return list(found)


def show_requests(workspace: Workspace, request: Request) -> View:
    """GET /_sim/requests?path,status,since."""
    path, status, since = (request.query_params.get(name) for name in ("path", "status", "since"))
    after = parse_time(since) if since else None
    rows = [
        record
        for record in workspace.requests.records.values()
        if (path is None or record.path == path)
        and (status is None or str(record.status) == status)
        and (after is None or record.at >= after)
    ]
    counted = [
        {"path": path, "status": status, "count": count} for (path, status), count in workspace.requests.counts.items()
    ]
    shown = [request_summary(record) for record in rows[-_limit(request) :]]
    return {"requests": shown, "count": len(rows), "totals": counted}


def show_request(workspace: Workspace, request: Request) -> View | None:
    """GET /_sim/requests/{id}."""
    record = workspace.requests.records.get(request.path_params["id"])
    return None if record is None else request_view(record)


def show_duplicates(workspace: Workspace, _request: Request) -> View:
    """GET /_sim/duplicates."""
    found = duplicates(workspace.directory.profiles.values())
    return {"duplicates": [duplicate_view(duplicate) for duplicate in found], "count": len(found)}


def show_order_violations(workspace: Workspace, request: Request) -> View:
    """GET /_sim/order-violations?kind."""
    kind = request.query_params.get("kind")
    rows = [violation_view(row) for row in workspace.order.rows if kind is None or row.kind == kind]
    return {"violations": rows, "count": workspace.order.count if kind is None else len(rows)}


def show_discards(workspace: Workspace, request: Request) -> View:
    """GET /_sim/discards?reason,user."""
    reason, user = request.query_params.get("reason"), request.query_params.get("user")
    rows = [
        row
        for row in workspace.discards.rows
        if (reason is None or row.reason == reason) and (user is None or row.user == user)
    ]
    shown = [discard_view(row) for row in rows[-_limit(request) :]]
    return {"discards": shown, "count": len(rows), "by_reason": dict(workspace.discards.by_reason)}


def show_data_points(workspace: Workspace, request: Request) -> View | None:
    """GET /_sim/datapoints?group_by=user|key|request|tag|day|path, or without it the rows."""
    ledger = workspace.data_points
    group_by = request.query_params.get("group_by")
    if group_by is None:
        rows = [row_view(row) for row in ledger.rows()][-_limit(request) :]
        return {"total": ledger.total, "rows": rows}
    totals = next((totals for name, totals in ledger.totals.items() if name == group_by), None)
    return None if totals is None else {"total": ledger.total, "group_by": group_by, "totals": dict(totals)}


def show_events(workspace: Workspace, request: Request) -> View:
    """GET /_sim/events?name,user,kind,path: the logs of all profiles, in order of application."""
    wanted = request.query_params
    rows = [
        {"user": profile.user, "braze_id": profile.braze_id, **occurrence_view(occurrence)}
        for profile in workspace.directory.profiles.values()
        if wanted.get("user") in {None, profile.user, profile.braze_id}
        for occurrence in profile.log
        if all(wanted.get(name) in {None, getattr(occurrence, name)} for name in ("name", "kind", "path"))
    ]
    rows.sort(key=_applied_at)
    return {"events": rows[-_limit(request) :], "count": len(rows)}


def show_rate_limits(workspace: Workspace, _request: Request) -> View:
    """GET /_sim/ratelimits."""
    buckets: tuple[Bucket, ...] = get_args(Bucket)
    now, config = workspace.now(), workspace.config
    return {
        "buckets": {bucket: workspace.rates.view(bucket, windows(bucket, config), now) for bucket in buckets},
    }


def show_subscriptions(workspace: Workspace, _request: Request) -> View:
    """GET /_sim/subscriptions."""
    rows = [subscription_view(row) for row in workspace.subscriptions.rows.values()]
    groups = {group: msgspec.to_builtins(entry) for group, entry in workspace.subscriptions.groups.items()}
    return {"subscriptions": rows, "count": len(rows), "groups": groups}


def show_config(workspace: Workspace, _request: Request) -> View:
    """GET /_sim/config, keys by name only."""
    return public_settings(workspace.config)


def reading(read: Reader, workspace: Workspace) -> Callable[[Request], Any]:
    """A Starlette endpoint for a reader."""

    async def endpoint(request: Request) -> Response:
        apply_due(workspace)
        shown = read(workspace, request)
        return json_response({"message": "not found"}, 404) if shown is None else json_response(shown)

    return endpoint


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "")
    return max(1, int(text)) if text.isdecimal() else DEFAULT_LIMIT


def surviving(workspace: Workspace, braze_id: str) -> str:
    """The profile that a merged one became; its own id otherwise."""
    seen: set[str] = set()
    while braze_id in workspace.merged_into and braze_id not in seen:
        seen.add(braze_id)
        braze_id = workspace.merged_into[braze_id]
    return braze_id


def _among(found: Iterable[Profile], others: Sequence[Profile]) -> list[Profile]:
    return [profile for profile in found if profile in others]


def _has_alias(profile: Profile, alias: str) -> bool:
    return any(alias in {name, f"{label}:{name}"} for label, name in profile.aliases.items())


def _mentions(profile: Profile, text: str) -> bool:
    names = (profile.external_id, profile.email, profile.phone, profile.braze_id, *profile.aliases.values())
    return any(name is not None and text in name.lower() for name in names)


def _applied_at(row: View) -> str:
    return str(row["applied_at"])
