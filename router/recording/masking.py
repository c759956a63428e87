"""What is left of an event in a recording: all that decides about it, and of the people behind it nothing but structure.

Ids become keyed hashes, so that who did what stays one story while nobody can tell whose. Traits and properties are dropped or
hashed; those named may be kept. Of the context only what classification and rules read stays. Event names, event types, times,
messageIds and the `integrations` switches stay as they are: do not put people's data there.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from policies.handlers import reads_properties
from router.events import Json
from router.identifiers import id_text

Fate = Literal["drop", "hash"]

_IDS = ("userId", "anonymousId", "previousId", "groupId")
_AS_THEY_ARE = ("messageId", "timestamp", "originalTimestamp", "sentAt")
_HASHED = ("name", "category")
"""Of a page or screen: read by no rule, and often a title."""
_CONTEXT = ("channel", "origin", "platform")
_PARTS_OF_CONTEXT: Mapping[str, tuple[str, ...]] = {
    "library": ("name", "version"),
    "os": ("name",),
    "device": ("type",),
    "integration": ("name",),
    "app": ("name", "version"),
}
_DIGITS = 16


class Masking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of traits and properties: all dropped or hashed but those named, which are kept as they are."""

    traits: Fate = "drop"
    properties: Fate = "hash"
    keep_traits: tuple[str, ...] = ()
    keep_properties: tuple[str, ...] = ()


class Mask:
    """A masking with the key of its recording; equal values become equal hashes under one key."""

    def __init__(self, masking: Masking, key: bytes) -> None:
        self._masking = masking
        self._key = key

    def event(self, event: Mapping[str, Any], *, kind: str) -> dict[str, Any]:
        """The masked event; `kind` is its message type, which a single-event endpoint need not have in the body."""
        masked: dict[str, Any] = {"type": kind}
        masked |= {name: event[name] for name in _AS_THEY_ARE if isinstance(event.get(name), str)}
        masked |= {name: self._id(event[name]) for name in _IDS if name in event}
        masked |= {name: self._hash(event[name]) for name in _HASHED if name in event}
        if "event" in event:
            masked["event"] = event["event"] if isinstance(event["event"], str) else self._hash(event["event"])
        if isinstance(channel := event.get("channel"), str):
            masked["channel"] = channel
        if "integrations" in event:
            masked["integrations"] = self._switches(event["integrations"])
        if "context" in event:
            masked["context"] = self._context(event["context"])
        return masked | self._free_form(event)

    def digest(self, text: str) -> str:
        """The keyed hash of a text."""
        return hmac.digest(self._key, text.encode("utf-8", "replace"), "sha256").hex()[:_DIGITS]

    def _free_form(self, event: Mapping[str, Any]) -> dict[str, Any]:
        parts: dict[str, Any] = {}
        if "properties" in event:
            parts["properties"] = self._properties(event["properties"], event.get("event"))
        if isinstance(traits := event.get("traits"), dict):
            parts["traits"] = self._traits(traits)
        return parts

    def _properties(self, properties: Json, name: Json) -> Json:
        """Where the properties decide about the event (orders, installs), their structure stays in any case."""
        decide = reads_properties(name if isinstance(name, str) else None)
        if not isinstance(properties, dict):
            return self._hash(properties)
        hashed = self._masking.properties == "hash" or decide
        return self._members(properties, keep=self._masking.keep_properties, hashed=hashed)

    def _traits(self, traits: Mapping[str, Any]) -> dict[str, Any]:
        return self._members(traits, keep=self._masking.keep_traits, hashed=self._masking.traits == "hash")

    def _members(self, members: Mapping[str, Any], *, keep: tuple[str, ...], hashed: bool) -> dict[str, Any]:
        return {
            name: value if name in keep else self._hash(value)
            for name, value in members.items()
            if hashed or name in keep
        }

    def _context(self, context: Json) -> Json:
        if not isinstance(context, dict):
            return None if context is None else {}
        masked: dict[str, Any] = {name: context[name] for name in _CONTEXT if isinstance(context.get(name), str)}
        for name, members in _PARTS_OF_CONTEXT.items():
            if isinstance(part := context.get(name), dict):
                masked[name] = {member: part[member] for member in members if isinstance(part.get(member), str)}
        if "consentManagement" in context:
            masked["consentManagement"] = context["consentManagement"]
        if isinstance(context.get("sources"), dict):
            masked["sources"] = {}
        if isinstance(traits := context.get("traits"), dict):
            masked["traits"] = self._traits(traits)
        return masked

    def _id(self, value: Json) -> Json:
        """A known id stays known and an empty one empty; equal ids as text become equal hashes."""
        text = id_text(value)
        return self.digest(text) if text else None

    def _switches(self, integrations: Json) -> Json:
        """Which destinations are on; what is said to them is left out."""
        if not isinstance(integrations, dict):
            return self._hash(integrations)
        return {name: {} if isinstance(value, dict) else self._hash(value) for name, value in integrations.items()}

    def _hash(self, value: Json) -> Json:
        """The value's shape: what is empty stays empty, what is nothing nothing, true true; texts and numbers are hashed."""
        return _SHAPES.get(type(value), _as_it_is)(self, value)

    def _text(self, value: str) -> str:
        return self.digest(value) if value else ""

    def _number(self, value: float) -> int:
        """0 stays 0: rules ask whether a price or quantity is any."""
        return 1 + int(self.digest(repr(value)), 16) % 1000 if value else 0

    def _list(self, values: list[Any]) -> list[Any]:
        return [self._hash(value) for value in values]

    def _dict(self, values: dict[str, Any]) -> dict[str, Any]:
        return {name: self._hash(value) for name, value in values.items()}


def _as_it_is(mask: Mask, value: Json) -> Json:
    return value


_SHAPES: Mapping[type, Callable[[Mask, Any], Json]] = {
    str: Mask._text,
    int: Mask._number,
    float: Mask._number,
    list: Mask._list,
    dict: Mask._dict,
}
"""bool and None say nothing of a person and stay."""
