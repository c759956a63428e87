"""What RudderStack's legacy Android SDK (also under React Native and Flutter) does with an event on the Braze Android SDK.

Source: rudder-integration-braze-android `BrazeIntegrationFactory.java`, rudder-sdk-android `RudderTraits.java` (executed against stubs).
Names are read from the lower-case traits `firstname` and `lastname` alone; numbers in traits arrive as doubles.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.devices.java import day_of, flag, string, text_of
from router.devices.native_traits import external_id_of, traits_of, user_id_of
from router.devices.sdk_calls import Call, SdkError, call
from router.devices.state import DeviceState, Event

Json = Any
Config = Mapping[str, Any]

_RESERVED = frozenset({"birthday", "email", "firstname", "lastname", "gender", "phone", "address"})
_GENDERS = {"M": "m", "MALE": "m", "F": "f", "FEMALE": "f"}
_TEXTS = ("email", "firstname", "lastname", "gender", "phone")
_METHODS = {
    "email": "user.setEmail",
    "firstname": "user.setFirstName",
    "lastname": "user.setLastName",
    "phone": "user.setPhoneNumber",
}


class _Address(msgspec.Struct, frozen=True):
    """The two parts of an address that Braze has a place for."""

    city: str | None
    country: str | None


def identify(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """The user switch, then every attribute; with dedup only those that differ from the last identify, whoever's it was."""
    last = state.last_identify if flag(config.get("supportDedup")) else None
    yield from _switch(event, last)
    if (traits := traits_of(event)) is None:
        return
    if last is not None and traits_of(last) is None:
        raise SdkError("the last identify had no traits: java.lang.NullPointerException")
    yield from _birthday(event, last)
    for key in _TEXTS:
        if text := string(_needed(key, event, last), key):
            yield from _text(key, text)
    yield from _address(event, last)
    for key in traits:
        if key not in _RESERVED:
            yield from _custom(key, _needed(key, event, last))


def remember(config: Config, state: DeviceState, event: Event) -> DeviceState:
    """The identify, kept in memory for the next one."""
    return msgspec.structs.replace(state, last_identify=event)


def _switch(event: Event, last: Event | None) -> Iterator[Call]:
    """With an unchanged brazeExternalId but a changed userId, the user becomes the userId: a bug of the integration."""
    wanted = string(_needed("brazeExternalId", event, last), "brazeExternalId") or _needed("userId", event, last)
    if wanted:
        yield call("changeUser", wanted)


def _birthday(event: Event, last: Event | None) -> Iterator[Call]:
    if day := _needed("birthday", event, last):
        yield call("user.setDateOfBirth", day.year, day.month, day.day)


def _text(key: str, text: str) -> Iterator[Call]:
    if key != "gender":
        yield call(_METHODS[key], text)
    elif gender := _GENDERS.get(text.upper()):
        yield call("user.setGender", gender)


def _address(event: Event, last: Event | None) -> Iterator[Call]:
    now, then = _value("address", event), _value("address", last) if last else None
    if now is None or (then is not None and _is_unchanged(now, then)):
        return
    if now.city:
        yield call("user.setHomeCity", now.city)
    if now.country:
        yield call("user.setCountry", now.country)


def _is_unchanged(now: _Address, then: _Address) -> bool:
    """Parts that are missing now do not count."""
    return now.city in (None, then.city) and now.country in (None, then.country)


def _custom(key: str, value: Json) -> Iterator[Call]:
    if isinstance(value, str | bool | float):
        yield call("user.setCustomUserAttribute", key, value)


def _needed(key: str, event: Event, last: Event | None) -> Json:
    """The value under a key, or None when the last identify had the same."""
    value = _value(key, event)
    return None if last is not None and _equals(value, _value(key, last)) else value


def _equals(now: Json, then: Json) -> bool:
    return type(now) is type(then) and bool(now == then)


def _value(key: str, event: Event) -> Json:
    """What the integration finds under a key: a few names stand for something else than the trait of that name."""
    traits = traits_of(event) or {}
    match key:
        case "brazeExternalId":
            return external_id_of(event)
        case "userId":
            return user_id_of(event)
        case "birthday":
            return day_of(string(traits.get(key), key) or "")
        case "firstName" | "lastName":
            return string(traits.get(key.lower()), key.lower())
        case "address":
            return _read_address(traits.get(key))
        case _:
            return _double(traits.get(key))


def _double(value: Json) -> Json:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _read_address(value: Json) -> _Address | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SdkError("the address is no object: com.google.gson.JsonSyntaxException")
    return _Address(_address_part(value.get("city")), _address_part(value.get("country")))


def _address_part(value: Json) -> str | None:
    """Gson takes a number or boolean for the text of it, and throws on anything else."""
    if isinstance(value, dict | list):
        raise SdkError("a part of the address is no text: com.google.gson.JsonSyntaxException")
    return None if value is None else text_of(_double(value))
