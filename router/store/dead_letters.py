"""Dead letters: events that cannot be delivered, kept until a person retries or discards them."""

import contextlib
from collections.abc import Iterable
from typing import Any

import msgspec

from router.errors import RouterError, StoreUnavailable
from router.store import keys
from router.store.accounting import counter
from router.store.entries import Queued, pack
from router.store.letter_order import Letter, Place, merged, older_than
from router.store.store import Store

_MOST_SEARCHED = 10_000
"""After so many letters a page ends, though it may not be full: they may all be of other destinations."""
_FORMAT = "1"
"""Version of the letters that this program reads and writes."""
_AT_ONCE = 1000
"""About so many letters are read in one go."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """An event that cannot be delivered, with all that is needed to judge it and to send it again."""

    destination: str
    source: str
    type: str
    message_id: str
    decision_id: str
    received_at: str
    revision: str
    device_rule: str
    cloud_rule: str
    rule: str
    """`cloud/invalid`: the transform refused it; `cloud/deliver`: Braze refused an object of it."""
    errors: tuple[str, ...]
    attempts: int
    """How often its last request was made."""
    partly_delivered: bool
    """Some of its objects reached Braze: a retry sends those again."""
    died_at: str
    message: msgspec.Raw

    @property
    def counter(self) -> str:
        """The counter that it is in."""
        return counter("dead_lettered", self.source, self.destination, self.rule)


class Listed(msgspec.Struct, frozen=True):
    """A dead letter and its id: `<partition>-<stream id>`."""

    id: str
    letter: DeadLetter


class Unreadable(msgspec.Struct, frozen=True):
    """A letter that this program cannot read: written by another version of it, or damaged."""

    id: str
    size: int
    """Bytes."""
    format: str


class LetterPage(msgspec.Struct, frozen=True):
    """Letters, newest first."""

    letters: list[Listed]
    unreadable: list[Unreadable]
    """Of any destination: which is not known."""
    next: str
    """`before` of the next page; empty on the last one."""


class NoSuchLetter(RouterError):
    """There is no dead letter with that id; it was retried or discarded already."""


class UnreadableLetter(RouterError):
    """There is a dead letter with that id, but this program cannot read it."""


class DeadLetters:
    """The dead letters of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def newest(self, *, count: int, before: str = "", destination: str = "") -> LetterPage:
        """The newest letters of all partitions, newest first; `before` is the id of the last one seen, gone or not.

        A page may hold fewer than `count`, or none: only an empty `next` says that there are no more.
        """
        place = Place.of(before) if before else None
        found: list[Listed] = []
        unreadable: list[Unreadable] = []
        searched, more = 0, True
        while more and searched < _MOST_SEARCHED:
            letters, more = await self._older(place, _AT_ONCE if destination else count - len(found) - len(unreadable))
            for letter in letters:
                place, listed = letter.place, _read(letter)
                if isinstance(listed, Unreadable):
                    unreadable.append(listed)
                elif destination in ("", listed.letter.destination):
                    found.append(listed)
                if len(found) + len(unreadable) == count:
                    return LetterPage(found, unreadable, place.letter_id)
            searched += len(letters)
        return LetterPage(found, unreadable, place.letter_id if more and place else "")

    async def _older(self, place: Place | None, wanted: int) -> tuple[list[Letter], bool]:
        """About as many letters older than a place as are wanted, and whether there may be more."""
        partitions = self._store.partitions
        most = 1 + 2 * min(wanted, _AT_ONCE) // partitions
        starts = [older_than(place, partition) for partition in range(partitions)]
        return merged(await self._store.letters(starts, count=most), most=most)

    async def show(self, letter_id: str) -> Listed:
        """One letter; raises NoSuchLetter, UnreadableLetter."""
        partition, stream_id = _split(letter_id, self._store.partitions)
        letter = await self._store.letter(partition, stream_id)
        if letter is None:
            raise NoSuchLetter(f"there is no dead letter `{letter_id}`")
        listed = _read(letter)
        if isinstance(listed, Unreadable):
            raise UnreadableLetter(
                f"dead letter `{letter_id}` ({listed.size} bytes) has format `{listed.format}` or is damaged: "
                f"this program reads format `{_FORMAT}`"
            )
        return listed

    async def retry(self, letter_id: str) -> Listed:
        """Put a letter back at the end of its queue; raises NoSuchLetter, UnreadableLetter."""
        listed = await self.show(letter_id)
        partition, stream_id = _split(letter_id, self._store.partitions)
        letter = listed.letter
        names = (
            keys.dead(partition),
            keys.queue(partition, letter.destination),
            keys.counts(partition),
            keys.depth(partition),
            keys.size(partition),
        )
        await self._change(
            "requeue", names, (stream_id, letter.destination, pack([_queued(letter)]), letter.counter), letter_id
        )
        return listed

    async def discard(self, letter_id: str) -> Listed:
        """Give a letter up for good; raises NoSuchLetter, UnreadableLetter."""
        listed = await self.show(letter_id)
        partition, stream_id = _split(letter_id, self._store.partitions)
        letter = listed.letter
        gone = counter("discarded", letter.source, letter.destination, letter.rule)
        names = (keys.dead(partition), keys.counts(partition))
        await self._change("discard", names, (stream_id, letter.counter, gone), letter_id)
        return listed

    async def _change(self, script: str, names: tuple[str, ...], arguments: tuple[Any, ...], letter_id: str) -> None:
        (result,) = await self._store.run([(script, names, arguments)])
        if isinstance(result, Exception):
            raise StoreUnavailable(str(result)) from result
        if not result:
            raise NoSuchLetter(f"there is no dead letter `{letter_id}` any more")


def _read(letter: Letter) -> Listed | Unreadable:
    if letter.format == _FORMAT:
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            return Listed(letter.place.letter_id, msgspec.json.decode(letter.raw, type=DeadLetter))
    return Unreadable(letter.place.letter_id, len(letter.raw), letter.format)


def as_rows(letters: Iterable[Listed]) -> list[dict[str, Any]]:
    """Letters as plain data, each with its id."""
    return [_row(listed) for listed in letters]


def _row(listed: Listed) -> dict[str, Any]:
    """The message as data, or as text where it has what only Python's reader refuses (`1e999`)."""
    fields = {name: getattr(listed.letter, name) for name in listed.letter.__struct_fields__}
    try:
        message = msgspec.json.decode(listed.letter.message)
    except (msgspec.DecodeError, RecursionError):
        message = bytes(listed.letter.message).decode()
    return {"id": listed.id, **fields, "errors": list(listed.letter.errors), "message": message}


def _split(letter_id: str, partitions: int) -> tuple[int, str]:
    partition, _, stream_id = letter_id.partition("-")
    milliseconds, _, sequence = stream_id.partition("-")
    numbers = (partition, milliseconds, sequence)
    if not all(map(_is_number, numbers)) or int(partition) >= partitions:
        raise NoSuchLetter(f"`{letter_id}` is no id of a dead letter")
    return int(partition), stream_id


def _is_number(text: str) -> bool:
    """Whether it is a number that a stream id may have: 64 bits."""
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < 2**64


def _queued(letter: DeadLetter) -> Queued:
    return Queued(
        position=0,
        source=letter.source,
        type=letter.type,
        message_id=letter.message_id,
        decision_id=letter.decision_id,
        received_at=letter.received_at,
        revision=letter.revision,
        device_rule=letter.device_rule,
        cloud_rule=letter.cloud_rule,
        message=bytes(letter.message),
    )
