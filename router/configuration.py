"""What a process runs on: the connections of the store's current revision, with the keys of its own file and environment.

Literal keys never enter the store; a process takes them from its connection file, by destination.
"""

from collections.abc import Mapping

import msgspec

from policies.connection import Workspace, with_keys
from policies.workspace import parse_workspace
from router.errors import RouterError
from router.store.connections import Connections
from router.store.store import Store


class Configuration:
    """The connections and keys of one process. `place` names its file among those of all processes: host and path."""

    def __init__(self, store: Store, file: Workspace, environment: Mapping[str, str], *, place: str = "a file") -> None:
        self.revisions = Connections(store)
        self._place = place
        self.use(file, environment)

    def use(self, file: Workspace, environment: Mapping[str, str]) -> None:
        """Go by another connection file and other keys from now on."""
        self._file = file
        self.environment = environment

    async def adopt(self) -> Workspace:
        """Take the file over if it has changed since it was last read at its place; returns what is in force then."""
        current = await self.revisions.adopt(self._file, place=self._place)
        return self._file if current == self._file.revision else await self.workspace(current)

    async def newer_than(self, revision: str) -> Workspace | None:
        """What is in force now, or None when that is still `revision`."""
        current = await self.revisions.current()
        return await self.workspace(current) if current not in ("", revision) else None

    async def workspace(self, revision: str) -> Workspace:
        """The workspace of a revision, with this process's keys; raises RouterError when the store does not have it.

        It has the name that the store knows it by, also where an earlier version of the program kept something that is left out now.
        """
        document = await self.revisions.document(revision)
        if document is None:
            raise RouterError(f"the store does not have revision `{revision}` of the connections")
        return msgspec.structs.replace(self.with_keys(parse_workspace(document)), revision=revision)

    def with_keys(self, workspace: Workspace) -> Workspace:
        """A workspace that was written down, with the literal keys that this process knows."""
        keys = {item.id: key for item in self._file.destinations if (key := item.rest_api_key) and not key.variable}
        return with_keys(workspace, keys)
