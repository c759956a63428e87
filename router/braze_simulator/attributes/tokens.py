"""Push tokens: attached to a profile, or imported for users who have no id yet (Braze docs: user attributes object)."""

from __future__ import annotations

from typing import Any

from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.profile import Profile, PushToken
from router.braze_simulator.workspace import Workspace


def attach_tokens(workspace: Workspace, operation: Operation, profile: Profile, tokens: list[Any]) -> None:
    """Give the profile these tokens, taking them from whoever holds them."""
    for token in tokens:
        workspace.directory.add_push_token(profile, _read(workspace, token))


def import_tokens(workspace: Workspace, operation: Operation) -> None:
    """Make one temporary anonymous profile per token; one known token makes Braze ignore the whole object."""
    tokens = operation.body["push_tokens"]
    if any(token["token"] in workspace.directory.by_token for token in tokens):
        workspace.discard(operation, "push-token-present")
        return
    for token in tokens:
        profile = workspace.directory.create(workspace.now())
        workspace.directory.add_push_token(profile, _read(workspace, token))


def _read(workspace: Workspace, token: dict[str, Any]) -> PushToken:
    device_id = token.get("device_id") or workspace.ids.uuid()
    return PushToken(app_id=token["app_id"], token=token["token"], device_id=device_id)
