"""Objects of /users/track packed into requests: one user's objects share one where they fit, arrays keep the order of arrival."""

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Literal, Protocol

from router.braze.objects import TRACK_KINDS, Body, Request, TrackKind

TrackBatching = Literal["combined", "legacy"]
"""75 objects a request (Braze's documented limit), or 75 in each array (accounts of before)."""

MAX_OBJECTS = 75

Placed = tuple[TrackKind, Body, tuple[int, ...]]
"""An object with its array, and the events that it came from."""

_ROOMY = 4
"""How many requests with room left are looked at: enough to fill them well, few enough to keep the search short."""

_ARRIVAL = itemgetter(2)


class Bin(Protocol):
    """A request being filled."""

    placed: list[Placed]

    def try_add(self, objects: Sequence[Placed]) -> bool:
        """Put the objects in if there is room for all of them, and say whether there was."""


class CombinedBin:
    """A request with room for 75 objects."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []

    def try_add(self, objects: Sequence[Placed]) -> bool:
        """Put the objects in if there is room for all of them, and say whether there was."""
        fits = len(self.placed) + len(objects) <= MAX_OBJECTS
        if fits:
            self.placed += objects
        return fits


class LegacyBin:
    """A request with room for 75 objects in each array."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self._room = dict.fromkeys(TRACK_KINDS, MAX_OBJECTS)

    def try_add(self, objects: Sequence[Placed]) -> bool:
        """Put the objects in if there is room for all of them, and say whether there was."""
        kinds = [each[0] for each in objects]
        room = {kind: left - kinds.count(kind) for kind, left in self._room.items()}
        fits = min(room.values()) >= 0
        if fits:
            self._room = room
            self.placed += objects
        return fits


_BINS: dict[TrackBatching, type[CombinedBin] | type[LegacyBin]] = {"combined": CombinedBin, "legacy": LegacyBin}


def pack(users: Iterable[Sequence[Placed]], track_batching: TrackBatching) -> Iterator[Request]:
    """The requests for these users' objects, in the order in which they must be sent."""
    new_bin = _BINS[track_batching]
    bins: list[Bin] = []
    roomy: list[Bin] = []
    for objects in users:
        for each in roomy:
            if each.try_add(objects):
                break
        else:
            # What is too much for one request fills its own ones; only the last of them takes other users' objects.
            bins += _filled(objects, new_bin)
            roomy = [*roomy[1 - _ROOMY :], bins[-1]]
    return (_request(each.placed) for each in bins)


def _filled(objects: Sequence[Placed], new_bin: type[CombinedBin] | type[LegacyBin]) -> list[Bin]:
    bins: list[Bin] = [new_bin()]
    if not bins[0].try_add(objects):
        for each in objects:
            if not bins[-1].try_add((each,)):
                bins.append(new_bin())
                bins[-1].try_add((each,))
    return bins


def _request(placed: list[Placed]) -> Request:
    placed.sort(key=_ARRIVAL)
    body: Body = {"partner": "RudderStack"}
    sources: dict[str, tuple[tuple[int, ...], ...]] = {}
    for kind in TRACK_KINDS:
        objects = [each for each in placed if each[0] == kind]
        if objects:
            body[kind] = [each[1] for each in objects]
            sources[kind] = tuple([each[2] for each in objects])
    return Request.of("/users/track", body=body, sources=sources)
