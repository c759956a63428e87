"""Setters of the SDKs' user object: standard and custom attributes, groups, tokens, attribution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from router.braze_simulator.attributes.nested import Merging
from router.braze_simulator.attributes.update import Progress, update_profile
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.device.users import current_user
from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.addresses import is_email
from router.braze_simulator.profiles.profile import PushToken
from router.braze_simulator.times import iso
from router.braze_simulator.workspace import Workspace

Method = Callable[[Workspace, Operation, list[Any]], None]
"""What one SDK method does with its arguments; raise ValueError for arguments that the SDK refuses."""


def _set(attribute: str) -> Method:
    """A setter of one standard attribute."""

    def method(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
        _update(workspace, operation, {attribute: args[0]})

    return method


def _set_email(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    if args[0] and not is_email(args[0]):
        raise ValueError("not an e-mail address")
    _update(workspace, operation, {"email": args[0]})


def _set_gender(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    """SDKs name genders by words or by their first letter; unknown is no gender."""
    letter = str(args[0] or "u").upper()[0]
    _update(workspace, operation, {"gender": letter if letter in "MFONP" else None})


def _set_date_of_birth(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    day = args[0][:10] if isinstance(args[0], str) else "{:04d}-{:02d}-{:02d}".format(*args[:3])
    _update(workspace, operation, {"dob": day})


def _set_location(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    latitude, longitude = args[:2]
    _update(workspace, operation, {"current_location": {"latitude": float(latitude), "longitude": float(longitude)}})


def _set_custom(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    merging: Merging = "merge" if args[2:3] == [True] else "overwrite"
    _update(workspace, operation, {str(args[0]): args[1]}, merging)


def _set_custom_seconds(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    _update(workspace, operation, {str(args[0]): iso(float(args[1]))})


def _increment(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    _update(workspace, operation, {str(args[0]): {"inc": args[1] if len(args) > 1 else 1}})


def _array(operator: str) -> Method:
    def method(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
        _update(workspace, operation, {str(args[0]): {operator: [args[1]]}})

    return method


def _group(state: str) -> Method:
    def method(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
        entry = {"subscription_group_id": str(args[0]), "subscription_state": state}
        _update(workspace, operation, {"subscription_groups": [entry]})

    return method


def _register_token(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    body = operation.body
    token = PushToken(app_id=body["app_id"] or "", token=str(args[0]), device_id=body["device_id"])
    workspace.directory.add_push_token(current_user(workspace, operation), token)


def _set_attribution(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    """Install attribution costs nothing (Braze docs: data points)."""
    current_user(workspace, operation).devices[operation.body["device_id"]]["attribution"] = args


def _update(workspace: Workspace, operation: Operation, fields: JsonObject, merging: Merging = "overwrite") -> None:
    update_profile(workspace, Progress(operation, current_user(workspace, operation), fields, merging))


SETTERS: Mapping[str, Method] = {
    "setEmail": _set_email,
    "setFirstName": _set("first_name"),
    "setLastName": _set("last_name"),
    "setPhoneNumber": _set("phone"),
    "setCountry": _set("country"),
    "setHomeCity": _set("home_city"),
    "setLanguage": _set("language"),
    "setAvatarImageUrl": _set("image_url"),
    "setGender": _set_gender,
    "setDateOfBirth": _set_date_of_birth,
    "setEmailNotificationSubscriptionType": _set("email_subscribe"),
    "setPushNotificationSubscriptionType": _set("push_subscribe"),
    "setLastKnownLocation": _set_location,
    "setCustomUserAttribute": _set_custom,
    "setCustomUserAttributeToSecondsFromEpoch": _set_custom_seconds,
    "incrementCustomUserAttribute": _increment,
    "addToCustomAttributeArray": _array("add"),
    "addToCustomUserAttributeArray": _array("add"),
    "removeFromCustomAttributeArray": _array("remove"),
    "removeFromCustomUserAttributeArray": _array("remove"),
    "addToSubscriptionGroup": _group("subscribed"),
    "removeFromSubscriptionGroup": _group("unsubscribed"),
    "registerPushToken": _register_token,
    "registerDeviceToken": _register_token,
    "setAttributionData": _set_attribution,
}
