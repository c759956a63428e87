"""RudderStack messages as typed values.

Only the outer shape is typed; free-form parts (traits, properties, integrations …) stay plain JSON data.
Nothing is refused here for having an odd type: SDKs send numeric ids, `null` contexts and string traits,
and the gateway, the policy and the transform each say what they make of them.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from router.errors import InvalidJson

_T = TypeVar("_T")
Json = Any
"""Decoded JSON: dict, list, str, int, float, bool or None."""

_NotAnObject = str | int | float | bool | list[Any] | None


class HeadContext(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """The parts of a message's `context` that classification and rules read."""

    channel: Json = None
    consent_management: Json = None
    device: Json = None
    integration: Json = None
    library: Json = None
    origin: Json = None
    os: Json = None
    platform: Json = None
    sources: Json = None


class Context(HeadContext, frozen=True, kw_only=True, gc=False, rename="camel"):
    """The parts of a message's `context` that anything in this program reads."""

    app: Json = None
    external_id: Json = None
    mapped_to_destination: Json = None
    timestamp: Json = None
    traits: Json = None


class Head(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """What the gateway needs to know of an event; cheap to decode, since traits and most of the context are skipped."""

    type: Json = None
    event: Json = None
    name: Json = None
    user_id: Json = None
    anonymous_id: Json = None
    message_id: Json = None
    channel: Json = None
    context: HeadContext | _NotAnObject = None
    properties: msgspec.Raw = msgspec.Raw(b"null")
    """Undecoded: only a few rules of the device path read them."""
    integrations: Json = msgspec.UNSET
    """The one field whose explicit null differs from its absence: RudderStack's server then sends the event nowhere."""

    @property
    def details(self) -> HeadContext:
        """The context, or an empty one where the event has none or one that is no object."""
        return self.context if isinstance(self.context, HeadContext) else NO_CONTEXT


class Message(Head, frozen=True, kw_only=True, gc=False, rename="camel"):
    """One RudderStack event as an SDK sends it. An absent key and an explicit null are both None (but for `integrations`)."""

    category: Json = None
    previous_id: Json = None
    group_id: Json = None
    context: Context | _NotAnObject = None
    traits: Json = None
    properties: Json = None
    timestamp: Json = None
    original_timestamp: Json = None
    sent_at: Json = None
    received_at: Json = None

    @property
    def details(self) -> Context:
        """The context, or an empty one where the message has none or one that is no object."""
        return self.context if isinstance(self.context, Context) else NO_CONTEXT


class _Batch(msgspec.Struct, frozen=True):
    batch: msgspec.Raw = msgspec.Raw(b"null")


class _Listed(msgspec.Struct, frozen=True):
    batch: list[msgspec.Raw]


MOST_NESTED = 200
"""How deep an event may be nested to be transformed; the gateway takes some more, whose events end as dead letters."""

_BRACKETS_AND_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)
_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}

NO_CONTEXT = Context()
_message_decoder = msgspec.json.Decoder(Message)
_head_decoder = msgspec.json.Decoder(Head)
_heads_decoder = msgspec.json.Decoder(list[Head])
_listed_decoder = msgspec.json.Decoder(_Listed)
_batch_decoder = msgspec.json.Decoder(_Batch)
_any_decoder = msgspec.json.Decoder()
_raw_decoder = msgspec.json.Decoder(msgspec.Raw)
_list_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def decode_message(raw: bytes | msgspec.Raw) -> Message:
    """Decode one JSON object into a Message; raise InvalidJson when it is none, or is nested too deep."""
    _check_depth(bytes(raw))
    return _decode(_message_decoder, raw)


def decode_heads(events: Sequence[msgspec.Raw]) -> list[Head]:
    """Decode what the gateway needs of each event; raise InvalidJson when one is no JSON object."""
    try:
        return _heads_decoder.decode(
            b"[" + b",".join(events) + b"]"
        )  # at once: a call for each costs half as much again
    except (msgspec.DecodeError, RecursionError):
        return [_decode(_head_decoder, event) for event in events]


def split_batch(body: bytes) -> list[msgspec.Raw]:
    """The elements of a body's `batch`, unparsed but known to be JSON; [] when there are none. Raise InvalidJson.

    Like RudderStack's gateway, a `batch` that is no array stands for an array of it, and a body that is no object has no batch.
    """
    try:
        body.decode()
        return _listed_decoder.decode(body).batch
    except UnicodeDecodeError as error:
        raise InvalidJson(str(error)) from error
    except (msgspec.DecodeError, RecursionError):
        return _split_odd(body)


def _split_odd(body: bytes) -> list[msgspec.Raw]:
    """The same for a body that is not plainly an object with a list of events."""
    try:
        batch = _decode(_batch_decoder, body).batch
    except _OtherShape:
        _check_json(body)
        return []
    text = bytes(batch).lstrip()
    if text.startswith(b"["):
        return _list_decoder.decode(batch)
    return [] if text.startswith(b"null") else [batch]


def one_value(body: bytes) -> msgspec.Raw:
    """A body that is one JSON value, unparsed. Raise InvalidJson."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise InvalidJson(str(error)) from error
    return _decode(_raw_decoder, body)


class _OtherShape(InvalidJson):
    """JSON so far as it was read, but no object."""


def _decode(decoder: msgspec.json.Decoder[_T], raw: bytes | msgspec.Raw) -> _T:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _OtherShape(str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        return _decode_lone_surrogates(decoder, raw, error)


def _decode_lone_surrogates(decoder: msgspec.json.Decoder[_T], raw: bytes | msgspec.Raw, error: Exception) -> _T:
    """JavaScript may send half of a surrogate pair as an escape; like Go's reader, take it for an unknown character."""
    try:
        value = json.loads(bytes(raw))
        return decoder.decode(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise InvalidJson(str(error)) from error


def _check_depth(raw: bytes) -> None:
    """Refuse what would exhaust Python's stack in the transform or in trait dedup, at whatever depth of calls that happens."""
    if _opening(raw, b"[") + _opening(raw, b"{") <= MOST_NESTED:
        return
    depth = 0
    for token in _BRACKETS_AND_TEXTS.findall(raw):
        depth += _STEPS.get(token, 0)
        if depth > MOST_NESTED:
            raise InvalidJson(f"nested more than {MOST_NESTED} deep")


def _opening(raw: bytes, bracket: bytes) -> int:
    """How often a bracket occurs; faster than `bytes.count`, which looks at every byte, where the bracket is rare."""
    return len(raw) - len(raw.replace(bracket, b""))


def _check_json(body: bytes) -> None:
    """Raise InvalidJson when a body is not one JSON value."""
    _decode(_any_decoder, body)
