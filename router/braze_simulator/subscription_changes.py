"""Applying subscription states: by profile, by e-mail or phone, with orphans for addresses nobody has."""

from __future__ import annotations

from typing import Any

from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.subscriptions import Channel, State, address_of
from router.braze_simulator.workspace import Workspace


def apply_subscription(workspace: Workspace, operation: Operation) -> None:
    """Apply one entry of a subscription call to all the users it lists."""
    body = operation.body
    group, state = body["subscription_group_id"], body["subscription_state"]
    if workspace.config.strict_subscription_groups and group not in workspace.config.subscription_groups:
        workspace.discard(operation, "unknown-subscription-group", key=group)
        return
    for address in body.get("emails") or []:
        _set_address(workspace, operation, "email", address, group=group, state=state)
    for address in body.get("phones") or []:
        _set_address(workspace, operation, "sms", address, group=group, state=state)
    for external_id in body.get("external_ids") or []:
        profile = workspace.directory.by_external_id.get(external_id)
        reached = profile is not None and _set_profile(workspace, profile, group, state)
        if not reached and not (body.get("emails") or body.get("phones")):
            workspace.discard(
                operation, "not-found" if profile is None else "no-address", key=group, detail=external_id
            )


def set_groups_of_profile(workspace: Workspace, operation: Operation, profile: Profile, groups: list[Any]) -> None:
    """Apply `subscription_groups` of an attribute object; it reaches every profile with the same address."""
    for entry in groups:
        group, state = entry["subscription_group_id"], entry["subscription_state"]
        if not _set_profile(workspace, profile, group, state):
            workspace.discard(operation, "no-address", key=group, detail=profile.user)


def _set_address(
    workspace: Workspace, operation: Operation, channel: Channel, address: str, *, group: str, state: State
) -> None:
    subscriptions, directory = workspace.subscriptions, workspace.directory
    if subscriptions.channel_of(group, channel) != channel:
        workspace.discard(operation, "wrong-channel", key=group, detail=address)
        return
    if directory.with_email(address) if channel == "email" else directory.with_phone(address):
        subscriptions.set(channel, address, group, state)
    elif operation.body.get("use_double_opt_in_logic") is True and channel == "sms":
        workspace.discard(operation, "orphan-double-opt-in", key=group, detail=address)
    else:
        subscriptions.set_orphan(channel, address, group, state=state, now=workspace.now())


def _set_profile(workspace: Workspace, profile: Profile, group: str, state: State) -> bool:
    """Set the state of the profile's address for the group's channel; False when it has none."""
    usual: Channel = "sms" if profile.email is None and profile.phone is not None else "email"
    channel = workspace.subscriptions.channel_of(group, usual)
    address = address_of(profile, channel)
    if address is None:
        return False
    workspace.subscriptions.set(channel, address, group, state)
    return True
