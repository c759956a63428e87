"""What RudderStack's current Swift SDK does with an identify on the Braze Swift SDK.

Source: integration-swift-braze: `BrazeIntegration.swift`, `BrazeAdapter.swift`, `RudderBrazeConfig.swift`, `Utils.swift` (read, not
executed). The decoder is strict: one standard trait of another type than its field and the whole context counts as empty.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.devices.cocoa import moment_of
from router.devices.native_traits import context_of, user_id_of
from router.devices.sdk_calls import Call, call, native_date
from router.devices.state import DeviceState, Event
from router.devices.typed_traits import Address, Typed, custom_traits, standard_calls

Json = Any
Config = Mapping[str, Any]


class _Traits(msgspec.Struct, frozen=True, rename="camel"):
    """The standard traits as the decoder wants them."""

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    phone: str | None = None
    address: Address | None = None
    birthday: str | None = None


class _ExternalId(msgspec.Struct, frozen=True):
    """One entry of `context.externalId`."""

    type: str
    id: str


class _Context(msgspec.Struct, frozen=True, rename="camel"):
    """The context as the decoder wants it: without traits it cannot be read."""

    traits: _Traits
    external_id: list[_ExternalId] | None = None


def identify(config: Config, state: DeviceState, event: Event) -> Iterator[Call]:
    """The user switch, then every attribute; with dedup only those that differ from the last identify, whoever's it was."""
    now, custom = _decoded(event), custom_traits(event)
    if state.last_identify is not None and config.get("supportDedup") is True:
        now = now.changed_from(_decoded(state.last_identify))
        last = custom_traits(state.last_identify)
        custom = {key: value for key, value in custom.items() if key not in last or value != last[key]}
    if user_id := now.external_id or now.user_id:
        yield call("changeUser", user_id)
    yield from standard_calls(now)
    yield from _address(now.address)
    for key, value in custom.items():
        yield from _custom(key, value)


def remember(config: Config, state: DeviceState, event: Event) -> DeviceState:
    """The identify, kept in memory for the next one."""
    return msgspec.structs.replace(state, last_identify=event)


def _decoded(event: Event) -> Typed:
    user_id = user_id_of(event)
    try:
        context = msgspec.convert(context_of(event), _Context)
    except msgspec.ValidationError:
        return Typed(user_id=user_id)
    traits = msgspec.structs.asdict(context.traits)
    birthday = moment_of(context.traits.birthday or "")
    external_ids = tuple((entry.type, entry.id) for entry in context.external_id or ())
    return Typed(
        **traits | {"birthday": [native_date(birthday)] if birthday else None},
        user_id=user_id,
        external_ids=external_ids or None,
    )


def _address(address: Address | None) -> Iterator[Call]:
    if address is not None and address.city is not None:
        yield call("user.setHomeCity", address.city)
    if address is not None and address.country is not None:
        yield call("user.setCountry", address.country)


def _custom(key: str, value: Json) -> Iterator[Call]:
    """Booleans, numbers and texts; a text that is an ISO 8601 moment becomes a date."""
    if isinstance(value, str) and (moment := moment_of(value)):
        yield call("user.setCustomAttribute", key, native_date(moment))
    elif isinstance(value, str | bool | int | float):
        yield call("user.setCustomAttribute", key, value)
