"""What the users of one destination have by now, where events are simulated one after another and Braze accepts everything.

The same picture as `router.store.traits` keeps of real deliveries, without what only exists because these overlap.
"""

from collections.abc import Iterable, Mapping

from router.braze.objects import Request, User
from router.braze.responses import Processed
from router.braze.trait_changes import Move, changes_of, moves_of
from router.braze.trait_dedup import Known
from router.braze.trait_values import UNKNOWN, Fingerprint, Key

_ACCEPTED = Processed()


class TraitRecall:
    """Learns from requests; forgets a user's values `days` after the first of them."""

    def __init__(self, *, days: int = 30) -> None:
        self._keep = days * 86_400
        self._values: dict[User, dict[Key, Fingerprint]] = {}
        self._since: dict[User, float] = {}
        self._links: dict[User, dict[User, None]] = {}

    def known(self, now: float) -> Mapping[User, Known]:
        """Everything that is certain of anyone."""
        return self.known_of({**self._values, **self._links}, now)

    def known_of(self, users: Iterable[User], now: float) -> Mapping[User, Known]:
        """What is certain of these users, and of those that their links lead to."""
        reached = {each for user in users for each in (user, *self._reached_by(user))}
        return {user: self._known(user, now) for user in reached}

    def learn(self, request: Request, now: float) -> None:
        """The request was sent at `now`, and accepted."""
        for move in moves_of(request):
            self._move(move)
        changes = changes_of(request, _ACCEPTED)
        for user, values in changes.items():
            self._set(user, values, now)
        for user, values in changes.items():
            for reached in self._reached_by(user):
                self._set(reached, dict.fromkeys(values, UNKNOWN), now)

    def _known(self, user: User, now: float) -> Known:
        if now - self._since.get(user, now) >= self._keep:
            self._forget(user)
        return Known(values=self._values.get(user, {}), links=tuple(self._links.get(user, ())))

    def _move(self, move: Move) -> None:
        self._forget(move.gone)
        self._links.setdefault(move.gone, {})[move.kept] = None
        if move.filling == "all":
            self._forget(move.kept)
            return
        values = self._values.get(move.kept, {})
        for key in [key for key, value in values.items() if len(value) > 8]:
            del values[key]

    def _set(self, user: User, values: Mapping[Key, Fingerprint], now: float) -> None:
        mine = self._values.setdefault(user, {})
        self._since.setdefault(user, now)
        for key, value in values.items():
            mine.pop(key, None)
            if value != UNKNOWN and user not in self._links:
                mine[key] = value

    def _reached_by(self, user: User) -> set[User]:
        reached: set[User] = set()
        waiting = [user]
        while waiting:
            fresh = set(self._links.get(waiting.pop(), ())) - reached
            reached |= fresh
            waiting += fresh
        return reached

    def _forget(self, user: User) -> None:
        self._values.pop(user, None)
        self._since.pop(user, None)
