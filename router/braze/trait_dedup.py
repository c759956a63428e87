"""Trait dedup: attributes that the user's profile in Braze has already are left out of a read (D19). Pure.

What is left out is a repeat of a value that Braze has confirmed before the read began and that nothing in the read touches
before. A value that the read itself changes is in flight, not known: [gold, silver, gold] on a known gold leaves out the first alone.
Of two equal updates in one read both go on; coalescing makes one of them, and both events then hang on its answer.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from router.braze.objects import Body, Item, User, alias_user
from router.braze.trait_values import UNKNOWN, Fingerprint, Key, is_attribute, keys_of, updates_of, users_of

RULE = "cloud/trait-dedup"
"""The rule that ends an event of which nothing is left."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is certain about one user: values in Braze, and the users whose profile an object for this one may reach as well."""

    values: Mapping[Key, Fingerprint] = msgspec.field(default_factory=dict)
    links: tuple[User, ...] = ()


class Reduced(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a read: items, events without any, and the number of attribute updates left out, by event."""

    items: list[tuple[int, Item]]
    emptied: tuple[int, ...] = ()
    saved: Mapping[int, int] = msgspec.field(default_factory=dict)


def asked(items: Iterable[tuple[int, Item]], deduplicated: Collection[int]) -> dict[User, set[Key]]:
    """Whose attributes `reduce` looks up, and which; a user without any is there for the links."""
    wanted: dict[User, set[Key]] = {}
    for at, item in items:
        if item.kind != "attributes":
            continue
        users = users_of(item.body)
        for user in users:
            wanted.setdefault(user, set())
        if at in deduplicated and len(users) == 1:
            wanted[users[0]].update(keys_of(item.body))
    return wanted


def reduce(items: Iterable[tuple[int, Item]], *, deduplicated: Collection[int], known: Mapping[User, Known]) -> Reduced:
    """Leave repeats out of the attribute objects of the events `deduplicated`; every other item stays, and what it changes is forgotten."""
    picture = _Picture(known)
    left: list[tuple[int, Item]] = []
    saved: dict[int, int] = {}
    emptied: dict[int, None] = {}
    for at, item in items:
        body: Body | None = item.body
        if item.kind == "attributes":
            body, count = _without_repeats(item.body, picture, picture.knows if at in deduplicated else _nothing)
            if count:
                saved[at] = saved.get(at, 0) + count
        else:
            picture.move(item)
        if body is None:
            emptied[at] = None
        else:
            left.append((at, item if body is item.body else Item(item.kind, body)))
    for at, _ in left:
        emptied.pop(at, None)
    return Reduced(items=left, emptied=tuple(emptied), saved=saved)


class _Picture:
    """What is known of every user, less what the read has touched so far."""

    def __init__(self, known: Mapping[User, Known]) -> None:
        self._values = {user: dict(each.values) for user, each in known.items()}
        self._links = {user: set(each.links) for user, each in known.items() if each.links}

    def knows(self, user: User, key: Key, value: Fingerprint) -> bool:
        """Whether the user's profile is certain to have the value."""
        return value != UNKNOWN and self._values.get(user, {}).get(key) == value

    def forget(self, user: User, keys: Iterable[Key]) -> None:
        """An object for the user changes these attributes: there, and on every profile that it may reach."""
        for each in self._reach(user) if user in self._links else (user,):
            if values := self._values.get(each):
                for key in keys:
                    values.pop(key, None)

    def move(self, item: Item) -> None:
        """An identity or merge: the one profile is gone; the other keeps what it has and is filled where it is blank."""
        if item.kind == "identify":
            alias, user = alias_user(item.body["user_alias"]), item.body["external_id"]
            self._gone(alias, into=user)
            self._values[user] = {key: value for key, value in self._values.get(user, {}).items() if len(value) == 8}
        elif item.kind == "merges":
            gone, kept = item.body["identifier_to_merge"]["external_id"], item.body["identifier_to_keep"]["external_id"]
            self._gone(gone, into=kept)
            self._values.pop(kept, None)

    def _gone(self, user: User, *, into: User) -> None:
        self._values.pop(user, None)
        self._links.setdefault(user, set()).add(into)

    def _reach(self, user: User) -> set[User]:
        reached, waiting = {user}, [user]
        while waiting:
            fresh = self._links.get(waiting.pop(), set()) - reached
            reached |= fresh
            waiting += fresh
        return reached


def _nothing(_user: User, _key: Key, _value: Fingerprint) -> bool:
    return False


def _without_repeats(
    body: Body, picture: _Picture, knows: Callable[[User, Key, Fingerprint], bool]
) -> tuple[Body | None, int]:
    """The object that must be sent (None when nothing is left), and how many attributes it lacks."""
    users = users_of(body)
    knows = knows if len(users) == 1 else _nothing
    changed: set[Key] = set()
    repeats: set[str] = set()
    for name, key, value in updates_of(body):
        # Two names of one object may mean one attribute.
        if key not in changed and knows(users[0], key, value):
            repeats.add(name)
        else:
            changed.add(key)
    for user in users:
        picture.forget(user, changed)
    if not repeats:
        return body, 0
    rest = {name: value for name, value in body.items() if name not in repeats}
    return (rest if any(map(is_attribute, rest)) else None), len(repeats)
