"""`hybrid-router schema`: JSON Schemas, so that editors complete and check files as they are written."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Literal

import click
import msgspec

from router.schemas import connection_schema, suite_schema

_EXAMPLE = """\b
Example:
  hybrid-router schema suite > suite.schema.json
  # then, as the first line of a suite: # yaml-language-server: $schema=suite.schema.json
"""
Kind = Literal["suite", "connection"]
SCHEMAS: Mapping[Kind, Callable[[], dict[str, Any]]] = {"suite": suite_schema, "connection": connection_schema}


@click.command("schema", epilog=_EXAMPLE)
@click.argument("kind", type=click.Choice(tuple(SCHEMAS)))
def schema(kind: Kind) -> None:
    """Print the JSON Schema of policy suites or of connection files."""
    click.echo(schema_text(kind), nl=False)


def schema_text(kind: Kind) -> str:
    """A schema as a file holds it."""
    return msgspec.json.format(msgspec.json.encode(SCHEMAS[kind]()), indent=2).decode() + "\n"


if __name__ == "__main__":
    from router.cli.main import main

    sys.exit(main(["schema", *sys.argv[1:]]))
