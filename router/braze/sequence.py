"""Items of one batch, collected in order of arrival and given out as requests in order of sending (see `timeline`).

Equal identities are sent once unless the alias was active in between: the first time it may not have existed yet.
Equal merges are sent once unless the merged profile was named again, later, in between (D23).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from router.braze.coalescing import Coalescing, coalesce
from router.braze.objects import TRACK_KINDS, Body, Entry, Item, Path, Request, User, alias_user, user_of
from router.braze.packing import MAX_OBJECTS, Placed, TrackBatching, pack
from router.braze.subscriptions import Subscriptions
from router.braze.timeline import Timeline
from router.braze.trait_values import depends_on_profile

MAX_IDENTITIES = 50
MAX_MERGES = 50
MAX_SUBSCRIPTIONS = 25

_TRACK = frozenset(TRACK_KINDS)

_Known = dict[tuple[User, User], tuple[int, Entry]]
"""The last entry for a pair of users, and its level."""


class Sequencer:
    """Takes items in order of arrival; `requests` gives the result."""

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._objects: defaultdict[int, defaultdict[User, list[Placed]]] = defaultdict(lambda: defaultdict(list))
        self._places: dict[User, list[Placed]] = {}
        """Where each user's next object goes, until an identity moves it."""
        self._known_as: dict[User, User] = {}
        """For each alias the user it was last tied to, whose profile its objects reach from then on."""
        self._identities: defaultdict[int, list[Entry]] = defaultdict(list)
        self._merges: defaultdict[int, list[Entry]] = defaultdict(list)
        self._subscriptions = Subscriptions()
        self._known_identities: _Known = {}
        self._known_merges: _Known = {}

    def add(self, items: Iterable[tuple[int, Item]]) -> None:
        """Give every item, which comes with the index of its event, its place."""
        places = self._places
        for at, item in items:
            kind, body = item.kind, item.body
            if kind in _TRACK:
                user = user_of(body)
                place = places.get(user)
                if place is None:
                    place = places[user] = self._place(user)
                place.append((kind, body, (at,)))
            else:
                self._add_entry(at, item)

    def requests(self, track_batching: TrackBatching, coalescing: Coalescing) -> Iterator[Request]:
        """All requests, in order of sending."""
        subscriptions = self._subscriptions.entries()
        for level in sorted({*self._objects, *self._identities, *self._merges, *subscriptions}):
            yield from _identify_requests(self._identities.get(level, ()))
            yield from pack(_users(self._objects.get(level, {}), coalescing), track_batching)
            yield from _subscription_requests(subscriptions.get(level, ()))
            yield from _merge_requests(self._merges.get(level, ()))

    def _place(self, user: User) -> list[Placed]:
        return self._objects[self._timeline.object_level(user)][self._known_as.get(user, user)]

    def _add_entry(self, at: int, item: Item) -> None:
        if item.kind == "identify":
            self._add_identity(at, item.body)
        elif item.kind == "merges":
            self._add_merge(at, item.body)
        else:
            level = self._timeline.subscription_level(item.body.get("external_ids", ()))
            self._subscriptions.add(at, item.body, level=level)

    def _add_identity(self, at: int, body: Body) -> None:
        pair = alias, user = alias_user(body["user_alias"]), body["external_id"]
        level, entry = self._known_identities.get(pair, (-1, None))
        if entry is None or self._timeline.sent_since(alias, level):
            after_user = any(
                depends_on_profile(sent) for kind, sent, _ in self._places.get(user, ()) if kind == "attributes"
            )
            level = self._timeline.identity_level(alias, user, after_user=after_user)
            entry = Entry(body)
            self._known_identities[pair] = level, entry
            self._identities[level].append(entry)
            self._known_as[alias] = user
            self._places.pop(alias, None)
            self._places.pop(user, None)
        entry.sources.append(at)

    def _comes_out_otherwise(self, user: User) -> bool:
        """Whether an identity may not overtake what the user has sent."""
        for kind, body, _ in self._places.get(user, ()):  # noqa: SIM110 - `any` costs twice as much
            if kind == "attributes" and depends_on_profile(body):
                return True
        return False

    def _add_merge(self, at: int, body: Body) -> None:
        pair = gone, kept = body["identifier_to_merge"]["external_id"], body["identifier_to_keep"]["external_id"]
        level, entry = self._known_merges.get(pair, (-1, None))
        if entry is None or self._timeline.touched_since(gone, level):
            level, entry = self._timeline.merge_level(gone, kept), Entry(body)
            self._known_merges[pair] = level, entry
            self._merges[level].append(entry)
        entry.sources.append(at)


def _users(objects: dict[User, list[Placed]], coalescing: Coalescing) -> Iterator[Sequence[Placed]]:
    """What must stay together: one user's objects and those of their aliases, or each apart where it is too much."""
    for story in objects.values():
        together = story if coalescing == "off" else coalesce(story)
        if len(together) <= MAX_OBJECTS:
            yield together
        else:
            yield from _by_user(together)


def _by_user(objects: Iterable[Placed]) -> Iterable[Sequence[Placed]]:
    apart: defaultdict[User, list[Placed]] = defaultdict(list)
    for each in objects:
        apart[user_of(each[1])].append(each)
    return apart.values()


def _identify_requests(entries: Sequence[Entry]) -> Iterator[Request]:
    for chunk in _chunks(entries, MAX_IDENTITIES):
        yield _request("/users/identify", "aliases_to_identify", chunk, {"merge_behavior": "merge"})


def _subscription_requests(entries: Sequence[Entry]) -> Iterator[Request]:
    for chunk in _chunks(entries, MAX_SUBSCRIPTIONS):
        yield _request("/v2/subscription/status/set", "subscription_groups", chunk, {})


def _merge_requests(entries: Sequence[Entry]) -> Iterator[Request]:
    for chunk in _chunks(entries, MAX_MERGES):
        yield _request("/users/merge", "merge_updates", chunk, {})


def _chunks(entries: Sequence[Entry], size: int) -> Iterator[Sequence[Entry]]:
    return (entries[start : start + size] for start in range(0, len(entries), size))


def _request(path: Path, array: str, entries: Sequence[Entry], fixed: Body) -> Request:
    body = {array: [entry.body for entry in entries], **fixed}
    return Request.of(path, body=body, sources={array: tuple(tuple(entry.sources) for entry in entries)})
