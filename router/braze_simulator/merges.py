"""Applying /users/merge and /users/delete: who is meant, and what happens to them (Braze docs)."""

from __future__ import annotations

from collections.abc import Sequence

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.ledgers.discards import Reason
from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.merging import merge_profiles
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.profiles.resolution import by_alias, prioritize
from router.braze_simulator.workspace import Workspace


def apply_merge(workspace: Workspace, operation: Operation) -> None:
    """Merge one pair; a side that is missing or ambiguous makes it a silent no-op."""
    source = _one(workspace, operation, operation.body["identifier_to_merge"])
    target = _one(workspace, operation, operation.body["identifier_to_keep"])
    if source is not None and target is not None:
        merge_profiles(workspace, operation, source, target)


def apply_delete(workspace: Workspace, operation: Operation) -> None:
    """Delete one user; subscription states of an address go with its last holder."""
    profile = _one(workspace, operation, operation.body)
    if profile is None:
        return
    email, phone = profile.email, profile.phone
    workspace.directory.remove(profile)
    workspace.deleted.append(profile.braze_id)
    if email is not None and not workspace.directory.with_email(email):
        workspace.subscriptions.forget("email", email)
    if phone is not None and not workspace.directory.with_phone(phone):
        workspace.subscriptions.forget("sms", phone)


def _one(workspace: Workspace, operation: Operation, identifier: JsonObject) -> Profile | None:
    """The one profile an identifier means; None (and a discard) when there is none or more than one."""
    matches = _matches(workspace, identifier)
    profile = prioritize(matches, identifier.get("prioritization") or ())
    if profile is None:
        reason: Reason = "ambiguous" if matches else "not-found"
        workspace.discard(operation, reason, detail=str(next(iter(identifier.values()), "")))
    return profile


def _matches(workspace: Workspace, identifier: JsonObject) -> Sequence[Profile]:
    directory = workspace.directory
    if "email" in identifier:
        return directory.with_email(identifier["email"])
    if "phone" in identifier:
        return directory.with_phone(identifier["phone"])
    if "user_alias" in identifier:
        found = by_alias(workspace, identifier["user_alias"])
    elif "braze_id" in identifier:
        found = directory.profiles.get(identifier["braze_id"])
    else:
        found = directory.by_external_id.get(identifier["external_id"])
    return [] if found is None else [found]
