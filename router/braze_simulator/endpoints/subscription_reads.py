"""GET /subscription/status/get and /subscription/user/status (Braze docs)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.braze_simulator.calls import Answer, JsonObject
from router.braze_simulator.intake import Acceptance, Intake, refused
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.subscriptions import Channel, address_of
from router.braze_simulator.workspace import Workspace

_SHOWN = {"subscribed": "Subscribed", "unsubscribed": "Unsubscribed", None: "Unknown"}
_MOST_USERS = 100


def accept_status_get(intake: Intake, document: JsonObject) -> Acceptance:
    """The state of each listed user in one group."""
    group = _first(document, "subscription_group_id")
    if group is None:
        return refused(400, "'subscription_group_id' is required")
    asked = [name for name in ("external_id", "email", "phone") if document.get(name)]
    if not asked:
        return refused(400, "'external_id', 'email' or 'phone' is required")
    if "email" in asked and "phone" in asked:
        return refused(400, "Either an email address or a phone number should be provided, but not both.")
    status = {value: _SHOWN[_state(intake.workspace, name, value, group)] for name in asked for value in document[name]}
    return Acceptance(answer=Answer(status=200, body={"status": status, "message": "success"}))


def accept_user_status(intake: Intake, document: JsonObject) -> Acceptance:
    """All group states of each listed user."""
    workspace = intake.workspace
    found = {profile.braze_id: profile for profile in _profiles(workspace, document)}
    offset, limit = _number(document, "offset", 0), min(_number(document, "limit", _MOST_USERS), _MOST_USERS)
    shown = list(found.values())[offset : offset + limit]
    users = [_user(workspace, profile) for profile in shown]
    body = {"users": users, "total_count": len(found), "message": "success"}
    return Acceptance(answer=Answer(status=200, body=body))


def _state(workspace: Workspace, name: str, value: str, group: str) -> Any:
    now = workspace.now()
    if name != "external_id":
        channel: Channel = "email" if name == "email" else "sms"
        return workspace.subscriptions.state(channel, value, group, now=now)
    profile = workspace.directory.by_external_id.get(value)
    if profile is None or group not in workspace.subscriptions.groups:
        return None
    channel = workspace.subscriptions.groups[group].channel
    return workspace.subscriptions.state(channel, address_of(profile, channel), group, now=now)


def _profiles(workspace: Workspace, document: JsonObject) -> Iterator[Profile]:
    directory = workspace.directory
    for external_id in document.get("external_id", ()):
        profile = directory.by_external_id.get(external_id)
        if profile is not None:
            yield profile
    for email in document.get("email", ()):
        yield from directory.with_email(email)
    for phone in document.get("phone", ()):
        yield from directory.with_phone(phone)


def _user(workspace: Workspace, profile: Profile) -> dict[str, Any]:
    groups = workspace.subscriptions.groups
    return {
        "email": profile.email,
        "phone": profile.phone,
        "external_id": profile.external_id,
        "subscription_groups": [
            {
                "id": row.group,
                "name": groups[row.group].name,
                "channel": row.channel,
                "status": _SHOWN[row.state],
            }
            for row in workspace.subscriptions.of_profile(profile)
        ],
    }


def _first(document: JsonObject, name: str) -> str | None:
    values = document.get(name)
    return values[0] if values else None


def _number(document: JsonObject, name: str, default: int) -> int:
    text = _first(document, name) or ""
    return int(text) if text.isdecimal() else default
