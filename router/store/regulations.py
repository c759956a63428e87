"""Data regulations in the store: documents that never change, who is linked to whom, and how far deletions have come.

All keys share one hash tag, so that a regulation, its suppression and its deletion are one write.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from router.errors import LeaseLost, RouterError, StoreUnavailable
from router.regulations.progress import Deletion
from router.regulations.regulation import MOST_LINKS, Links, Regulation
from router.regulations.suppressions import Link
from router.store.store import Store

MOST_SUPPRESSED = 500_000
"""Users that all regulations in force may name together: every process keeps them in memory."""

LEASE_MILLISECONDS = 6_000
"""A request to Braze may last longer; then another process asks for the same users again, which does no harm."""
_MOST_CHANGES = 20
_KEYS = tuple(
    f"hr:{{regulations}}:{name}"
    for name in (
        "state", "documents", "changed", "order", "cancelled", "links", "linked", "open", "deletions", "lease",
    )
)  # fmt: skip
_LEASE = _KEYS[-1]
_FENCE = "hr:{regulations}:fence"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A regulation as it stands."""

    regulation: Regulation
    cancelled_at: str
    """Empty = in force."""
    deletion: Deletion | None


class Changes(msgspec.Struct, frozen=True):
    """What changed since a version."""

    version: int
    regulations: Sequence[tuple[str, Regulation | None]]
    """By id; None = cancelled."""
    links: Sequence[tuple[str, tuple[str, ...]]]
    """Users, each with all its anonymous ids."""


class NoSuchRegulation(RouterError):
    """There is no regulation with that id."""


class TooManySuppressed(RouterError):
    """The regulations in force would name more users than the processes keep in memory."""


class Cancelled(RouterError):
    """The regulation was cancelled meanwhile; its deletion stops."""


class Regulations:
    """The regulations of one store. Every operation raises StoreUnavailable when the server does not answer."""

    def __init__(self, store: Store, *, most_suppressed: int = MOST_SUPPRESSED) -> None:
        self._store = store
        self._most_suppressed = most_suppressed

    async def create(self, regulation: Regulation, links: Links) -> None:
        """Put a regulation into force and begin its deletion; raises TooManySuppressed."""
        deletion = Deletion.of(regulation.destination_ids)
        created = await self._run(
            "create",
            regulation.id,
            msgspec.json.encode(regulation),
            msgspec.json.encode(deletion) if deletion else "",
            len(regulation.user_ids),
            self._most_suppressed,
        )
        if not created:
            raise TooManySuppressed(f"the regulations in force may name {self._most_suppressed:,} users together")
        await self.link([(user, each) for user, stated in links.items() for each in stated])

    async def cancel(self, regulation: Regulation, *, at: str, unlinked: Sequence[str]) -> bool:
        """Take a regulation out of force, and forget the links of users; False when it was cancelled before."""
        result = await self._run("cancel", regulation.id, at, len(regulation.user_ids), *unlinked)
        return bool(result == 1)

    async def link(self, links: Sequence[Link]) -> None:
        """Remember anonymous ids of users."""
        gathered: dict[str, list[str]] = {}
        for user, anonymous_id in links:
            gathered.setdefault(user, []).append(anonymous_id)
        if gathered:
            await self._run_all([("link", user, MOST_LINKS, *each) for user, each in gathered.items()])

    async def changes(self, *, since: int) -> Changes:
        """Some of what changed since a version; ask again with the version reached until that is the same."""
        version, documents, links = await self._run("changes", since, _MOST_CHANGES)
        return Changes(
            int(version),
            [(name.decode(), _document(text)) for name, text in _pairs(documents)],
            [(user.decode(), tuple(lines.decode().splitlines())) for user, lines in _pairs(links)],
        )

    async def newest(self, *, after: str, count: int) -> list[Kept]:
        """Regulations, newest first; `after` is the id of the last one seen, or empty."""
        return [_kept(row) for row in await self._run("list", after, count)]

    async def show(self, regulation_id: str) -> Kept:
        """One regulation; raises NoSuchRegulation."""
        rows = await self._run("show", regulation_id)
        if not rows:
            raise NoSuchRegulation(f"there is no regulation `{regulation_id}`")
        return _kept(rows[0])

    async def open(self) -> list[str]:
        """The ids of regulations whose deletion is not finished, oldest first."""
        return [name.decode() for name in await self._run("open")]

    async def lease(self, owner: str, *, token: str) -> str:
        """Take or renew the right to delete, which one process has at a time; the token, or empty."""
        (result,) = await self._store.run([("lease", (_LEASE, _FENCE), (owner, LEASE_MILLISECONDS, token))])
        return bytes(_checked(result)).decode()

    async def release(self, token: str) -> None:
        """Give that right back."""
        await self._store.run([("release", (_LEASE,), (token,))])

    async def save(self, regulation_id: str, deletion: Deletion, *, token: str) -> None:
        """Note how far a deletion has come; raises LeaseLost, Cancelled."""
        finished = "1" if deletion.finished else "0"
        result = await self._run("progress", token, regulation_id, msgspec.json.encode(deletion), finished)
        if result == 0:
            raise LeaseLost("another process deletes now")
        if result == -1:
            raise Cancelled(f"regulation `{regulation_id}` was cancelled")

    async def _run(self, *arguments: Any) -> Any:
        (result,) = await self._run_all([arguments])
        return result

    async def _run_all(self, calls: Sequence[Sequence[Any]]) -> list[Any]:
        results = await self._store.run([("regulations", _KEYS, arguments) for arguments in calls])
        return [_checked(result) for result in results]


def _checked(result: Any) -> Any:
    if isinstance(result, Exception):
        raise StoreUnavailable(f"regulations: {result}") from result
    return result


def _pairs(flat: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _document(text: bytes) -> Regulation | None:
    return msgspec.json.decode(text, type=Regulation) if text else None


def _kept(row: Sequence[bytes]) -> Kept:
    _, document, cancelled, deletion = row
    return Kept(
        regulation=msgspec.json.decode(document, type=Regulation),
        cancelled_at=cancelled.decode(),
        deletion=msgspec.json.decode(deletion, type=Deletion) if deletion else None,
    )
