"""Who is using a device: its own anonymous profile until an SDK changes the user.

Braze docs: user profile lifecycle. An anonymous profile gets a new external id, or is merged into the user who has it.
"""

from __future__ import annotations

from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.merging import merge_profiles
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.workspace import Workspace


def current_user(workspace: Workspace, operation: Operation) -> Profile:
    """The profile that the device writes to now; a deleted one is replaced by a new anonymous profile."""
    device_id = operation.body["device_id"]
    profile = workspace.directory.profiles.get(workspace.sdk_users.get(device_id, ""))
    if profile is None:
        profile = workspace.directory.create(workspace.now())
        use_device(workspace, operation, profile)
    return profile


def use_device(workspace: Workspace, operation: Operation, profile: Profile) -> None:
    """Make `profile` the user of the device."""
    body = operation.body
    workspace.sdk_users[body["device_id"]] = profile.braze_id
    profile.devices[body["device_id"]] = {"app_id": body["app_id"], "sdk": body["sdk"]}


def change_user(workspace: Workspace, operation: Operation, external_id: str) -> None:
    """The SDK's changeUser: nothing for the same user or an empty id."""
    current = current_user(workspace, operation)
    if not external_id or current.external_id == external_id:
        return
    target = workspace.directory.by_external_id.get(external_id)
    if target is current:
        return
    if target is not None:
        _switch(workspace, operation, current, target)
    elif current.identified:
        target = workspace.directory.create(workspace.now())
        workspace.directory.set_external_id(target, external_id)
        use_device(workspace, operation, target)
    else:
        workspace.directory.set_external_id(current, external_id)
        workspace.directory.touch(current, workspace.now())


def _switch(workspace: Workspace, operation: Operation, current: Profile, target: Profile) -> None:
    if not current.identified:
        merge_profiles(workspace, operation, current, target)
    use_device(workspace, operation, target)
