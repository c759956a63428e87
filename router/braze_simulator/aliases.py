"""Applying alias calls: a (label, name) pair is unique in the workspace, a user has one name per label.

Braze docs: user alias object, users/alias/new, users/alias/update.
"""

from __future__ import annotations

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.directory import Alias
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.workspace import Workspace


def apply_alias_new(workspace: Workspace, operation: Operation) -> None:
    """Add an alias to an existing user, or make a user who has only this alias."""
    alias, external_id = pair(operation.body), operation.body.get("external_id")
    if external_id is None:
        if _free(workspace, operation, alias):
            workspace.directory.add_alias(workspace.directory.create(workspace.now()), alias)
        return
    profile = workspace.directory.by_external_id.get(external_id)
    if profile is None:
        workspace.discard(operation, "not-found", detail=external_id)
    else:
        add_alias(workspace, operation, profile, alias)


def add_alias(workspace: Workspace, operation: Operation, profile: Profile, alias: Alias) -> None:
    """Attach an alias to a profile unless the pair or the label is taken."""
    if not _free(workspace, operation, alias):
        return
    if alias[0] in profile.aliases:
        workspace.discard(operation, "label-taken", key=alias[0], detail=profile.user)
        return
    workspace.directory.add_alias(profile, alias)
    workspace.directory.touch(profile, workspace.now())


def apply_alias_update(workspace: Workspace, operation: Operation) -> None:
    """Give the user with the old name under this label the new name."""
    body = operation.body
    label, new = body["alias_label"], body["new_alias_name"]
    profile = workspace.directory.by_alias.get((label, body["old_alias_name"]))
    if profile is None:
        workspace.discard(operation, "alias-not-found", key=label, detail=body["old_alias_name"])
    elif (label, new) in workspace.directory.by_alias:
        workspace.discard(operation, "alias-taken", key=label, detail=new)
    else:
        workspace.directory.drop_alias(profile, label)
        workspace.directory.add_alias(profile, (label, new))
        workspace.directory.touch(profile, workspace.now())


def pair(body: JsonObject) -> Alias:
    """(label, name) of an object that has both."""
    return body["alias_label"], body["alias_name"]


def _free(workspace: Workspace, operation: Operation, alias: Alias) -> bool:
    holder = workspace.directory.by_alias.get(alias)
    if holder is not None:
        workspace.discard(operation, "alias-taken", key=alias[0], detail=holder.user)
    return holder is None
