"""What RudderStack's Kotlin SDK does with an identify on the Braze Android SDK.

Source: rudder-sdk-kotlin, `integrations/braze`: `BrazeIntegration.kt`, `RudderBrazeConfig.kt`, `Utils.kt` (read, not executed);
kotlinx.serialization for what a lenient decoder takes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.devices.java import LARGEST_LONG, day_of, double_of, flag, seconds_of, text_of
from router.devices.javascript import is_equal
from router.devices.native_traits import context_of, external_ids_of, user_id_of
from router.devices.sdk_calls import Call, SdkError, call
from router.devices.state import DeviceState, Event
from router.devices.typed_traits import Address, Typed, custom_traits, standard_calls

Json = Any
Config = Mapping[str, Any]

_LONG = re.compile(r"-?\d{1,19}", re.ASCII)


def identify(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """The user switch, then every attribute; with dedup only those that differ from the last identify, whoever's it was.

    An anonymous identify switches to the user "".
    """
    now, custom = _decoded(event), custom_traits(event)
    if state.last_identify is not None and flag(config.get("supportDedup")):
        now = now.changed_from(_decoded(state.last_identify))
        last = custom_traits(state.last_identify)
        custom = {key: value for key, value in custom.items() if key not in last or not is_equal(value, last[key])}
    if (user_id := now.external_id or now.user_id) is not None:
        yield call("changeUser", user_id)
    yield from standard_calls(now)
    if now.address is not None:
        yield call("user.setHomeCity", now.address.city)
        yield call("user.setCountry", now.address.country)
    for key, value in custom.items():
        yield from _custom(key, value)


def remember(config: Config, state: DeviceState, event: Event) -> DeviceState:
    """The identify, kept in memory for the next one."""
    return msgspec.structs.replace(state, last_identify=event)


def decoded_text(value: Json) -> str | None:
    """A text as the lenient decoder reads one: any primitive's own; raises SdkError for an object or list."""
    if isinstance(value, dict | list):
        raise SdkError("an object or list where a text is expected: kotlinx.serialization.SerializationException")
    return None if value is None else text_of(value)


def _decoded(event: Event) -> Typed:
    traits = context_of(event).get("traits", {})
    if not isinstance(traits, dict):
        raise SdkError("context.traits is no object: kotlinx.serialization.SerializationException")
    return Typed(
        user_id=user_id_of(event) or "",
        external_ids=tuple((text_of(entry.get("type")), text_of(entry.get("id"))) for entry in external_ids_of(event)),
        email=decoded_text(traits.get("email")),
        first_name=decoded_text(traits.get("firstName")),
        last_name=decoded_text(traits.get("lastName")),
        gender=decoded_text(traits.get("gender")),
        phone=decoded_text(traits.get("phone")),
        address=_address(traits.get("address")),
        birthday=_birthday(traits.get("birthday")),
    )


def _address(value: Json) -> Address | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SdkError("the address is no object: kotlinx.serialization.SerializationException")
    return Address(decoded_text(value.get("city")), decoded_text(value.get("country")))


def _birthday(value: Json) -> Json:
    return day_of(value) if isinstance(value, str) else None


def _custom(key: str, value: Json) -> Iterator[Call]:
    """Types are tried on the text of a value, so "true" is a boolean and "00123" a number; objects, lists and null are skipped."""
    if value is None or isinstance(value, dict | list):
        return
    text = text_of(value)
    if isinstance(value, str) and (seconds := seconds_of(text)) is not None:
        yield call("user.setCustomUserAttributeToSecondsFromEpoch", key, seconds)
    else:
        yield call("user.setCustomUserAttribute", key, _typed(text))


def _typed(text: str) -> Json:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _LONG.fullmatch(text) and -LARGEST_LONG - 1 <= int(text) <= LARGEST_LONG:
        return int(text)
    number = double_of(text)
    return text if number is None else number
