"""The methods of the Braze SDKs that the simulator knows, and what a call of one does (Braze SDK reference)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.braze_simulator.aliases import add_alias
from router.braze_simulator.device.activity import ACTIVITY, apply_currents
from router.braze_simulator.device.setters import SETTERS, Method
from router.braze_simulator.device.users import change_user, current_user
from router.braze_simulator.operations import Operation
from router.braze_simulator.workspace import Workspace


def apply_sdk_call(workspace: Workspace, operation: Operation) -> None:
    """Do what one SDK call does; unknown methods and impossible arguments are noted as discards."""
    name, args = operation.body["method"], operation.body["args"]
    if name.startswith("users."):
        apply_currents(workspace, operation)
        return
    method = METHODS.get(name)
    if method is None:
        workspace.discard(operation, "unsupported-call", key=name)
        return
    try:
        method(workspace, operation, args)
    except (IndexError, TypeError, ValueError, AttributeError) as error:
        workspace.discard(operation, "invalid-call", key=name, detail=str(error))


def _nothing(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    """Start-up, flushing and the like: the device is known from now on, nothing else happens."""
    current_user(workspace, operation)


def _change_user(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    change_user(workspace, operation, str(args[0] or ""))


def _add_alias(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    name, label = args[:2]
    if not name or not label:
        raise ValueError("an alias needs a name and a label")
    profile = current_user(workspace, operation)
    if profile.aliases.get(label) != name:
        add_alias(workspace, operation, profile, (str(label), str(name)))


_START_UP = (
    "initialize",
    "configure",
    "init",
    "start",
    "enableSDK",
    "automaticallyShowInAppMessages",
    "addSdkMetadata",
    "requestPushPermission",
    "requestImmediateDataFlush",
    "requestContentCardsRefresh",
    "refreshFeatureFlags",
    "requestBannersRefresh",
)
METHODS: Mapping[str, Method] = {
    **dict.fromkeys(_START_UP, _nothing),
    **SETTERS,
    **ACTIVITY,
    "changeUser": _change_user,
    "addAlias": _add_alias,
}
