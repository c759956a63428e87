"""Attribute values as short fingerprints, and which updates can be told from repeats at all.

A fingerprint is 64 bits of the value's canonical JSON: two different values are taken for one with a probability of 2^-64 per
comparison, and then one change of one attribute is not sent until it changes again or the memory of the user ends.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
import xxhash

from router.braze.objects import Body, User, alias_user

Key = bytes
"""An attribute's name, as 64 bits."""

Fingerprint = bytes
"""A value, as 64 bits; with `b` at its end for a blank one."""

UNKNOWN: Fingerprint = b""
"""What is known of a value after an update whose result cannot be told from the update alone."""

NON_BILLABLE = frozenset({"country", "language", "email_subscribe", "push_subscribe", "subscription_groups"})
"""Always sent (D19; rudder-transformer, `braze/config.ts`)."""

_ADDRESSING = frozenset({"external_id", "user_alias", "braze_id", "_update_existing_only", "_merge_objects"})
"""Say whose object it is and how to read it; no attributes."""

_NOT_REMEMBERED = _ADDRESSING | NON_BILLABLE

_NO_STATE = frozenset({"push_tokens", "push_token_import"})
"""A repeat has an effect: it takes a token back from whoever got it in the meantime."""

_OPERATIONS = frozenset({"$add", "$update", "$remove", "add", "remove", "inc"})
"""A value with one of these changes what is there instead of replacing it (braze.com/docs, user attributes object, array of objects)."""


def is_attribute(name: str) -> bool:
    """Whether a key of an attribute object is an attribute of the user."""
    return name not in _ADDRESSING


@lru_cache(maxsize=10_000)
def key_of(name: str) -> Key:
    """The attribute that a name means; Braze trims the names of custom attributes."""
    return xxhash.xxh3_64_digest(name.strip().encode())


def keys_of(body: Body) -> Iterator[Key]:
    """The billable attributes that an object sets."""
    return (key_of(name) for name in body if name not in _NOT_REMEMBERED)


def updates_of(body: Body) -> Iterator[tuple[str, Key, Fingerprint]]:
    """The billable attributes that an object sets: name, key, and what is known of the value once Braze has accepted it."""
    result = _no_result if _is_conditional(body) else _merged_result if body.get("_merge_objects") else _result
    for name, value in body.items():
        if name not in _NOT_REMEMBERED:
            yield name, key_of(name), result(name, value)


def users_of(body: Body) -> tuple[User, ...]:
    """Everyone whose profile an object may mean: one user, unless it has identifiers of several."""
    external_id, alias = body.get("external_id"), body.get("user_alias")
    named: tuple[User, ...] = (external_id,) if type(external_id) is str else ()
    return (*named, alias_user(alias)) if type(alias) is dict else named


def fingerprint(value: Any) -> Fingerprint:
    """Equal for equal JSON: `1` and `1.0` are equal, `true` and `1` are not; the order of keys is nothing, that of arrays is."""
    digest = xxhash.xxh3_64_digest(_canonical(value))
    return digest + b"b" if is_blank(value) else digest


def is_blank(value: Any) -> bool:
    """Whether a merge of profiles may take the value for absent, and fill it; said generously."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value is False or (isinstance(value, dict | list) and not value)


def depends_on_profile(body: Body) -> bool:
    """Whether the profile ends otherwise when the object is applied before an identity, which fills blanks, instead of after it."""
    for name, value in body.items():
        if type(value) is str and value and not value.isspace():
            continue
        if is_attribute(name) and (is_blank(value) or (type(value) is dict and _changes(value, body))):
            return True
    return False


def _changes(value: Body, body: Body) -> bool:
    return bool(body.get("_merge_objects")) or not _OPERATIONS.isdisjoint(value)


def _is_conditional(body: Body) -> bool:
    """Whether Braze may accept the object and yet not apply it to the user that it names."""
    return bool(body.get("_update_existing_only") or body.get("push_token_import") or "braze_id" in body)


def _result(name: str, value: Any) -> Fingerprint:
    changes = isinstance(value, dict) and not _OPERATIONS.isdisjoint(value)
    if changes or name in _NO_STATE or name != name.strip():
        return UNKNOWN
    try:
        return fingerprint(value)
    except RecursionError:  # nested too deep to look at: whoever sends it says what becomes of it
        return UNKNOWN


def _merged_result(name: str, value: Any) -> Fingerprint:
    """`_merge_objects`: nested values are laid over what is there."""
    return UNKNOWN if isinstance(value, dict | list) else _result(name, value)


def _no_result(_name: str, _value: Any) -> Fingerprint:
    return UNKNOWN


def _canonical(value: Any) -> bytes:
    text: bytes = _encode(value)
    return _encode(_whole_numbers(value)) if _MAYBE_WHOLE_FLOAT.search(text) else text


_encode = msgspec.json.Encoder(order="sorted").encode
_MAYBE_WHOLE_FLOAT = re.compile(rb"\.0|\de")


def _whole_numbers(value: Any) -> Any:
    """The value with every whole float as an integer."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    return [_whole_numbers(item) for item in value] if isinstance(value, list) else value
