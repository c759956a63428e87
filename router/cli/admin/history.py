"""`hybrid-router admin revisions`, `diff` and `audit`: what was changed, by whom, and why."""

from typing import Any

import click

from router.cli.admin.changes import difference_text, print_rows
from router.cli.admin.client import AdminClient, print_json


@click.command(epilog="Example: hybrid-router admin revisions web-shop:braze-eu")
@click.argument("connection", required=False)
@click.option("--count", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def revisions(client: AdminClient, connection: str | None, count: int, as_json: bool) -> None:
    """Changes of the connections, or of CONNECTION, newest first."""
    document = client.call("GET", f"connections/{connection}/revisions" if connection else "revisions", count=count)
    if as_json:
        print_json(document)
        return
    click.echo(f"in force: {document['current']}")
    rows = [_revision(change) for change in document["revisions"]]
    print_rows(("revision", "since", "by", "change", "target", "reason"), rows, none="no changes")


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
@click.option("--count", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--before", default="", help="The `next` of the page before.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def audit(client: AdminClient, count: int, before: str, as_json: bool) -> None:
    """What operators did, newest first."""
    document = client.call("GET", "audit", count=count, before=before)
    if as_json:
        print_json(document)
        return
    rows = [_entry(entry) for entry in document["entries"]]
    print_rows(("at", "who", "action", "target", "from", "to", "reason"), rows, none="nothing was done yet")
    if document["next"]:
        click.echo(f"more: --before {document['next']}")


def _revision(change: dict[str, Any]) -> tuple[str, ...]:
    return tuple(change[field] for field in ("revision", "at", "author", "action", "target", "reason"))


def _entry(entry: dict[str, Any]) -> tuple[str, ...]:
    act = entry["act"]
    return entry["at"], *[act.get(field, "") for field in ("who", "action", "target", "from", "to", "reason")]
