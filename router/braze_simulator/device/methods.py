"""What each SDK method does to the profile of the device's user (spec of the calls: Braze SDK reference)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from router.braze_simulator.activity.commerce_schema import COMMERCE_EVENTS, schema_problems
from router.braze_simulator.activity.currencies import CURRENCIES
from router.braze_simulator.activity.events import blocklisted, book_event, finish, log
from router.braze_simulator.activity.purchases import book_purchase
from router.braze_simulator.aliases import add_alias
from router.braze_simulator.attributes.nested import Merging
from router.braze_simulator.attributes.update import Progress, update_profile
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.device.users import change_user, current_user
from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.addresses import is_email
from router.braze_simulator.profiles.profile import OccurrenceKind, Profile, PushToken, tally
from router.braze_simulator.times import iso
from router.braze_simulator.workspace import Workspace

Method = Callable[[Workspace, Operation, list[Any]], None]

_QUANTITIES = range(1, 101)
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)")


def apply_sdk_call(workspace: Workspace, operation: Operation) -> None:
    """Do what one SDK call does; unknown methods and impossible arguments are noted as discards."""
    name, args = operation.body["method"], operation.body["args"]
    if name.startswith("users."):
        _currents(workspace, operation, name, args)
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


def _open_session(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    _session(workspace, operation, "session_start")


def _close_session(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    _session(workspace, operation, "session_end")


def _session(workspace: Workspace, operation: Operation, name: str) -> None:
    """One data point each (Braze docs: data points)."""
    profile, moment = current_user(workspace, operation), _moment(workspace, operation)
    if name == "session_start":
        app = operation.body["app_id"] or ""
        tally(profile.sessions, app, moment)
        profile.spam_blocked |= profile.sessions[app].count > workspace.config.limits.spam_sessions
    _occur(workspace, operation, profile, kind="session", name=name, points={name: 1})


def _log_custom_event(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    name, properties = str(args[0] or ""), _properties(args, 1)
    if not name:
        raise ValueError("an event needs a name")
    event = _as(operation, "event", {"name": name, "properties": properties})
    if blocklisted(workspace, event):
        return
    violations = schema_problems(name, properties) if name in COMMERCE_EVENTS else []
    if violations:
        workspace.discard(event, "commerce-schema", key=name, detail=violations[0].sentence)
        return
    book_event(workspace, current_user(workspace, operation), event)


def _log_purchase(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
    """Web: id, price, currency, quantity, properties. Elsewhere: id, currency, price[, quantity][, properties]."""
    product, second, third, *rest = [*args, None, None, None][: max(len(args), 3)]
    price, currency = (second, third) if operation.body["sdk"] == "web" else (third, second)
    quantity = next((item for item in rest[:1] if not isinstance(item, dict)), None)
    code = str(currency or "USD").upper()
    if not product or code not in CURRENCIES:
        raise ValueError("a purchase needs a product id and an ISO 4217 currency")
    bought = {
        "product_id": str(product),
        "currency": code,
        "price": _price(price),
        "quantity": _quantity(quantity),
        "properties": next((item for item in rest if isinstance(item, dict)), None),
    }
    book_purchase(workspace, current_user(workspace, operation), _as(operation, "purchase", bought))


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


def _engage(name: str) -> Method:
    """An impression, click or dismissal of a message; costs nothing."""

    def method(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
        _occur(workspace, operation, current_user(workspace, operation), kind="engagement", name=name, points={name: 0})

    return method


def _currents(workspace: Workspace, operation: Operation, name: str, args: list[Any]) -> None:
    """What an SDK does by itself, under its Currents name."""
    if name == "users.behaviors.app.SessionStart":
        _session(workspace, operation, "session_start")
    elif name == "users.behaviors.app.SessionEnd":
        _session(workspace, operation, "session_end")
    else:
        _engage(name)(workspace, operation, args)


def _occur(
    workspace: Workspace,
    operation: Operation,
    profile: Profile,
    *,
    kind: OccurrenceKind,
    name: str,
    points: dict[str, int],
) -> None:
    moment = _moment(workspace, operation)
    args = operation.body["args"]
    properties = next((item for item in args if isinstance(item, dict)), None) or ({"args": args} if args else None)
    log(workspace, profile, operation, kind=kind, name=name, moment=moment, properties=properties)
    finish(workspace, profile, operation, moment=moment, points=points)


def _update(workspace: Workspace, operation: Operation, fields: JsonObject, merging: Merging = "overwrite") -> None:
    update_profile(workspace, Progress(operation, current_user(workspace, operation), fields, merging))


def _as(operation: Operation, kind: Any, fields: JsonObject) -> Operation:
    """The call as an event or purchase object of this device."""
    body = operation.body
    about = {"device_id": body["device_id"], "app_id": body["app_id"], "time": iso(body["time"])}
    return msgspec.structs.replace(operation, kind=kind, body={**about, **fields})


def _moment(workspace: Workspace, operation: Operation) -> float:
    return float(min(operation.body["time"], workspace.now()))


def _properties(args: list[Any], at: int) -> JsonObject | None:
    value = args[at] if len(args) > at else None
    return value if isinstance(value, dict) else None


def _price(value: Any) -> float:
    if isinstance(value, str) and (match := _NUMBER.match(value)):
        return float(match[0])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a purchase needs a price")
    return value


def _quantity(value: Any) -> int:
    quantity = 1 if value is None else int(value)
    if quantity not in _QUANTITIES:
        raise ValueError("a quantity is 1 to 100")
    return quantity


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
_ENGAGEMENT = {
    "logInAppMessageImpression": "users.messages.inappmessage.Impression",
    "logInAppMessageClick": "users.messages.inappmessage.Click",
    "logInAppMessageButtonClick": "users.messages.inappmessage.Click",
    "logInAppMessageHtmlClick": "users.messages.inappmessage.Click",
    "logContentCardImpressions": "users.messages.contentcard.Impression",
    "logContentCardClick": "users.messages.contentcard.Click",
    "logContentCardDismissal": "users.messages.contentcard.Dismiss",
    "logCardImpressions": "users.messages.contentcard.Impression",
    "logCardClick": "users.messages.contentcard.Click",
    "logCardDismissal": "users.messages.contentcard.Dismiss",
    "logBannerImpressions": "users.messages.banner.Impression",
    "logBannerClick": "users.messages.banner.Click",
    "logPushNotificationOpened": "users.messages.pushnotification.Open",
    "logFeatureFlagImpression": "users.messages.featureflag.Impression",
}

METHODS: Mapping[str, Method] = {
    **dict.fromkeys(_START_UP, _nothing),
    **{method: _engage(name) for method, name in _ENGAGEMENT.items()},
    "changeUser": _change_user,
    "addAlias": _add_alias,
    "openSession": _open_session,
    "closeSession": _close_session,
    "logCustomEvent": _log_custom_event,
    "logPurchase": _log_purchase,
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
