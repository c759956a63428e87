"""What is kept of a queue besides its entries: events that have ended, events sent in part, and what is in flight.

One hash: `<entry id>` → positions ended, `inflight` → places, `settlement` → id of the last one; and where an event was sent in part
`part:<entry id>` → its objects, `out` → settlement id and places. Programs that know the first three alone read `inflight`, so it names
events sent in part as well: what they send again is in doubt. What really is in flight then stands in `out`, which holds as
long as the settlement that wrote it is the last one.
"""

from collections.abc import Iterable, Mapping

import msgspec

from router.store.entries import Part, Place, UnknownFormat, order_of

OUT = "out"
_PART = "part:"
_FORMAT = b"1"
"""Version of a part; a reader refuses what it does not know."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[int, Part]).decode


def part_field(entry_id: str) -> str:
    """Where the parts of an entry's events stand."""
    return f"{_PART}{entry_id}"


def pack_parts(parts: Mapping[int, Part]) -> bytes:
    """The parts of one entry's events, by position."""
    return _FORMAT + _encode(parts)


def noted(places: Iterable[Place]) -> str:
    """Events as they stand in `inflight`: `<entry id>:<position>,…`, joined by spaces."""
    positions: dict[str, list[str]] = {}
    for entry_id, position in places:
        positions.setdefault(entry_id, []).append(str(position))
    return " ".join([f"{entry_id}:{','.join(found)}" for entry_id, found in positions.items()])


def positions_of(text: bytes | None) -> list[int]:
    """The positions of an entry that have ended."""
    return [int(position) for position in text.split(b",")] if text else []


def in_flight_of(progress: Mapping[bytes, bytes]) -> frozenset[Place]:
    """The events whose request was out without an answer; raises ValueError where the note is damaged."""
    text = progress.get(b"inflight", b"")
    settlement, _, out = progress.get(OUT.encode(), b"").partition(b" ")
    if settlement and settlement == progress.get(b"settlement"):
        text = out
    pairs = (
        (entry_id, positions) for entry_id, _, positions in (each.partition(":") for each in text.decode().split())
    )
    return frozenset(
        (_entry_id(entry_id), int(position)) for entry_id, positions in pairs for position in positions.split(",")
    )


def _entry_id(text: str) -> str:
    """The id of a queue entry as it is; what is none raises ValueError here, not in the middle of delivery."""
    milliseconds, sequence = order_of(text)
    return f"{milliseconds}-{sequence}"


def parts_of(progress: Mapping[bytes, bytes], *, first: str) -> dict[Place, Part]:
    """The parts of all events from the entry `first` of the queue on; raises UnknownFormat."""
    found: dict[Place, Part] = {}
    for field, value in progress.items():
        entry_id = field.decode().removeprefix(_PART)
        if len(entry_id) == len(field) or order_of(entry_id) < order_of(first):
            continue
        ended = positions_of(progress.get(entry_id.encode()))
        found |= {(entry_id, at): part for at, part in _unpack(entry_id, value).items() if at not in ended}
    return found


def _unpack(entry_id: str, value: bytes) -> dict[int, Part]:
    if not value.startswith(_FORMAT):
        raise UnknownFormat(
            f"what was sent of queue entry {entry_id} has format {value[:1]!r}, this program reads {_FORMAT!r}"
        )
    try:
        return _decode(value[len(_FORMAT) :])
    except msgspec.DecodeError as error:
        raise UnknownFormat(f"what was sent of queue entry {entry_id} is damaged: {error}") from error
