"""`hybrid-router admin dead-letters`."""

from typing import Any

import click

from router.cli.admin.client import AdminClient, print_json


@click.group("dead-letters", epilog="Example: hybrid-router admin dead-letters list --count 20")
def dead_letters() -> None:
    """Events that cannot be delivered: list, show, retry, discard."""


@dead_letters.command("list", epilog="Example: hybrid-router admin dead-letters list --destination braze-eu")
@click.option("--count", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--destination", default="", help="Only letters for this destination.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def list_letters(client: AdminClient, count: int, destination: str, as_json: bool) -> None:
    """The newest letters, newest first."""
    document = client.call("GET", "dead-letters", count=count, destination=destination)
    if as_json:
        print_json(document)
        return
    _print_letters(document["dead_letters"])


@dead_letters.command("show", epilog="Example: hybrid-router admin dead-letters show 3-1795521544924-0")
@click.argument("letter_id", metavar="ID")
@click.pass_obj
def show_letter(client: AdminClient, letter_id: str) -> None:
    """One letter, whole."""
    print_json(client.call("GET", f"dead-letters/{letter_id}"))


@dead_letters.command("retry", epilog="Example: hybrid-router admin dead-letters retry 3-1795521544924-0")
@click.argument("letter_ids", metavar="ID…", nargs=-1, required=True)
@click.pass_obj
def retry_letters(client: AdminClient, letter_ids: tuple[str, ...]) -> None:
    """Put letters back at the end of their queues, in the order given."""
    for letter_id in letter_ids:
        print_json(client.call("POST", f"dead-letters/{letter_id}/retry"))


@dead_letters.command(
    "discard", epilog="Example: hybrid-router admin dead-letters discard 3-1795521544924-0 --reason 'test data'"
)
@click.argument("letter_ids", metavar="ID…", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; it is logged.")
@click.pass_obj
def discard_letters(client: AdminClient, letter_ids: tuple[str, ...], reason: str) -> None:
    """Give letters up for good."""
    for letter_id in letter_ids:
        print_json(client.call("POST", f"dead-letters/{letter_id}/discard", {"reason": reason}))


def _print_letters(letters: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from router.visible import markup

    table = Table(
        Column("id", no_wrap=True),
        Column("died at", no_wrap=True),
        "destination",
        "type",
        "message",
        "rule",
        "why",
        box=None,
        pad_edge=False,
        header_style="dim",
    )
    for letter in letters:
        why = markup("; ".join(letter["errors"]))
        table.add_row(
            letter["id"],
            letter["died_at"],
            letter["destination"],
            letter["type"],
            letter["message_id"],
            letter["rule"],
            why,
        )
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=250)
    console.print(table if letters else "no dead letters")
