"""Applying one attribute object to the profile it means: standard fields, custom attributes, contacts, tokens, groups."""

from __future__ import annotations

from typing import Any

import msgspec

from router.braze_simulator.attributes.custom import Stored, read_custom
from router.braze_simulator.attributes.nested import Merging, leaf_count
from router.braze_simulator.attributes.standard import FREE_OF_CHARGE, READINGS, Refused, read_standard
from router.braze_simulator.attributes.tokens import attach_tokens, import_tokens
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.profile import Change, Profile
from router.braze_simulator.profiles.resolution import resolve, set_email, set_phone
from router.braze_simulator.subscription_changes import set_groups_of_profile
from router.braze_simulator.workspace import Workspace

_NOT_PLAIN_KEYS = frozenset(
    {"external_id", "user_alias", "braze_id", "_update_existing_only", "_merge_objects", "push_token_import"}
    | {"email", "phone"}
)
_CONTACTS = ("email", "phone")
"""Applied before all else, because subscription groups of the same object need the address."""
_ABSENT: Any = object()


class Progress(msgspec.Struct):
    """What one object has changed and cost so far."""

    operation: Operation
    profile: Profile
    fields: JsonObject
    merging: Merging = "overwrite"
    dropped: frozenset[str] = frozenset()
    points: dict[str, int] = msgspec.field(default_factory=dict)
    changed: dict[str, Any] = msgspec.field(default_factory=dict)


def apply_attributes(
    workspace: Workspace, operation: Operation, dropped: frozenset[str] = frozenset()
) -> Profile | None:
    """Apply one attribute object. `dropped` names nested attributes that a sibling object of the request spoilt."""
    if operation.body.get("push_token_import") is True:
        import_tokens(workspace, operation)
        return None
    profile = resolve(workspace, operation)
    if profile is None:
        return None
    if profile.spam_blocked:
        workspace.discard(operation, "spam-blocked")
        return None
    merging: Merging = "merge" if operation.body.get("_merge_objects") is True else "overwrite"
    update_profile(workspace, Progress(operation, profile, operation.body, merging, dropped))
    return profile


def update_profile(workspace: Workspace, progress: Progress) -> None:
    """Apply every key of the object, then book its cost and note what changed."""
    operation, profile = progress.operation, progress.profile
    for name in _CONTACTS:
        if name in progress.fields:
            _apply_contact(workspace, progress, name, progress.fields[name])
    for name, value in progress.fields.items():
        if name not in _NOT_PLAIN_KEYS:
            _apply_key(workspace, progress, name, value)
    workspace.order.check_sequence(profile, operation, workspace.now())
    workspace.directory.touch(profile, workspace.now())
    workspace.data_points.charge(operation, profile.braze_id, workspace.now(), progress.points)
    note_change(workspace, profile, operation, progress.changed)


def note_change(workspace: Workspace, profile: Profile, operation: Operation, fields: dict[str, Any]) -> None:
    """Keep a bounded history of what changed on the profile and through which request."""
    if not fields:
        return
    change = Change(
        at=workspace.now(),
        request_id=operation.request_id,
        path=operation.path,
        what=operation.kind,
        fields=fields,
    )
    profile.changes.append(change)
    if len(profile.changes) > workspace.config.retention.changes_per_profile:
        del profile.changes[0]


def _apply_key(workspace: Workspace, progress: Progress, name: str, value: Any) -> None:
    if name in READINGS:
        _apply_standard(workspace, progress, name, value)
    elif name == "subscription_groups":
        set_groups_of_profile(workspace, progress.operation, progress.profile, value or [])
        progress.points[name] = 0
    elif name == "push_tokens":
        attach_tokens(workspace, progress.operation, progress.profile, value or [])
        progress.points[name] = 0
    else:
        _apply_custom(workspace, progress, name, value)


def _apply_contact(workspace: Workspace, progress: Progress, name: str, value: Any) -> None:
    profile = progress.profile
    if value is not None and not isinstance(value, str):
        workspace.discard(progress.operation, "wrong-type", key=name)
        return
    before = profile.email if name == "email" else profile.phone
    change = set_email if name == "email" else set_phone
    change(workspace, profile, value or None)
    progress.points[name] = 1
    if before != (value or None):
        progress.changed[name] = [before, value or None]


def _apply_standard(workspace: Workspace, progress: Progress, name: str, value: Any) -> None:
    reading = read_standard(name, value)
    if isinstance(reading, Refused):
        workspace.discard(progress.operation, reading.reason, key=name, detail=_shown(value), would_bill=1)
        if reading.reason != "unknown-country":
            return
        reading = None
    _store(progress, progress.profile.standard, name, reading)
    progress.points[name] = _standard_cost(workspace, name)


def _standard_cost(workspace: Workspace, name: str) -> int:
    if name in FREE_OF_CHARGE:
        return 0
    return workspace.config.dp_country_language if name in {"country", "language"} else 1


def _apply_custom(workspace: Workspace, progress: Progress, name: str, value: Any) -> None:
    operation, profile, config = progress.operation, progress.profile, workspace.config
    name = name.strip()
    if name in config.blocklist.attributes:
        workspace.discard(operation, "blocklisted", key=name)
        return
    if not name or name.startswith("$") or len(name) > config.limits.string_chars:
        workspace.discard(operation, "bad-name", key=name)
        return
    if name in progress.dropped:
        workspace.discard(operation, "nested-dropped-with-sibling", key=name, would_bill=leaf_count(value))
        return
    stored = read_custom(
        value, profile.custom.get(name), config, merging=progress.merging, forced=config.forced_types.get(name)
    )
    if isinstance(stored, Refused):
        workspace.discard(operation, stored.reason, key=name, detail=_shown(value), would_bill=leaf_count(value))
        return
    _keep(workspace, progress, name, stored)


def _keep(workspace: Workspace, progress: Progress, name: str, stored: Stored) -> None:
    profile = progress.profile
    workspace.registry["attributes"].add(name)
    if stored.value is None:
        profile.types.pop(name, None)
    else:
        profile.types[name] = stored.type
    _store(progress, profile.custom, name, stored.value)
    progress.points[name] = stored.points


def _store(progress: Progress, values: dict[str, Any], name: str, value: Any) -> None:
    before = values.get(name, _ABSENT)
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value
    if before != value and not (before is _ABSENT and value is None):
        progress.changed[name] = [None if before is _ABSENT else before, value]


def _shown(value: object) -> str:
    return msgspec.json.encode(value).decode()[:120]
