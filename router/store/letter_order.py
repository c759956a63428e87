"""The one order of all dead letters, over all partitions: by the time that their stream ids carry, newest first.

Pure. A place in that order is all that a page needs to know of the page before it, whatever became of its letters since.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """Where a letter stands: greater is newer."""

    milliseconds: int
    sequence: int
    partition: int

    @classmethod
    def of(cls, letter_id: str) -> "Place":
        """The place of an id `<partition>-<milliseconds>-<sequence>`."""
        partition, milliseconds, sequence = map(int, letter_id.split("-"))
        return cls(milliseconds, sequence, partition)

    @property
    def letter_id(self) -> str:
        """The id of the letter there."""
        return f"{self.partition}-{self.milliseconds}-{self.sequence}"


class Letter(NamedTuple):
    """A letter as the store gives it, at its place."""

    place: Place
    raw: bytes
    format: str = "1"


def older_than(place: Place | None, partition: int) -> str:
    """Where a reading of one partition, newest first, begins that wants what is older than a place; None = the newest."""
    if place is None:
        return "+"
    stream_id = f"{place.milliseconds}-{place.sequence}"
    return stream_id if partition < place.partition else f"({stream_id}"


def merged(partitions: Sequence[Sequence[Letter]], *, most: int) -> tuple[list[Letter], bool]:
    """Up to `most` letters of each partition in one order, newest first, and whether there may be older ones.

    What is older than the last letter of a partition that gave all it was asked for is left for the next reading: that partition
    may hold letters which belong before it.
    """
    edges = [letters[-1].place for letters in partitions if len(letters) == most]
    known = [letter for letters in partitions for letter in letters if not edges or letter.place >= max(edges)]
    return sorted(known, key=lambda letter: letter.place, reverse=True), bool(edges)
