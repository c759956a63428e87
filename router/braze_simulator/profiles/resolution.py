"""Whom an object means: the identifiers of /users/track, and prioritized look-ups by e-mail or phone.

Braze docs: users/track (identifiers), users/identify (prioritization). The texts of misses go to the discards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.ledgers.discards import Reason
from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.workspace import Workspace


def resolve(workspace: Workspace, operation: Operation) -> Profile | None:
    """The profile an object of /users/track means, created if need be; None (and a discard) when there is none."""
    body = operation.body
    external_id = body.get("external_id")
    if external_id is not None:
        return _by_external_id(workspace, operation, external_id)
    if body.get("user_alias") is not None:
        return _by_alias(workspace, operation)
    if body.get("braze_id") is not None:
        return _by_braze_id(workspace, operation)
    return _by_contact(workspace, operation)


def by_alias(workspace: Workspace, alias: JsonObject) -> Profile | None:
    """The profile with exactly this alias."""
    return workspace.directory.by_alias.get((alias["alias_label"], alias["alias_name"]))


def alias_miss(workspace: Workspace, alias: JsonObject, otherwise: Reason) -> Reason:
    """Why an alias was not found: only its case differs from an existing one, or `otherwise`."""
    similar = workspace.directory.differs_only_in_case((alias["alias_label"], alias["alias_name"]))
    return otherwise if similar is None else "alias-case-mismatch"


def most_recent(profiles: Iterable[Profile]) -> Profile | None:
    """The most recently updated identified profile, else the most recently updated one."""
    return max(
        profiles, key=lambda profile: (profile.identified, profile.updated_at, profile.updated_seq), default=None
    )


def prioritize(profiles: Sequence[Profile], prioritization: Sequence[str]) -> Profile | None:
    """Apply the steps of a prioritization in order; None when no profile or more than one is left."""
    left = list(profiles)
    for step in prioritization:
        if step in {"identified", "unidentified"}:
            left = [profile for profile in left if profile.identified == (step == "identified")]
        elif left:
            pick = max if step == "most_recently_updated" else min
            left = [pick(left, key=_updated)]
    return left[0] if len(left) == 1 else None


def _updated(profile: Profile) -> tuple[float, int]:
    return profile.updated_at, profile.updated_seq


def _by_external_id(workspace: Workspace, operation: Operation, external_id: str) -> Profile | None:
    directory = workspace.directory
    profile = directory.by_external_id.get(external_id)
    if profile is not None:
        return profile
    if operation.body.get("_update_existing_only") is True:
        workspace.discard(operation, "update-only-miss")
        return None
    profile = directory.create(workspace.now())
    directory.set_external_id(profile, external_id)
    return profile


def _by_alias(workspace: Workspace, operation: Operation) -> Profile | None:
    alias = operation.body["user_alias"]
    profile = by_alias(workspace, alias)
    if profile is not None:
        return profile
    if not _alias_may_create(workspace, operation):
        workspace.discard(operation, alias_miss(workspace, alias, "update-only-miss"))
        return None
    profile = workspace.directory.create(workspace.now())
    workspace.directory.add_alias(profile, (alias["alias_label"], alias["alias_name"]))
    return profile


def _alias_may_create(workspace: Workspace, operation: Operation) -> bool:
    explicit = operation.body.get("_update_existing_only") is False
    return explicit and (operation.kind == "attributes" or workspace.config.alias_event_creates == "explicit-false")


def _by_braze_id(workspace: Workspace, operation: Operation) -> Profile | None:
    profile = workspace.directory.profiles.get(operation.body["braze_id"])
    if profile is None:
        workspace.discard(operation, "unknown-braze-id")
    return profile


def _by_contact(workspace: Workspace, operation: Operation) -> Profile | None:
    directory, body = workspace.directory, operation.body
    email, phone = body.get("email"), body.get("phone")
    profile = most_recent(directory.with_email(email) if email else directory.with_phone(phone or ""))
    if profile is not None:
        return profile
    if body.get("_update_existing_only") is True:
        workspace.discard(operation, "update-only-miss")
        return None
    profile = directory.create(workspace.now())
    if email:
        set_email(workspace, profile, email)
    else:
        set_phone(workspace, profile, phone)
    return profile


def set_email(workspace: Workspace, profile: Profile, email: str | None) -> None:
    """Change a profile's e-mail address, with what that means for subscription states of the old and the new one."""
    old = profile.email
    if old == email:
        return
    workspace.directory.set_email(profile, email)
    if old is not None and not workspace.directory.with_email(old):
        workspace.subscriptions.orphan("email", old, workspace.now())
    if email is not None:
        workspace.subscriptions.adopt("email", email, workspace.now())


def set_phone(workspace: Workspace, profile: Profile, phone: str | None) -> None:
    """Change a profile's phone number, with what that means for subscription states of the old and the new one."""
    old = profile.phone
    if old == phone:
        return
    workspace.directory.set_phone(profile, phone)
    if old is not None and not workspace.directory.with_phone(old):
        workspace.subscriptions.orphan("sms", old, workspace.now())
    if phone is not None:
        workspace.subscriptions.adopt("sms", phone, workspace.now())
