"""What happens on a device: sessions, custom events, purchases, and engagement with messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from router.braze_simulator.activity.commerce_schema import COMMERCE_EVENTS, schema_problems
from router.braze_simulator.activity.currencies import CURRENCIES
from router.braze_simulator.activity.events import blocklisted, book_event, finish, log
from router.braze_simulator.activity.purchases import book_purchase
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.device.setters import Method
from router.braze_simulator.device.users import current_user
from router.braze_simulator.operations import Kind, Operation
from router.braze_simulator.profiles.profile import OccurrenceKind, Profile, tally
from router.braze_simulator.times import iso
from router.braze_simulator.workspace import Workspace

_QUANTITIES = range(1, 101)
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)")


def apply_currents(workspace: Workspace, operation: Operation) -> None:
    """What an SDK does by itself, under its Currents name (`users.…`)."""
    name = operation.body["method"]
    session = {"users.behaviors.app.SessionStart": "session_start", "users.behaviors.app.SessionEnd": "session_end"}
    if name in session:
        _session(workspace, operation, session[name])
    else:
        _engage(name)(workspace, operation, operation.body["args"])


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


def _engage(name: str) -> Method:
    """An impression, click or dismissal of a message; costs nothing."""

    def method(workspace: Workspace, operation: Operation, args: list[Any]) -> None:
        _occur(workspace, operation, current_user(workspace, operation), kind="engagement", name=name, points={name: 0})

    return method


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


def _as(operation: Operation, kind: Kind, fields: JsonObject) -> Operation:
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

ACTIVITY: Mapping[str, Method] = {
    **{method: _engage(name) for method, name in _ENGAGEMENT.items()},
    "openSession": _open_session,
    "closeSession": _close_session,
    "logCustomEvent": _log_custom_event,
    "logPurchase": _log_purchase,
}
