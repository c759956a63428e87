"""Applying /users/identify: an anonymous profile receives an external id, or is merged into the one that has it.

Braze docs: users/identify.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.merging import Extent, merge_profiles
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.profiles.resolution import alias_miss, by_alias, prioritize
from router.braze_simulator.workspace import Workspace


def identify_alias(workspace: Workspace, operation: Operation) -> None:
    """Resolve one entry of `aliases_to_identify`."""
    alias, external_id = operation.body["user_alias"], operation.body["external_id"]
    source = by_alias(workspace, alias)
    if source is None:
        workspace.discard(operation, alias_miss(workspace, alias, "alias-not-found"))
        return
    target = workspace.directory.by_external_id.get(external_id)
    if source is target:
        return
    if source.identified:
        workspace.discard(operation, "alias-already-identified", detail=source.user)
        return
    label = alias["alias_label"]
    skips = workspace.config.identify_label_conflict == "skip"
    if target is not None and label in target.aliases and skips:
        workspace.discard(operation, "label-conflict", key=label, detail=target.user)
        return
    _identify(workspace, operation, source, target)


def identify_email(workspace: Workspace, operation: Operation) -> None:
    """Resolve one entry of `emails_to_identify`."""
    _identify_by_contact(workspace, operation, workspace.directory.with_email(operation.body["email"]))


def identify_phone(workspace: Workspace, operation: Operation) -> None:
    """Resolve one entry of `phone_numbers_to_identify`."""
    _identify_by_contact(workspace, operation, workspace.directory.with_phone(operation.body["phone"]))


def _identify_by_contact(workspace: Workspace, operation: Operation, matches: Sequence[Profile]) -> None:
    target = workspace.directory.by_external_id.get(operation.body["external_id"])
    source = prioritize(matches, operation.body.get("prioritization") or ())
    if not matches:
        workspace.discard(operation, "not-found")
    elif source is None or (target is not None and target in matches):
        workspace.discard(operation, "ambiguous")
    elif source.identified and target is None:
        workspace.discard(operation, "alias-already-identified", detail=source.user)
    else:
        _identify(workspace, operation, source, target)


def _identify(workspace: Workspace, operation: Operation, source: Profile, target: Profile | None) -> None:
    if target is not None:
        merge_profiles(workspace, operation, source, target, extent=_extent(workspace, operation))
        return
    workspace.directory.set_external_id(source, operation.body["external_id"])
    workspace.directory.touch(source, workspace.now())


def _extent(workspace: Workspace, operation: Operation) -> Extent:
    """`merge_behavior: none` is gone from Braze's page; a switch says whether it is still honoured."""
    honoured = workspace.config.merge_behavior == "honour" and operation.body.get("merge_behavior") == "none"
    return "engagement" if honoured else "everything"
