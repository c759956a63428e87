"""Reads of each line only what tells one decision from another: a fifth of the cost of `json.loads`.

A key holds every part of an event that any rule reads, so that two lines with one key have one decision. What a rule reads
only under certain names (the properties of an order) makes an event `particular`: it is decided by itself.
"""

from collections.abc import Hashable
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from router.events import Json
from router.identifiers import id_text

_ABSENT = Raw(b"")
_NotAnObject = str | int | float | bool | list[Any] | None


class _Context(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    consent_management: Raw = _ABSENT
    integration: Raw = _ABSENT
    origin: Raw = _ABSENT


class _Named(msgspec.Struct, frozen=True, gc=False):
    name: Json = None


class _MarkedContext(_Context, frozen=True, gc=False, rename="camel"):
    channel: Json = None
    library: _Named | _NotAnObject = None
    os: _Named | _NotAnObject = None
    platform: Json = None
    sources: Raw = _ABSENT


class LeanHead(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The parts of a message that decide about it, undecoded where only equality counts, and its times."""

    type: Json = None
    event: Json = None
    user_id: Json = None
    anonymous_id: Json = None
    message_id: Json = None
    context: _Context | _NotAnObject = None
    integrations: Raw = _ABSENT
    received_at: Json = None
    timestamp: Json = None
    original_timestamp: Json = None
    sent_at: Json = None


class _Line(LeanHead, frozen=True, gc=False, rename="camel"):
    """An envelope, or a bare message with its marks; only a line with a source is an envelope."""

    source: Json = None
    message: LeanHead | _NotAnObject | UnsetType = UNSET
    channel: Json = None
    context: _MarkedContext | _NotAnObject = None


Key = tuple[Hashable, str, str | None, bool, bytes, bytes, bytes, bytes]
"""What decides about an event, apart from the properties of a few names: its source's id (of a bare message the marks that tell it),
type, name, whether the user is known, `integrations`, and of the context consents, integration and origin. A plain tuple, since one
is made for every line; a mark that is no text may make it unhashable."""

Read = tuple[Key, LeanHead, bool]
"""One line, as far as it was read: its key, its head, and whether the user is known."""

_decode = msgspec.json.Decoder(_Line).decode
_NO_CONTEXT = (b"", b"", b"")


def read_line(line: bytes) -> Read | None:
    """The key and head of one line; None where only the whole decoder can tell what it is, or whether it is anything."""
    try:
        if not line.isascii():
            line.decode()
        outer = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    source, head = outer.source, outer.message
    if not isinstance(source, str) or head is UNSET:
        return _read(_marks_of(outer), outer)
    return _read(source, head) if isinstance(head, LeanHead) else None


def _read(source: Hashable, head: LeanHead) -> Read | None:
    """A name or type that is no text may not be hashable: such an event is read whole."""
    event, kind, context = head.event, head.type, head.context
    if (event is not None and not isinstance(event, str)) or not isinstance(kind, str):
        return None
    known = bool(id_text(head.user_id))
    consent, integration, origin = _carried(context) if isinstance(context, _Context) else _NO_CONTEXT
    key = (source, kind, event, known, bytes(head.integrations), consent, integration, origin)
    return key, head, known


def _marks_of(line: _Line) -> Hashable:
    """What a message's own marks say of its platform, as far as it counts: of a warehouse's `sources`, whether it is an object."""
    context = line.context
    if not isinstance(context, _MarkedContext):
        return (line.channel,)
    library, os, sources = context.library, context.os, context.sources
    return (
        line.channel,
        context.channel,
        library.name if isinstance(library, _Named) else None,
        os.name if isinstance(os, _Named) else None,
        context.platform,
        sources is not _ABSENT and bytes(sources)[:1],
    )


def _carried(context: _Context) -> tuple[bytes, bytes, bytes]:
    consent, integration, origin = context.consent_management, context.integration, context.origin
    if consent is integration is origin is _ABSENT:
        return _NO_CONTEXT
    return bytes(consent), bytes(integration), bytes(origin)
