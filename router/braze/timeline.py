"""Where things stand in the order of a batch's requests.

Everything has a level, and levels are sent one after another; within a level identities come first, then /users/track,
then subscriptions, then merges. Objects start at level 0. An identity stands at the level after the last one where its
alias sent something, and what the alias or the known user sends from then on does not come before that level: Braze
ignores /users/identify for an alias that does not exist yet, so "all identities first" would leave an orphan profile
for ever (D24). What the known user sent before the identity stays at its level and so may come after it, except where
the profile would end otherwise, since an identity fills what is blank. A merge stands after what its two users have sent
before it. It does not hold back what they send later: a user's objects stay together, and what is sent to a profile before
it is merged away is not lost.
"""

from collections.abc import Iterable

from router.braze.objects import User


class Timeline:
    """Gives each thing its level, in order of arrival."""

    def __init__(self) -> None:
        self._next: dict[User, int] = {}
        self._sent: dict[User, int] = {}
        self._named: dict[User, int] = {}
        self._identify_from: dict[User, int] = {}
        self._merge_away_from: dict[User, int] = {}
        self._keep_from: dict[User, int] = {}
        self._merged = 0

    def object_level(self, user: User) -> int:
        """The level of an object that the user sends now."""
        level = self._next.get(user, 0)
        self._sent[user] = level
        return level

    def identity_level(self, alias: User, user: User, *, after_user: bool = False) -> int:
        """The level of an identity that ties the alias to the user now; `after_user`: and not before what the user has sent."""
        earliest = max(self._identify_from.get(alias, 0), self._identify_from.get(user, 0))
        if after_user:
            earliest = max(earliest, self._sent.get(user, -1) + 1)
        level = max(self._sent.get(alias, -1) + 1, earliest)
        _raise(self._next, (alias, user), level)
        _raise(self._named, (alias, user), level)
        # Braze promises no order inside a request, so a second identity of one alias waits for the next one.
        _raise(self._identify_from, (alias,), level + 1)
        _raise(self._identify_from, (user,), level)
        return level

    def merge_level(self, gone: User, kept: User) -> int:
        """The level of a merge that is asked for now; merges never overtake each other."""
        touched = max(self._touched(gone), self._touched(kept))
        free = max(self._merge_away_from.get(gone, 0), self._keep_from.get(kept, 0))
        level = self._merged = max(self._merged, touched, free)
        _raise(self._named, (gone, kept), level)
        _raise(self._identify_from, (gone, kept), level + 1)
        # Merges of one request have no order either: a chain of them takes several requests.
        _raise(self._merge_away_from, (gone, kept), level + 1)
        _raise(self._keep_from, (gone,), level + 1)
        return level

    def subscription_level(self, users: Iterable[User]) -> int:
        """The level of a subscription state that names these users now."""
        named = tuple(users)
        level = max((self._touched(user) for user in named), default=0)
        _raise(self._named, named, level)
        return level

    def sent_since(self, alias: User, level: int) -> bool:
        """Whether the alias has sent anything at this level or later."""
        return self._sent.get(alias, -1) >= level

    def touched_since(self, user: User, level: int) -> bool:
        """Whether anything later than this level names the user."""
        return self._touched(user) > level

    def _touched(self, user: User) -> int:
        return max(self._sent.get(user, 0), self._named.get(user, 0))


def _raise(levels: dict[User, int], users: Iterable[User], level: int) -> None:
    for user in users:
        if levels.get(user, -1) < level:
            levels[user] = level
