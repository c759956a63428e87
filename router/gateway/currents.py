"""Braze Currents events → RudderStack track events, as RudderStack's Braze source makes them. Pure.

Every one carries `integrations: {"Braze": false}`, the loop guard: it never goes back to Braze.
Source: rudder-transformer, `src/sources/braze/{transform.js,mapping.json,ignore.json}` and `src/sources/message.js`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from router.gateway.answers import INVALID_JSON, NO_EVENT_LIST, Rejected
from router.identifiers import id_text
from router.timestamps import format_time

_Path = tuple[str, ...]


def currents_events(body: bytes) -> list[Any]:
    """The events of a Currents body, `{"events":[…]}` or the same in a list, whose first element counts; raises Rejected."""
    try:
        data = _decoded(body.decode())
    except (ValueError, RecursionError) as error:
        raise Rejected(INVALID_JSON) from error
    first = next(iter(data), None) if isinstance(data, list) else data
    events = first.get("events") if isinstance(first, dict) else None
    if not isinstance(events, list):
        raise Rejected(NO_EVENT_LIST)
    return events


def track_events(events: Sequence[Any]) -> list[msgspec.Raw]:
    """A track event for each Currents event that has a name and a user; the others are left out, as RudderStack does."""
    return [_encoded(_track_event(event)) for event in events if _has_name_and_user(event)]


def _decoded(text: str) -> Any:
    """JSON data; half of a surrogate pair, which an escape may stand for, becomes a question mark."""
    data = json.loads(text, parse_constant=_refuse)
    if "\\u" not in text:
        return data
    return json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def _has_name_and_user(event: Any) -> bool:
    if not isinstance(event, dict) or not event.get("event_type"):
        return False
    user = _mapping(event, "user")
    return bool(id_text(user.get("external_user_id")) or id_text(user.get("user_id")))


def _track_event(event: Mapping[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {
        "type": "track",
        "event": event["event_type"],
        "context": {"library": {"name": "unknown", "version": "unknown"}, "integration": {"name": "Braze"}},
        "integrations": {"Braze": False},
        "properties": {key: value for key, value in _mapping(event, "properties").items() if key not in _MOVED},
    }
    for path, value in _placed(event):
        _put(message, path, value)
    return message


def _placed(event: Mapping[str, Any]) -> Iterator[tuple[_Path, Any]]:
    """Values with a place of their own in the message, nulls left out."""
    user, properties = _mapping(event, "user"), _mapping(event, "properties")
    stated = [
        (("messageId",), event.get("id")),
        (("timestamp",), _moment(event.get("time"))),
        *((path, user.get(key)) for key, path in _USER.items()),
        *((path, properties.get(key)) for key, path in _MOVED.items()),
    ]
    return ((path, value) for path, value in stated if value is not None)


def _put(message: dict[str, Any], path: _Path, value: Any) -> None:
    *parents, last = path
    for name in parents:
        message = message.setdefault(name, {})
    message[last] = value


def _moment(seconds: Any) -> str | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return format_time(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):
        return None


def _mapping(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = event.get(key)
    return value if isinstance(value, dict) else {}


def _encoded(message: Mapping[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(message, ensure_ascii=False).encode())


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_USER: Mapping[str, _Path] = {
    "user_id": ("anonymousId",),
    "external_user_id": ("userId",),
    "device_id": ("context", "device", "id"),
    "timezone": ("context", "timezone"),
}
"""Braze's own user_id becomes the anonymousId; it is no anonymousId of an SDK, so no alias may be made of it."""

_MOVED: Mapping[str, _Path] = {
    "device_model": ("context", "device", "model"),
    "os_version": ("context", "os", "version"),
    "platform": ("context", "os", "name"),
    "email_address": ("traits", "email"),
    "user_agent": ("context", "userAgent"),
    "to_phone_number": ("traits", "phone"),
    "ad_id": ("context", "device", "advertisingId"),
    "ad_tracking_enabled": ("context", "device", "adTrackingEnabled"),
}
"""Properties that are no longer among the properties."""
