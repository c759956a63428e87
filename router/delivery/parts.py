"""Which objects of an event Braze has decided about while others of it are still to be sent. Pure.

Only of objects that would count twice: they are left out when the event is read again. Everything else is sent once more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from router.braze.objects import Item, Request
from router.braze.repetition import is_counted, mark_of
from router.braze.responses import Processed
from router.store.entries import Part, Place
from router.store.progress import noted, pack_parts


class Parts:
    """The parts that a queue's progress tells of, kept up to date."""

    def __init__(self, known: Mapping[Place, Part]) -> None:
        self._parts = dict(known)
        self._changed: set[str] = set()

    def get(self, place: Place) -> Part | None:
        """What is decided of an event that is not decided as a whole."""
        return self._parts.get(place) if self._parts else None

    def add(self, place: Place, part: Part) -> None:
        """More of an event is decided."""
        known = self._parts.get(place)
        self._parts[place] = known + part if known else part
        self._changed.add(place[0])

    def end(self, places: Iterable[Place]) -> None:
        """Nothing of these events is left to send."""
        if self._parts:
            for place in places:
                self._parts.pop(place, None)

    def news(self) -> dict[str, bytes]:
        """Per entry with changes since the last call, the parts of all its events as the store keeps them."""
        if not self._changed:
            return {}
        changed, self._changed = self._changed, set()
        found: dict[str, dict[int, Part]] = {}
        for (entry_id, position), part in self._parts.items():
            if entry_id in changed:
                found.setdefault(entry_id, {})[position] = part
        return {entry_id: pack_parts(parts) for entry_id, parts in found.items()}

    def noted(self) -> str:
        """The events, as the store keeps places."""
        return noted(self._parts) if self._parts else ""


def decided(request: Request, outcome: Processed, *, among: frozenset[int]) -> dict[int, Part]:
    """What an answer decides of the events `among`, as far as it would count twice."""
    if request.path != "/users/track":
        return {}
    refused = {(problem.array, problem.index): problem.message for problem in outcome.failed}
    parts: dict[int, Part] = {}
    for array, origins in request.sources.items():
        for index, (body, origin) in enumerate(zip(request.body[array], origins, strict=True)):
            numbers = among.intersection(origin)
            if not numbers or not is_counted(array, body):
                continue
            message = refused.get((array, index))
            errors = () if message is None else (f"{request.path} {array}: {message}",)
            part = Part((mark_of(array, body),), int(message is None), errors)
            for number in numbers:
                parts[number] = parts[number] + part if number in parts else part
    return parts


def parked(items: Iterable[tuple[int, Item]], message: str) -> dict[int, Part]:
    """What it means for their events that these items will not be sent."""
    marks: dict[int, list[bytes]] = {}
    for number, item in items:
        marks.setdefault(number, []).append(mark_of(item.kind, item.body))
    return {number: Part(tuple(found), errors=(message,)) for number, found in marks.items()}


def undecided(
    items: Sequence[tuple[int, Item]], parts: Mapping[int, Part]
) -> tuple[list[tuple[int, Item]], frozenset[int]]:
    """The items without what is decided; and the events that are in doubt, since a part of them is not among their items:
    another version of the transform has made it."""
    marks = {number: Counter(part.decided) for number, part in parts.items()}
    left: list[tuple[int, Item]] = []
    again: set[int] = set()
    for number, item in items:
        known = marks.get(number)
        if known is not None and is_counted(item.kind, item.body):
            mark = mark_of(item.kind, item.body)
            if known[mark]:
                known[mark] -= 1
                continue
            again.add(number)
        left.append((number, item))
    return left, frozenset(number for number in again if marks[number].total())
