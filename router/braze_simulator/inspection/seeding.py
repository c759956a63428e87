"""POST /_sim/seed: put users into the workspace without limits, rates or waiting, and mark those that need marks."""

from __future__ import annotations

from typing import Any

import msgspec

from router.braze_simulator.applying import apply_operations
from router.braze_simulator.calls import Call, JsonObject
from router.braze_simulator.endpoints.track import ARRAYS, entries, sort_objects
from router.braze_simulator.inspection.views import View
from router.braze_simulator.intake import Intake
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.workspace import Workspace


class SeedUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user by external id or alias, with attributes and the marks that no API can set."""

    external_id: str | None = None
    user_alias: dict[str, str] | None = None
    attributes: dict[str, Any] = {}
    is_test: bool = False
    control_group: bool = False
    marked_for_deletion: bool = False

    @property
    def entry(self) -> JsonObject:
        """The user as an attributes object."""
        named = {"external_id": self.external_id, "user_alias": self.user_alias, "_update_existing_only": False}
        return {**self.attributes, **{name: value for name, value in named.items() if value is not None}}


def seed(workspace: Workspace, body: Any) -> View:
    """Apply `{"users": [...], "attributes": [...], "events": [...], "purchases": [...]}` at once."""
    if not isinstance(body, dict):
        raise ValueError("expected an object")
    users = msgspec.convert(body.get("users", []), list[SeedUser])
    document: JsonObject = {array: list(entries(body, array)) for array in ARRAYS}
    document["attributes"] = [user.entry for user in users] + document["attributes"]
    intake = Intake(workspace=workspace, call=_call(workspace), config=workspace.config)
    found = sort_objects(intake, document)
    if found.errors:
        raise ValueError(f"not seeded: {msgspec.json.encode(found.errors).decode()}")
    apply_operations(workspace, found.operations)
    for user in users:
        _mark(_profile(workspace, user), user)
    return {"message": "seeded", "objects": len(found.operations)}


def _call(workspace: Workspace) -> Call:
    return Call(
        id=workspace.ids.uuid(),
        method="POST",
        path="/_sim/seed",
        query="",
        headers={},
        key=None,
        client="",
        body=b"",
        at=workspace.now(),
    )


def _profile(workspace: Workspace, user: SeedUser) -> Profile:
    directory = workspace.directory
    if user.external_id is not None:
        return directory.by_external_id[user.external_id]
    alias = user.user_alias or {}
    return directory.by_alias[alias["alias_label"], alias["alias_name"]]


def _mark(profile: Profile, user: SeedUser) -> None:
    profile.is_test = user.is_test
    profile.control_group = user.control_group
    profile.marked_for_deletion = user.marked_for_deletion
