"""`hybrid-router import`: RudderStack's config formats → our connection file."""

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML

from policies.connection import Workspace
from policies.secret import Secret
from policies.unread_secrets import without_unread_secrets
from router.config.connections import workspace_of
from router.config.document import Document
from router.config.draft import Imported
from router.config.formats import read_config
from router.config.problems import Located
from router.errors import ConfigInvalid
from router.visible import visible

_EXAMPLE = """\b
Example:
  hybrid-router import workspaceConfig.json > connections.yaml
"""
_INVALID = 3


@click.command("import", epilog=_EXAMPLE)
@click.argument("file", metavar="FILE")
@click.option("--output", "-o", metavar="FILE", help="Write the connection file here instead of to standard output.")
def import_(file: str, output: str | None) -> int:
    """Convert a RudderStack config to a connection file.

    FILE is a workspaceConfig or sourceConfig (JSON), or a rudder-cli YAML file or a folder of them. What is out of scope or
    contradicts itself is reported on standard error. REST keys are written as `env.NAME`, never as they stand.
    """
    try:
        imported = read_config(file)
        workspace = workspace_of(imported.document)
    except ConfigInvalid as invalid:
        _report(invalid.problems, "error")
        return _INVALID
    _report((*imported.notes, *_unknown(workspace, imported.document)), "note")
    text = _header(file) + _yaml(_without_secrets(imported, workspace))
    if output is None:
        sys.stdout.write(text)
    else:
        Path(output).write_text(text, encoding="utf-8")
    return 0


def _report(problems: tuple[Located, ...], level: str) -> None:
    for problem in problems:
        click.echo(f"{level}: {visible(str(problem))}", err=True)


def _unknown(workspace: Workspace, document: Document) -> tuple[Located, ...]:
    return tuple(document.locate(problem) for problem in workspace.unknown)


def _without_secrets(imported: Imported, workspace: Workspace) -> dict[str, Any]:
    data = dict(imported.document.data)
    data["destinations"] = [
        _masked(destination, known.rest_api_key)
        for destination, known in zip(data["destinations"], workspace.destinations, strict=True)
    ]
    return data


def _masked(destination: Mapping[str, Any], key: Secret | None) -> dict[str, Any]:
    """A literal key becomes a variable named after the destination; what only sounds like a key is left out."""
    destination = {**destination, "config": without_unread_secrets(destination["config"])}
    if key is None or key.variable:
        return dict(destination)
    name = "".join(char if char.isalnum() else "_" for char in destination["id"]).upper()
    click.echo(
        f"note: destination `{visible(destination['id'])}`: put its REST key into the environment variable BRAZE_REST_KEY_{name}",
        err=True,
    )
    return {**destination, "config": {**destination["config"], "restApiKey": f"env.BRAZE_REST_KEY_{name}"}}


def _header(file: str) -> str:
    return f"# Imported by hybrid-router from {Path(file).name}.\n"


def _yaml(data: Mapping[str, Any]) -> str:
    stream, writer = io.StringIO(), YAML()
    writer.width = 120
    writer.dump(dict(data), stream)
    return stream.getvalue()


if __name__ == "__main__":
    sys.exit(import_(standalone_mode=False))
