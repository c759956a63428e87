"""What Braze has of each user's attributes, as far as this program has sent it: one record per destination and user.

A change is marked before it is sent and believed once Braze has accepted it, unless another one was under way meanwhile
(`scripts/traits.lua` has the rules). Records hold fingerprints, no values. Every call is one script on one key.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote, unquote

from router.braze.objects import User
from router.braze.trait_changes import Changes, Move
from router.braze.trait_dedup import Known
from router.braze.trait_values import UNKNOWN, Fingerprint, Key
from router.errors import StoreUnavailable

Token = bytes
"""Eight bytes that name one attempt to send a request."""

IN_FLIGHT_SECONDS = 600
"""How long an attempt whose end nobody reported may still be applied: far more than a request's timeout and Braze's own delay."""

MOST_LINKS = 16
"""Users that one alias may have been tied to; of users beyond, nothing is remembered."""

_MOST_KEYS = 1000
_DAY = 86_400

_Call = tuple[str, Sequence[str], Sequence[Any]]


class ScriptRunner(Protocol):
    """The part of Store that is needed here."""

    async def run(self, calls: Sequence[_Call]) -> list[Any]:
        """Run scripts in one pipeline; a result may be the exception its script raised."""


class TraitMemory:
    """The memory of one destination. Every operation may raise StoreUnavailable, and may then have happened in part."""

    def __init__(
        self,
        store: ScriptRunner,
        *,
        destination: str,
        days: int,
        max_attributes: int,
        in_flight_seconds: int = IN_FLIGHT_SECONDS,
    ) -> None:
        self._store = store
        self._destination = quote(destination, safe="")
        self._keep = days * _DAY
        self._max_attributes = max_attributes
        self._in_flight = in_flight_seconds
        self._era = ""

    async def read(self, asked: Mapping[User, Collection[Key]]) -> dict[User, Known]:
        """What is certain of these users, and of those that their links lead to; begins an era where there is none."""
        waiting = [(user, piece) for user, keys in asked.items() for piece in _pieces(sorted(keys))]
        known: dict[User, Known] = {}
        era, *answers = await self._run([self._era_call(uuid.uuid4().hex[:12]), *self._reads(waiting)])
        self._era = bytes(era).decode()
        while waiting:
            for (user, piece), answer in zip(waiting, answers, strict=True):
                known[user] = _merged(known.get(user), _known(piece, answer, era))
            linked = dict.fromkeys(link for user, _ in waiting for link in known[user].links)
            waiting = [(user, ()) for user in linked if user not in known]
            answers = await self._run(self._reads(waiting))
        return known

    async def mark(self, changes: Changes, *, token: Token) -> dict[User, set[Key]]:
        """These attributes are about to be sent: nothing is certain of them until the attempt is finished or expires.

        Returns the attributes of other users that are marked with them, since the objects may reach their profiles.
        """

        def call(user: User, values: Mapping[Key, Fingerprint]) -> _Call:
            return self._call(user, "mark", token, self._in_flight, self._max_attributes, *values)

        return await self._walk(changes, call)

    async def finish(self, changes: Changes, *, token: Token) -> None:
        """The attempt has ended: believe the values that are certain, unless another change was under way."""

        def call(user: User, values: Mapping[Key, Fingerprint]) -> _Call:
            return self._call(user, "finish", token, *(each for pair in values.items() for each in pair))

        await self._walk(changes, call)

    async def hold(self, moves: Iterable[Move], *, token: Token) -> None:
        """These profiles are about to be moved: the one is forgotten, of the other nothing new is believed until `release`."""
        moves = tuple(moves)
        linked = await self._run(
            [self._call(move.gone, "link", token, user_text(move.kept), MOST_LINKS) for move in moves]
        )
        await self._run([self._hold(move, token, *answer) for move, answer in zip(moves, linked, strict=True)])

    async def release(self, moves: Iterable[Move], *, token: Token) -> None:
        """The moves have been made, or will not be."""
        fillings = {move.kept: move.filling for move in moves}
        await self._run([self._call(user, "release", token, filling) for user, filling in fillings.items()])

    async def forget(self, users: Iterable[User]) -> None:
        """Forget users as a whole, after their deletion or when their profiles were changed by others."""
        await self._run([self._call(user, "forget", b"") for user in users])

    async def forget_all(self) -> None:
        """Forget every user of the destination, at once; needed when attributes are sent without being marked."""
        await self._run([self._era_call("")])

    async def _walk(
        self, changes: Changes, call: Callable[[User, Mapping[Key, Fingerprint]], _Call]
    ) -> dict[User, set[Key]]:
        """Make a call for each user, then for those whose profiles their objects may reach, where no value is certain."""
        waiting, reached = changes, dict[User, set[Key]]()
        while waiting:
            answers = await self._run([call(user, values) for user, values in waiting.items()])
            fresh: dict[User, set[Key]] = {}
            for values, answer in zip(waiting.values(), answers, strict=True):
                for user in _users(answer):
                    fresh.setdefault(user, set()).update(values.keys() - reached.get(user, set()))
            for user, keys in fresh.items():
                reached.setdefault(user, set()).update(keys)
            waiting = {user: dict.fromkeys(keys, UNKNOWN) for user, keys in fresh.items() if keys}
        return reached

    def _reads(self, asked: Iterable[tuple[User, Sequence[Key]]]) -> list[_Call]:
        return [self._call(user, "read", b"", *keys) for user, keys in asked]

    def _hold(self, move: Move, token: Token, full: int, latest: int, keys: Sequence[Key]) -> _Call:
        return self._call(move.kept, "hold", token, self._in_flight, move.filling, full, latest, *keys)

    def _era_call(self, era: str) -> _Call:
        return "traits_era", (f"hr:traits-era:{{{self._destination}}}",), (era,)

    def _call(self, user: User, operation: str, token: Token, *arguments: Any) -> _Call:
        key = f"hr:traits:{{{self._destination}:{user_text(user)}}}"
        return "traits", (key,), (operation, self._era, self._keep, token, *arguments)

    async def _run(self, calls: Sequence[_Call]) -> list[Any]:
        results = await self._store.run(calls) if calls else []
        for result in results:
            if isinstance(result, Exception):
                raise StoreUnavailable(f"trait memory: {result}") from result
        return results


def user_text(user: User) -> str:
    """A user in a key: an external id as it is, an alias as `<label>:<name>`; what would be ambiguous is percent-encoded."""
    parts = user if isinstance(user, tuple) else (user or "",)
    return ":".join(quote(part, safe="@+ ") for part in parts)


def _user(text: str) -> User:
    first, colon, second = text.partition(":")
    return (unquote(first), unquote(second)) if colon else unquote(first)


def _users(links: bytes) -> tuple[User, ...]:
    return tuple(_user(line) for line in links.decode().splitlines())


def _pieces(keys: Sequence[Key]) -> list[Sequence[Key]]:
    return [keys[start : start + _MOST_KEYS] for start in range(0, len(keys), _MOST_KEYS)] or [()]


def _known(keys: Sequence[Key], answer: Sequence[bytes], era: bytes) -> Known:
    written_in, links, *values = answer
    trusted = dict(zip(keys, values, strict=True)) if written_in == era else {}
    return Known(values={key: value for key, value in trusted.items() if value}, links=_users(links))


def _merged(one: Known | None, other: Known) -> Known:
    return Known(values={**one.values, **other.values}, links=other.links) if one else other
