"""`hybrid-router admin revisions`, `diff` and `audit`: what was changed, by whom, and why."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from router.cli.admin.changes import difference_text, print_rows
from router.cli.admin.client import AdminClient, print_json

_F = TypeVar("_F", bound=Callable[..., Any])


def _paged(command: _F) -> _F:
    """`--count`, `--before` and `--json`."""
    options = (
        click.option("--count", type=click.IntRange(1, 1000), default=20, show_default=True),
        click.option("--before", default="", help="The `next` of the page before."),
        click.option("--json", "as_json", is_flag=True, help="Print the API's document."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command(epilog="Example: hybrid-router admin revisions web-shop:braze-eu")
@click.argument("connection", required=False)
@_paged
@click.pass_obj
def revisions(client: AdminClient, connection: str | None, count: int, before: str, as_json: bool) -> None:
    """Changes of the connections, or of CONNECTION, newest first."""
    path = f"connections/{connection}/revisions" if connection else "revisions"
    document = client.call("GET", path, count=count, before=before)
    if as_json:
        print_json(document)
        return
    click.echo(f"in force: {document['current']}")
    rows = [_revision(change) for change in document["revisions"]]
    print_rows(("revision", "since", "by", "change", "target", "reason"), rows, none="no changes")
    _point_to_more(document)


@click.command(epilog="Example: hybrid-router admin diff 4f1c0a9b77de current")
@click.argument("before", metavar="REVISION")
@click.argument("after", metavar="REVISION", default="current")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def diff(client: AdminClient, before: str, after: str, as_json: bool) -> None:
    """What differs between two revisions; `current` is the one in force."""
    document = client.call("GET", f"revisions/{before}..{after}")
    if as_json:
        print_json(document)
        return
    click.echo("\n".join(map(difference_text, document["differences"])) or "no difference")


@click.command(epilog="Example: hybrid-router admin audit --count 50")
@_paged
@click.pass_obj
def audit(client: AdminClient, count: int, before: str, as_json: bool) -> None:
    """What operators did, newest first."""
    document = client.call("GET", "audit", count=count, before=before)
    if as_json:
        print_json(document)
        return
    rows = [_entry(entry) for entry in document["entries"]]
    print_rows(("at", "who", "action", "target", "from", "to", "reason"), rows, none="nothing was done yet")
    _point_to_more(document)


def _point_to_more(document: dict[str, Any]) -> None:
    if document["next"]:
        click.echo(f"more: --before {document['next']}")


def _revision(change: dict[str, Any]) -> tuple[str, ...]:
    return tuple(change[field] for field in ("revision", "at", "author", "action", "target", "reason"))


def _entry(entry: dict[str, Any]) -> tuple[str, ...]:
    act = entry["act"]
    return entry["at"], *[act.get(field, "") for field in ("who", "action", "target", "from", "to", "reason")]
