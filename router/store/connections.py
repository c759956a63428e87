"""Revisions of the connections: immutable documents, which one is current, and the history of changes.

A document never changes once it is kept, and none is ever removed: queued events name the revision that decided them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from policies.connection import Workspace, as_document
from policies.unread_secrets import without_unread_secrets
from router.errors import RouterError, StoreUnavailable
from router.store import keys
from router.store.audit import Act, moment
from router.store.store import Store

ANY = "*"
"""In place of a revision: whichever is current."""
_MOST_CHANGES = 10_000
_DONE, _KNOWN_FROM_ELSEWHERE = 1, 2
"""What the script answers."""
_BY_FILE = Act(who="connection file", role="admin", action="connections.read", target="connections")

log = structlog.get_logger()


class Moved(RouterError):
    """Another revision is current than the one that the change was made for."""

    def __init__(self, current: str) -> None:
        super().__init__(f"the current revision is `{current}`")
        self.current = current


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How a revision became the current one."""

    id: str = ""
    at: str = ""
    revision: str
    parent: str
    """The revision before it; empty for the first."""
    author: str
    action: str
    target: str
    reason: str = ""
    request_id: str = ""


class Connections:
    """The revisions of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def current(self) -> str:
        """Name of the current revision; empty before the first."""
        return _text(await self._store.command("GET", keys.CURRENT_REVISION))

    async def document(self, name: str) -> Mapping[str, Any] | None:
        """The connection document of a revision, or None where there is none of that name.

        Keys that sound like secrets and are not read are left out: an earlier version of the program kept them.
        """
        stored = await self._store.command("GET", keys.revision(name))
        return _readable(msgspec.json.decode(stored)) if stored else None

    async def commit(self, workspace: Workspace, act: Act, *, expected: str = ANY) -> str:
        """Make a workspace the current revision; returns the id of the change. Raises Moved when `expected` is not current."""
        await self._keep(workspace)
        done, answer = await self._revise(workspace.revision, act, expected=expected)
        if done != _DONE:
            raise Moved(answer)
        return answer

    async def adopt(self, workspace: Workspace, *, place: str = "a file") -> str:
        """Take a connection file over where it has changed since it was read at that place; returns the revision that is current then.

        A file that has not changed since undoes neither what operators switched meanwhile, nor what another place's file says.
        """
        await self._keep(workspace)
        act = msgspec.structs.replace(_BY_FILE, after=workspace.revision)
        done, answer = await self._revise(workspace.revision, act, place=place)
        if done == _KNOWN_FROM_ELSEWHERE:
            log.warning(
                "the connection file is not in force: an earlier one, read for the first time at this place",
                place=place,
                file=workspace.revision,
                revision=answer,
                fix="where it is to be in force: hybrid-router admin connections replace FILE",
            )
        return workspace.revision if done == _DONE else answer

    async def history(self, *, count: int = _MOST_CHANGES, before: str = "") -> list[Change]:
        """Changes, newest first; `before` is the id of the last one seen."""
        end = f"({before}" if before else "+"
        found = await self._store.command("XREVRANGE", keys.HISTORY, end, "-", "COUNT", count)
        return [_change(stream_id.decode(), fields[b"change"]) for stream_id, fields in found]

    async def _keep(self, workspace: Workspace) -> None:
        document = msgspec.json.encode(as_document(workspace))
        await self._store.command("SET", keys.revision(workspace.revision), document, "NX")

    async def _revise(self, name: str, act: Act, *, expected: str = ANY, place: str = "") -> tuple[int, str]:
        change = Change(
            revision=name,
            parent=act.before,
            author=act.who,
            action=act.action,
            target=act.target,
            reason=act.reason,
            request_id=act.request_id,
        )
        names = (keys.CURRENT_REVISION, keys.HISTORY, keys.AUDIT, keys.CONNECTION_FILES)
        arguments = (expected, name, msgspec.json.encode(change), msgspec.json.encode(act), place)
        (result,) = await self._store.run([("revise", names, arguments)])
        if isinstance(result, Exception):
            raise StoreUnavailable(str(result)) from result
        done, answer = result
        return int(done), _text(answer)


def _readable(document: Mapping[str, Any]) -> Mapping[str, Any]:
    destinations = [
        {**item, "config": without_unread_secrets(item.get("config") or {})} for item in document["destinations"]
    ]
    return {**document, "destinations": destinations}


def _change(stream_id: str, stored: bytes) -> Change:
    change = msgspec.json.decode(stored, type=Change)
    return msgspec.structs.replace(change, id=stream_id, at=moment(stream_id))


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
