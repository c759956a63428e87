"""The web integration's user attributes: which traits become which calls, in full or only what changed since the last identify.

Source: rudder-sdk-js `Braze/browser.js` (identify) and `Braze/utils.js` (formatGender). Traits are those of `context` alone.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import UNSET

from policies.javascript import truthy
from router.devices.javascript import either, entries, is_equal, is_same, member, optional_member
from router.devices.javascript_dates import utc_day
from router.devices.sdk_calls import Call, call
from router.devices.state import Event

Json = Any

_RESERVED = frozenset(
    {
        "address",
        "birthday",
        "email",
        "id",
        "firstname",
        "firstName",
        "gender",
        "lastname",
        "lastName",
        "phone",
        "dob",
        "external_id",
        "country",
        "home_city",
        "email_subscribe",
        "push_subscribe",
    }
)
"""Traits that never become custom attributes."""
_OTHER_SPELLING = {
    "firstName": "firstname",
    "lastName": "lastname",
    "firstname": "firstName",
    "lastname": "lastName",
}
_FEMALE = frozenset({"woman", "female", "w", "f"})


def traits_of(event: Event) -> Json:
    """`message?.context?.traits`."""
    return optional_member(event.get("context"), "traits")


def all_traits(traits: Json) -> Iterator[Call]:
    """Every attribute that the traits name."""
    now = _standard(traits, "firstName", "lastName")
    for name, calls_for in _SETTERS.items():
        if truthy(now[name]):
            yield from calls_for(now[name])
    for key, value in _custom(traits):
        yield call("user.setCustomUserAttribute", key, value)


def changed_traits(traits: Json, last: Json) -> Iterator[Call]:
    """The attributes that differ from those of the last identify of the same user. Removed ones are not unset.

    Raises SdkError where there are custom traits and the last identify had no traits at all.
    """
    now, then = _standard(traits, "firstName", "lastName"), _standard(last, "firstname", "lastname")
    for name, unchanged in _UNCHANGED.items():
        if truthy(now[name]) and not unchanged(now[name], then[name]):
            yield from _SETTERS[name](now[name])
    for key, value in _custom(traits):
        before = member(last, key)
        if not truthy(before) or not is_equal(before, value):
            yield call("user.setCustomUserAttribute", key, value)


def _standard(traits: Json, first_name: str, last_name: str) -> Mapping[str, Json]:
    """The standard attributes, undefined where there is none; a name's given spelling wins over the other one."""

    def trait(key: str, *, otherwise: str = "") -> Json:
        found = optional_member(traits, key)
        return either(found, optional_member(traits, otherwise)) if otherwise else found

    return {
        "email": trait("email"),
        "first name": trait(first_name, otherwise=_OTHER_SPELLING[first_name]),
        "last name": trait(last_name, otherwise=_OTHER_SPELLING[last_name]),
        "gender": trait("gender"),
        "phone": trait("phone"),
        "address": trait("address"),
        "birthday": trait("birthday", otherwise="dob"),
    }


def _custom(traits: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(traits, dict):
        yield from ((key, value) for key, value in entries(traits) if key not in _RESERVED)


def _gender(value: Json) -> Json:
    """Every text that does not mean female is male: the integration's own test for it is always true."""
    if not isinstance(value, str):
        return UNSET
    return "f" if value.lower() in _FEMALE else "m"


def _address(value: Json) -> Iterator[Call]:
    yield call("user.setCountry", optional_member(value, "country"))
    yield call("user.setHomeCity", optional_member(value, "city"))


def _birthday(value: Json) -> Iterator[Call]:
    if day := utc_day(value):
        yield call("user.setDateOfBirth", day.year, day.month, day.day)


def _setter(method: str) -> Callable[[Json], Iterator[Call]]:
    return lambda value: iter([call(method, value)])


_SETTERS: Mapping[str, Callable[[Json], Iterator[Call]]] = {
    "email": _setter("user.setEmail"),
    "first name": _setter("user.setFirstName"),
    "last name": _setter("user.setLastName"),
    "gender": lambda value: iter([call("user.setGender", _gender(value))]),
    "phone": _setter("user.setPhoneNumber"),
    "address": _address,
    "birthday": _birthday,
}
"""Standard attributes in the order of a full identify."""

_UNCHANGED: Mapping[str, Callable[[Json, Json], bool]] = {
    "email": is_same,
    "phone": is_same,
    "birthday": is_equal,
    "first name": is_same,
    "last name": is_same,
    "gender": lambda now, then: bool(_gender(now) == _gender(then)),
    "address": is_equal,
}
"""When a standard attribute is taken to be the same as before; in the order of a repeated identify."""
