"""What a queue entry holds: one commit's accepted messages for one destination, compressed.

A message's bytes are kept exactly as the SDK sent them; what the gateway found out stands beside them.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from isal import igzip

from router.errors import RouterError

FORMAT = b"1"
"""Version of the entry format; a reader refuses what it does not know, so that old and new processes can share a queue."""


class Queued(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One accepted message for one destination, with the decision that sent it there."""

    position: int
    """Place in its commit; the script names repeated messages by it."""
    source: str
    type: str
    message_id: str
    decision_id: str
    received_at: str
    revision: str
    device_rule: str
    cloud_rule: str
    message: bytes
    """The JSON object as it was sent."""


Row = tuple[int, str, str, str, str, str, str, str, str, bytes]
"""The fields of a Queued in their order, as the gateway writes them: a tuple is made several times faster."""


class Entry(msgspec.Struct, frozen=True):
    """One queue entry as delivery reads it: what is still to be done of it."""

    id: str
    events: tuple[Queued, ...]
    ended: frozenset[int]
    """Positions that ended in an earlier, interrupted delivery; they are not in `events`."""
    size: int = 0
    """Bytes it takes in the queue."""


Place = tuple[str, int]
"""Entry id and position of an event."""


class Part(msgspec.Struct, frozen=True, array_like=True):
    """What Braze has decided about an event of which it has not seen everything; only of objects that would count twice."""

    decided: tuple[bytes, ...]
    """Marks of the objects (`router.braze.repetition.mark_of`), as often as there are equal ones."""
    delivered: int = 0
    """How many of them were accepted; the others will not be sent either."""
    errors: tuple[str, ...] = ()

    def __add__(self, other: "Part") -> "Part":
        return Part(self.decided + other.decided, self.delivered + other.delivered, self.errors + other.errors)


class Backlog(msgspec.Struct, frozen=True):
    """What delivery finds in one queue: its oldest entries, and how far the last delivery was when it broke off."""

    entries: tuple[Entry, ...]
    in_flight: frozenset[Place] = frozenset()
    """Events whose request was out without an answer."""
    parts: Mapping[Place, Part] = msgspec.field(default_factory=dict)
    """Events of which Braze has decided about some objects; they may be behind the last of these entries."""

    @property
    def beyond(self) -> list[Place]:
        """What is in flight behind the last of these entries: the last delivery had read further."""
        last = order_of(self.entries[-1].id) if self.entries else (0, 0)
        return sorted(place for place in self.in_flight if order_of(place[0]) > last)

    @property
    def events(self) -> int:
        """How many events are still to be done."""
        return sum(len(entry.events) for entry in self.entries)


def order_of(entry_id: str) -> tuple[int, int]:
    """Where an entry stands in its stream."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number)


class UnknownFormat(RouterError):
    """A queue entry was written by a newer version of the program, or is damaged."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Queued])


def pack(events: Sequence[Queued | Row]) -> bytes:
    """Compress the events of one commit."""
    return igzip.compress(_encoder.encode(events), compresslevel=0)


def unpack(entry_id: bytes, fields: dict[bytes, bytes], ended: Iterable[int] = ()) -> Entry:
    """Read a stream entry; leaves out repeated messages and what has ended already."""
    if fields.get(b"v") != FORMAT:
        raise UnknownFormat(
            f"queue entry {entry_id.decode()} has format {fields.get(b'v')!r}, this program reads {FORMAT!r}"
        )
    done = frozenset(ended)
    try:
        skipped = done | {int(place) for place in fields[b"skip"].split(b",") if place}
        events = _decoder.decode(igzip.decompress(fields[b"batch"]))  # type: ignore[no-untyped-call]
    except (KeyError, ValueError, EOFError, OSError, msgspec.DecodeError) as error:
        raise UnknownFormat(f"queue entry {entry_id.decode()} is damaged: {error!r}") from error
    left = tuple(event for event in events if event.position not in skipped)
    return Entry(entry_id.decode(), left, done, len(fields[b"batch"]))
