"""Who is suppressed, as one process knows it: looked up for each event, so everything is a dictionary. Pure.

A user is known by userId, and by the anonymousIds that are linked to it: those of its events that carry both, and those that the
regulation states. An anonymousId counts only for events without a userId, since a device may change hands.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from router.regulations.regulation import MOST_LINKS, Regulation

Link = tuple[str, str]
"""A userId and an anonymousId that belongs to it."""


class Scope(msgspec.Struct, frozen=True, gc=False):
    """What the regulations of one user come to. Users under the same regulations share one."""

    regulations: tuple[str, ...]
    sources: frozenset[str] | None
    """None = every source."""
    erased_at: frozenset[str]
    """Destinations where the user is deleted: what is queued for them is discarded."""

    def holds_for(self, source: str) -> bool:
        """Whether events of this source are suppressed."""
        return self.sources is None or source in self.sources


class Suppressions:
    """The index. Empty is false, which is all that an event costs where there are no regulations."""

    def __init__(self) -> None:
        self.version = 0
        """Of the store's changes that are in here."""
        self._regulations: dict[str, Regulation] = {}
        self._scopes: dict[str, Scope] = {}
        self._erasing: Counter[str] = Counter()
        self._links: dict[str, tuple[str, ...]] = {}
        self._owners: dict[str, tuple[str, ...]] = {}
        self._unsaved: list[Link] = []

    def __bool__(self) -> bool:
        return bool(self._scopes)

    def __len__(self) -> int:
        return len(self._scopes)

    def put(self, regulation: Regulation) -> None:
        """A regulation is in force from now on; one that is already changes nothing."""
        if regulation.id in self._regulations:
            return
        self._regulations[regulation.id] = regulation
        self._erasing.update(regulation.destination_ids)
        shared: dict[tuple[str, ...], Scope] = {}
        for user in regulation.user_ids:
            ids = (*(scope.regulations if (scope := self._scopes.get(user)) else ()), regulation.id)
            if ids not in shared:
                shared[ids] = self._scope(ids)
            self._scopes[user] = shared[ids]

    def remove(self, regulation_id: str) -> None:
        """A regulation is no longer in force."""
        regulation = self._regulations.pop(regulation_id, None)
        if regulation is None:
            return
        self._erasing.subtract(regulation.destination_ids)
        for user in regulation.user_ids:
            ids = tuple(each for each in self._scopes[user].regulations if each != regulation_id)
            if ids:
                self._scopes[user] = self._scope(ids)
            else:
                del self._scopes[user]

    def users_only_under(self, regulation_id: str) -> list[str]:
        """The users whom nothing but this regulation suppresses."""
        regulation = self._regulations.get(regulation_id)
        users = regulation.user_ids if regulation else ()
        return [user for user in users if self._scopes[user].regulations == (regulation_id,)]

    def link(self, user: str, anonymous_ids: Iterable[str]) -> None:
        """These are the anonymous ids of a user, instead of those known so far."""
        stated = tuple(anonymous_ids)
        for gone in set(self._links.pop(user, ())).difference(stated):
            owners = tuple(owner for owner in self._owners.get(gone, ()) if owner != user)
            if owners:
                self._owners[gone] = owners
            else:
                self._owners.pop(gone, None)
        if stated:
            self._links[user] = stated
        for each in stated:
            if user not in self._owners.get(each, ()):
                self._owners[each] = (*self._owners.get(each, ()), user)

    def learn(self, user_id: str, anonymous_id: str, source: str) -> None:
        """An event of this source carries these ids; where its user is suppressed there, the anonymousId is linked to it."""
        scope = self._scopes.get(user_id)
        if scope is None or not anonymous_id or not scope.holds_for(source):
            return
        known = self._links.get(user_id, ())
        if anonymous_id not in known and len(known) < MOST_LINKS:
            self.link(user_id, (*known, anonymous_id))
            self._unsaved.append((user_id, anonymous_id))

    def take_unsaved(self) -> list[Link]:
        """The links learnt since, which the store does not have yet."""
        unsaved, self._unsaved = self._unsaved, []
        return unsaved

    def put_back(self, unsaved: Iterable[Link]) -> None:
        """The store did not take them."""
        self._unsaved[:0] = unsaved

    def suppresses(self, user_id: str, anonymous_id: str, source: str) -> bool:
        """Whether an event with these ids, from this source, is no longer sent on."""
        return any(scope.holds_for(source) for scope in self._found(user_id, anonymous_id))

    def erases_at(self, destination: str) -> bool:
        """Whether anybody is deleted at a destination."""
        return self._erasing[destination] > 0

    def erases(self, user_id: str, anonymous_id: str, destination: str) -> bool:
        """Whether what is queued of this user for this destination is discarded."""
        return any(destination in scope.erased_at for scope in self._found(user_id, anonymous_id))

    def aliases(self, user: str) -> tuple[str, ...]:
        """The anonymous ids linked to a user."""
        return self._links.get(user, ())

    def clear(self) -> None:
        """Begin anew; links that the store does not have yet are kept for it."""
        self.version = 0
        for known in (self._regulations, self._scopes, self._erasing, self._links, self._owners):
            known.clear()

    def _found(self, user_id: str, anonymous_id: str) -> Iterable[Scope]:
        if user_id:
            scope = self._scopes.get(user_id)
            return () if scope is None else (scope,)
        owners = self._owners.get(anonymous_id, ())
        return [scope for owner in owners if (scope := self._scopes.get(owner))]

    def _scope(self, ids: tuple[str, ...]) -> Scope:
        regulations = [self._regulations[each] for each in ids]
        everywhere = any(not each.source_ids for each in regulations)
        return Scope(
            regulations=ids,
            sources=None if everywhere else frozenset(source for each in regulations for source in each.source_ids),
            erased_at=frozenset(name for each in regulations for name in each.destination_ids),
        )
