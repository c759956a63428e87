"""Standard attributes: their names, and what Braze makes of a value (Braze docs: user attributes object).

A name in the wrong case is not found here and becomes a custom attribute, as at Braze.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from router.braze_simulator.attributes.places import COUNTRIES, COUNTRY_NAMES, LANGUAGES, time_zones
from router.braze_simulator.ledgers.discards import Reason
from router.braze_simulator.times import iso, parse_time


class Refused(msgspec.Struct, frozen=True):
    """The value is not stored, for this reason."""

    reason: Reason


Reading = Callable[[Any], Any]
"""A JSON value → the value to store, or Refused."""

_BIRTHDAY = re.compile(r"\d{4}-\d\d-\d\d")
_GENDERS = frozenset("MFONP")
_STATES = frozenset({"opted_in", "subscribed", "unsubscribed"})
_IMAGE_URL_CHARS = 1_024


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else Refused("wrong-type")


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else Refused("wrong-type")


def _moment(value: Any) -> Any:
    moment = parse_time(value)
    return Refused("wrong-type") if moment is None else iso(moment)


def _birthday(value: Any) -> Any:
    fits = isinstance(value, str) and _BIRTHDAY.fullmatch(value) and parse_time(value) is not None
    return value if fits else Refused("wrong-type")


def _gender(value: Any) -> Any:
    return value if isinstance(value, str) and value in _GENDERS else Refused("wrong-type")


def _subscription(value: Any) -> Any:
    return value if value in _STATES else Refused("wrong-type")


def _country(value: Any) -> Any:
    if not isinstance(value, str):
        return Refused("wrong-type")
    code = value.strip().upper()
    return code if code in COUNTRIES else COUNTRY_NAMES.get(value.strip().lower(), Refused("unknown-country"))


def _language(value: Any) -> Any:
    if not isinstance(value, str):
        return Refused("wrong-type")
    code = value.strip().lower()[:2]
    fits = code in LANGUAGES and (len(value.strip()) == 2 or value.strip()[2] in "-_")
    return code if fits else Refused("unknown-language")


def _time_zone(value: Any) -> Any:
    return value if isinstance(value, str) and value in time_zones() else Refused("unknown-time-zone")


def _image_url(value: Any) -> Any:
    return value if isinstance(value, str) and len(value) <= _IMAGE_URL_CHARS else Refused("wrong-type")


def _location(value: Any) -> Any:
    return {"longitude": value["longitude"], "latitude": value["latitude"]}


def _network(value: Any) -> Any:
    return value if isinstance(value, dict) else Refused("wrong-type")


READINGS: dict[str, Reading] = {
    "country": _country,
    "current_location": _location,
    "date_of_first_session": _moment,
    "date_of_last_session": _moment,
    "marked_email_as_spam_at": _moment,
    "dob": _birthday,
    "email": _text,
    "email_subscribe": _subscription,
    "push_subscribe": _subscription,
    "email_open_tracking_disabled": _boolean,
    "email_click_tracking_disabled": _boolean,
    "facebook": _network,
    "twitter": _network,
    "first_name": _text,
    "last_name": _text,
    "gender": _gender,
    "home_city": _text,
    "image_url": _image_url,
    "language": _language,
    "phone": _text,
    "time_zone": _time_zone,
}

BLANKABLE = frozenset({"first_name", "last_name", "home_city", "image_url", "email", "phone"})
"""Text attributes, in which an empty text is a value; it has no effect on the others (Braze docs: data types)."""

FREE_OF_CHARGE = frozenset(
    {
        "email_subscribe",
        "push_subscribe",
        "email_open_tracking_disabled",
        "email_click_tracking_disabled",
        "marked_email_as_spam_at",
        "subscription_groups",
        "push_tokens",
    }
)
"""Keys that cost no data points (Braze docs: data points, standard attributes)."""


def read_standard(name: str, value: Any) -> Any:
    """The value to store for a standard attribute, None to unset it, or Refused."""
    if value is None:
        return None
    if value == "" and name not in BLANKABLE:
        return Refused("wrong-type")
    return READINGS[name](value)
