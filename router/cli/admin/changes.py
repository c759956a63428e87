"""What the commands that change connections share: their options, and how a change is shown."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from router.cli.admin.client import print_json
from router.visible import visible, visible_json

_F = TypeVar("_F", bound=Callable[..., Any])


def change_options(command: _F) -> _F:
    """`--reason`, `--dry-run`, `--if-match`, `--force`, `--json`."""
    options = (
        click.option("--reason", required=True, help="Why; it is kept in history and audit log."),
        click.option("--dry-run", is_flag=True, help="Say what would change; change nothing."),
        click.option("--if-match", metavar="REVISION", help="Change only if this revision is in force."),
        click.option("--force", is_flag=True, help="Take destinations away even if units are queued for them."),
        click.option("--json", "as_json", is_flag=True, help="Print the API's document."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def print_changed(document: dict[str, Any], *, as_json: bool, **_: Any) -> None:
    """A change: from which revision to which, whom it affects, value by value."""
    if as_json:
        print_json(document)
        return
    word = "would change" if document["dry_run"] else "changed"
    target = visible(document["target"])
    if not document["changed"]:
        click.echo(f"{target}: {document['note']}")
        return
    if document.get("matrix"):
        click.echo(_summary(document["matrix"]))
    click.echo(f"{target}: {word} {document['from']} → {document['to']}")
    for item in document["differences"]:
        click.echo(f"  {difference_text(item)}")
    click.echo(f"affects {visible(', '.join(document['affects'])) or 'no connection'}")
    for finding in document["findings"]:
        fix = f"; {finding['fix']}" if finding.get("fix") else ""
        click.echo(
            f"{finding['severity']}[{finding['rule']}] {visible(finding['pointer'] + ': ' + finding['message'] + fix)}"
        )
    for name, units in document["left_behind"].items():
        click.echo(f"{units} units for {visible(name)} stay in its queue until it is back")
    if backlog := document.get("backlog"):
        click.echo(f"{document['queued']} units are queued: {backlog}")
    if document.get("matrix"):
        _print_matrix(document["matrix"])
    if document.get("traffic"):
        _print_traffic(document["traffic"])
    click.echo(document["note"])


def _summary(document: dict[str, Any]) -> str:
    import msgspec

    from policies.matrix import Changes
    from router.matrix.summary import summary

    return visible(summary(msgspec.convert(document, Changes)))


def _print_matrix(document: dict[str, Any]) -> None:
    import msgspec

    from policies.matrix import Changes
    from router.matrix.page import changes_page
    from router.matrix.reports import text

    changes = msgspec.convert(document, Changes)
    click.echo()
    click.echo(text.render(changes_page(changes, "what is in force", "what would be")))


def _print_traffic(document: dict[str, Any]) -> None:
    import msgspec

    from router.simulation.plan.report import Plan
    from router.simulation.plan.reports import text

    click.echo(text.render(msgspec.convert(document, Plan)))


def difference_text(item: dict[str, Any]) -> str:
    """One value that differs, on one line."""
    at = visible(item["pointer"])
    if "before" not in item:
        return f"+ {at}: {_json(item['after'])}"
    if "after" not in item:
        return f"- {at}: {_json(item['before'])}"
    return f"~ {at}: {_json(item['before'])} → {_json(item['after'])}"


def print_rows(header: Sequence[str], rows: Iterable[Sequence[str]], *, none: str) -> None:
    """A table that fits its content where nobody's terminal limits it."""
    from rich.console import Console
    from rich.table import Table

    from router.visible import markup

    table = Table(*header, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        table.add_row(*[markup(cell) for cell in row])
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=250)
    console.print(table if table.row_count else none)


def _json(value: Any) -> str:
    return visible_json(json.dumps(value, ensure_ascii=False))
