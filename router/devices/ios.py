"""What RudderStack's legacy iOS SDK (also under React Native and Flutter) does with an event on the Braze Swift SDK.

Source: rudder-integration-braze-ios `RudderBrazeIntegration.m`. The last name is set before the user is switched, so it lands on the
user before; names are read from the lower-case traits `firstname` and `lastname`; a birthday in JSON is no NSDate and never set.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.devices.cocoa import flag
from router.devices.native_traits import external_id_of, traits_of, user_id_of
from router.devices.sdk_calls import Call, call
from router.devices.state import DeviceState, Event

Json = Any
Config = Mapping[str, Any]

_RESERVED = frozenset({"birthday", "anonymousId", "gender", "phone", "address", "firstname", "lastname", "email"})
_GENDERS = {"m": "m", "male": "m", "f": "f", "female": "f"}


def identify(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """Every attribute, empty texts too; with dedup only those that differ from the last identify, whoever's it was."""
    needed = dict(_needed(config, state, event))
    yield from _text("user.setLastName", needed.get("lastname"))
    yield from _switch(state.last_identify, event)
    yield from _text("user.setEmail", needed.get("email"))
    yield from _text("user.setFirstName", needed.get("firstname"))
    yield from _gender(needed.get("gender"))
    yield from _text("user.setPhoneNumber", needed.get("phone"))
    yield from _address(needed.get("address"))
    for key, value in needed.items():
        if key not in _RESERVED:
            yield from _custom(key, value)


def remember(config: Config, state: DeviceState, event: Event) -> DeviceState:
    """The identify, kept in memory for the next one."""
    return msgspec.structs.replace(state, last_identify=event)


def _switch(last: Event | None, event: Event) -> Iterator[Call]:
    """Only to another user than the last identify's, with or without dedup; an external id hides the userId."""
    external_id, user_id = external_id_of(event), user_id_of(event)
    if external_id is not None:
        if last is None or external_id != external_id_of(last):
            yield call("changeUser", external_id)
    elif user_id is not None and (last is None or user_id != user_id_of(last)):
        yield call("changeUser", user_id)


def _text(method: str, value: Json) -> Iterator[Call]:
    if isinstance(value, str):
        yield call(method, value)


def _gender(value: Json) -> Iterator[Call]:
    if isinstance(value, str) and (gender := _GENDERS.get(value.lower())):
        yield call("user.setGender", gender)


def _address(value: Json) -> Iterator[Call]:
    if isinstance(value, dict):
        yield from _text("user.setHomeCity", value.get("city"))
        yield from _text("user.setCountry", value.get("country"))


def _custom(key: str, value: Json) -> Iterator[Call]:
    if isinstance(value, list):
        yield call("user.setCustomAttributeArray", key, value)
    elif value is not None and not isinstance(value, dict):
        yield call("user.setCustomAttribute", key, value)


def _needed(config: Config, state: DeviceState, event: Event) -> Iterator[tuple[str, Json]]:
    deduplicates = flag(config.get("supportDedup")) and state.last_identify is not None
    last = (traits_of(state.last_identify or {}) if deduplicates else None) or {}
    for key, value in (traits_of(event) or {}).items():
        if key not in last or not _is_unchanged(key, value, last[key]):
            yield key, value


def _is_unchanged(key: str, now: Json, then: Json) -> bool:
    """isEqual: 1 equals true. An address without city or without country counts as changed."""
    if key == "address" and isinstance(now, dict) and isinstance(then, dict):
        parts = ("city", "country")
        return all(then.get(part) is not None and then.get(part) == now.get(part) for part in parts)
    return bool(now == then)
