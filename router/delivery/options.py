"""The transform options that were in force when an event was decided, by revision and source."""

from policies.connection import Workspace
from policies.workspace import parse_workspace
from router.braze.options import TransformOptions
from router.errors import RouterError
from router.store.connections import Connections
from router.store.store import Store


class Revisions:
    """Finds the options of a revision: the one in force, or an earlier one kept in the store."""

    def __init__(self, store: Store, current: Workspace) -> None:
        self._connections = Connections(store)
        self._workspaces = {current.revision: current}
        self._options: dict[tuple[str, str, str], TransformOptions] = {}

    async def options(self, *, revision: str, source: str, destination: str) -> TransformOptions:
        """Options of one connection in one revision; raises RouterError when the store has lost the revision."""
        key = (revision, source, destination)
        if key not in self._options:
            self._options[key] = _options_of(await self._workspace(revision), source, destination)
        return self._options[key]

    async def _workspace(self, revision: str) -> Workspace:
        if revision not in self._workspaces:
            document = await self._connections.document(revision)
            if document is None:
                raise RouterError(f"the store does not have revision `{revision}` of the connections")
            self._workspaces[revision] = parse_workspace(document)
        return self._workspaces[revision]


def _options_of(workspace: Workspace, source: str, destination: str) -> TransformOptions:
    for connection in workspace.connections_of(source):
        if connection.destination.id == destination:
            return TransformOptions.from_config(connection.destination.config_for(connection.source.type))
    raise RouterError(f"revision `{workspace.revision}` has no connection `{source}:{destination}`")
