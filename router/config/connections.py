"""Read a connection file, or a config in one of RudderStack's formats, into a typed Workspace."""

import socket
from collections.abc import Mapping
from pathlib import Path

from policies.connection import Workspace
from policies.problems import Invalid, Problem
from policies.workspace import parse_workspace
from router.config.document import Document
from router.config.formats import read_config
from router.errors import ConfigInvalid


def read_connections(path: str | Path) -> tuple[Workspace, Document]:
    """The workspace that a connection file describes, and the document it was read from; raises ConfigInvalid."""
    document = read_config(path).document
    return workspace_of(document), document


def place_of(path: str | Path) -> str:
    """Where a connection file is, among all processes: `host:/absolute/path`."""
    return f"{socket.gethostname()}:{Path(path).absolute()}"


def workspace_of(document: Document) -> Workspace:
    """The workspace that a document describes; raises ConfigInvalid with places."""
    try:
        return parse_workspace(document.data)
    except Invalid as invalid:
        raise ConfigInvalid([document.locate(problem) for problem in invalid.problems]) from invalid


def require_secrets(workspace: Workspace, document: Document, environment: Mapping[str, str]) -> None:
    """Raise ConfigInvalid for every REST key that delivery would need and that is missing or not in the environment."""
    if problems := missing_secrets(workspace, environment):
        raise ConfigInvalid([document.locate(problem) for problem in problems.values()])


def missing_secrets(workspace: Workspace, environment: Mapping[str, str]) -> dict[str, Problem]:
    """By destination, what is wrong with the REST key that delivery to it would need."""
    return {
        destination.id: problem
        for destination in workspace.destinations
        if (problem := _secret_problem(workspace, destination.id, environment))
    }


def _secret_problem(workspace: Workspace, destination_id: str, environment: Mapping[str, str]) -> Problem | None:
    connections = [item for item in workspace.connections if item.destination.id == destination_id]
    needed = [item for item in connections if item.destination.mode_for(item.source.type) != "device"]
    if not needed:
        return None
    destination = needed[0].destination
    at = f"{destination.pointer}/config/restApiKey"
    key = destination.rest_api_key
    if key is None:
        return Problem(
            pointer=at,
            message="there is no restApiKey, and events go to Braze by cloud",
            fix="add `restApiKey: env.NAME`",
        )
    if key.variable is not None and not environment.get(key.variable):
        return Problem(
            pointer=at,
            message=f"the environment variable `{key.variable}` is not set",
            fix=f"export {key.variable}=<the Braze REST key>",
        )
    return None
