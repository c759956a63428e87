"""`hybrid-router matrix`: every decision of a connection file, or what changes between two."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import click
import msgspec

from policies.capabilities import Mode, SourceType
from policies.connection import Workspace, with_modes
from policies.matrix import Changes, Matrix, lane_changes
from policies.matrix import matrix as matrix_of
from router.cli.exit_codes import ExitCode
from router.cli.options import parse_modes
from router.cli.scope import Scope, scope_options
from router.config.connections import read_connections
from router.matrix.page import Page, changes_page, matrix_page
from router.matrix.reports import csv, html, markdown, text

_EXAMPLE = """\b
Example:
  hybrid-router matrix -c fixtures/connections/quickstart.yaml
  hybrid-router matrix -c fixtures/connections/quickstart.yaml --to web=device --format markdown
"""
Format = Literal["text", "csv", "markdown", "json", "html"]


class _Sides(NamedTuple):
    """Two workspaces, and what to call them."""

    before: Workspace
    after: Workspace
    names: tuple[str, str]


@click.command("matrix", epilog=_EXAMPLE)
@click.option("--connection", "-c", "connection_file", metavar="FILE", help="Connection file (YAML or JSON).")
@click.option("--diff", nargs=2, metavar="A B", help="What changes from connection file A to B, instead of one matrix.")
@click.option(
    "--to",
    multiple=True,
    callback=parse_modes,
    metavar="T=M",
    help="What changes when a source type is switched to another mode, e.g. web=device. Several times.",
)
@scope_options
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "csv", "markdown", "json", "html")),
    default="text",
    show_default=True,
    help="Report format.",
)
@click.option("--detailed-exitcode", is_flag=True, help="With --diff or --to: exit with 2 where something changes.")
def matrix(
    connection_file: str | None,
    diff: tuple[str, str] | None,
    to: dict[SourceType, Mode],
    format_: Format,
    detailed_exitcode: bool,
    **scope: object,
) -> int:
    """Enumerate every event that the rules of a connection file tell apart, and print what happens to it, folded into few rows."""
    chosen = msgspec.convert(scope, Scope)
    sides = _sides(connection_file, diff, to)
    if sides is not None:
        changes = lane_changes(sides.before, sides.after, chosen.lanes(sides.before), chosen.lanes(sides.after))
        _print(changes, changes_page(changes, *sides.names), format_)
        return ExitCode.CHANGES if changes.sections and detailed_exitcode else ExitCode.OK
    if connection_file is None:
        raise click.UsageError("give a connection file with -c FILE, or two with --diff A B")
    workspace, _ = read_connections(connection_file)
    found = matrix_of(workspace, chosen.lanes(workspace))
    _print(found, matrix_page(found, connection_file), format_)
    return ExitCode.OK


def _sides(file: str | None, diff: tuple[str, str] | None, to: Mapping[SourceType, Mode]) -> _Sides | None:
    if diff and (file or to):
        raise click.UsageError("--diff A B names both files; leave out -c and --to")
    if diff:
        (before, _), (after, _) = map(read_connections, diff)
        return _Sides(before, after, diff)
    if file and to:
        now, _ = read_connections(file)
        return _Sides(now, with_modes(now, to), (file, ", ".join(f"{kind}={mode}" for kind, mode in to.items())))
    return None


def _print(found: Matrix | Changes, page: Page, format_: Format) -> None:
    renderers: Mapping[Format, Callable[[], str]] = {
        "text": lambda: text.render(page),
        "csv": lambda: csv.render_matrix(found) if isinstance(found, Matrix) else csv.render_changes(found),
        "markdown": lambda: markdown.render(page),
        "json": lambda: msgspec.json.format(msgspec.json.encode(found)).decode() + "\n",
        "html": lambda: html.render(page),
    }
    click.echo(renderers[format_](), nl=False)
