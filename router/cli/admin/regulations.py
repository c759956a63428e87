"""`hybrid-router admin regulations`."""

from pathlib import Path
from typing import Any

import click

from router.cli.admin.client import AdminClient, print_json

_MOST_USERS = 1000


@click.group(epilog="Example: hybrid-router admin regulations create --user u-1 --destination braze-eu")
def regulations() -> None:
    """Users who are no longer processed: suppress them, delete them at Braze, see how far that is, cancel."""


@regulations.command(
    epilog="Example: hybrid-router admin regulations create --users-file erase.txt --destination braze-eu"
)
@click.option("--user", "users", multiple=True, help="A userId; may be given several times.")
@click.option(
    "--users-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with one userId a line.",
)
@click.option("--source", "sources", multiple=True, help="Suppress only events of this source. [default: all]")
@click.option("--destination", "destinations", multiple=True, help="Also delete the users at this destination.")
@click.pass_obj
def create(
    client: AdminClient,
    users: tuple[str, ...],
    users_file: Path | None,
    sources: tuple[str, ...],
    destinations: tuple[str, ...],
) -> None:
    """Suppress users from now on; with --destination, delete them there too, which cannot be undone.

    A thousand users make one regulation; more make several.
    """
    named = [*users, *_lines(users_file)]
    if not named:
        raise click.UsageError("give --user or --users-file")
    body: dict[str, Any] = {"regulationType": "suppress_with_delete" if destinations else "suppress"}
    body |= {"sourceIds": list(sources)} if sources else {}
    body |= {"destinationIds": list(destinations)} if destinations else {}
    for start in range(0, len(named), _MOST_USERS):
        listed = [{"userId": user} for user in named[start : start + _MOST_USERS]]
        print_json(client.call("POST", "regulations", {**body, "users": listed}))


@regulations.command("list", epilog="Example: hybrid-router admin regulations list --count 20")
@click.option("--count", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--after", default="", metavar="CURSOR", help="Go on after the `after_cursor` of an earlier list.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def list_regulations(client: AdminClient, count: int, after: str, as_json: bool) -> None:
    """The newest regulations, newest first."""
    document = client.call("GET", "regulations", count=count, after_cursor=after)
    if as_json:
        print_json(document)
    else:
        print_regulations(document)


@regulations.command(epilog="Example: hybrid-router admin regulations show 0d8f4f0e-3d5c-4b7e-9c60-5f3b1d2b9a11")
@click.argument("regulation_id", metavar="ID")
@click.pass_obj
def show(client: AdminClient, regulation_id: str) -> None:
    """One regulation, with where each user stands at each destination."""
    print_json(client.call("GET", f"regulations/{regulation_id}"))


@regulations.command(epilog="Example: hybrid-router admin regulations cancel 0d8f4f0e-3d5c-4b7e-9c60-5f3b1d2b9a11")
@click.argument("regulation_id", metavar="ID")
@click.pass_obj
def cancel(client: AdminClient, regulation_id: str) -> None:
    """Lift a suppression; a deletion stops where it is, and who has been deleted stays deleted."""
    print_json(client.call("DELETE", f"regulations/{regulation_id}"))


def _lines(file: Path | None) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines() if file else []
    return [line.strip() for line in lines if line.strip()]


def print_regulations(document: dict[str, Any]) -> None:
    """A page as a table."""
    from rich.console import Console
    from rich.table import Column, Table

    from router.visible import markup

    table = Table(
        Column("id", no_wrap=True),
        Column("created at", no_wrap=True),
        "type",
        "users",
        "sources",
        "destinations",
        "status",
        box=None,
        pad_edge=False,
        header_style="dim",
    )
    for row in document["regulations"]:
        cells = (
            row["id"],
            row["createdAt"],
            row["regulationType"],
            f"{row['userCount']:,}",
            ", ".join(row["sourceIds"]) or "all",
            ", ".join(row["destinationIds"]),
            row["status"],
        )
        table.add_row(*map(markup, cells))
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=200)
    console.print(table if document["regulations"] else "no regulations")
    if document["after_cursor"]:
        console.print(f"more: --after {document['after_cursor']}")
