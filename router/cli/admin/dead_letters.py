"""`hybrid-router admin dead-letters`."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import click

from router.cli.admin.changes import print_rows
from router.cli.admin.client import AdminClient, NotThere, print_json
from router.store.letter_order import Place

_F = TypeVar("_F", bound=Callable[..., Any])
_PAGE = 1000


@click.group("dead-letters", epilog="Example: hybrid-router admin dead-letters list --count 20")
def dead_letters() -> None:
    """Events that cannot be delivered: list, show, retry, discard."""


@dead_letters.command("list", epilog="Example: hybrid-router admin dead-letters list --destination braze-eu --all")
@click.option("--count", type=click.IntRange(1), default=20, show_default=True)
@click.option("--all", "every", is_flag=True, help="Not only the newest --count.")
@click.option("--before", default="", metavar="ID", help="Only letters older than this one, be it there or gone.")
@click.option("--destination", default="", help="Only letters for this destination.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def list_letters(client: AdminClient, count: int, every: bool, before: str, destination: str, as_json: bool) -> None:
    """The newest letters, newest first."""
    most = None if every else count
    letters = list(islice(_letters(client, before=before, destination=destination, at_once=most), most))
    goes_on = letters[-1]["id"] if len(letters) == most else ""
    if as_json:
        readable, unreadable = (list(filter(test, letters)) for test in (_is_readable, _is_unreadable))
        print_json({"dead_letters": readable, "unreadable": unreadable, "next": goes_on})
        return
    header = ("id", "died at", "destination", "type", "message", "rule", "why")
    print_rows(header, map(_row, letters), none="no dead letters")
    if goes_on:
        click.echo(f"more: --before {goes_on}")


@dead_letters.command("show", epilog="Example: hybrid-router admin dead-letters show 3-1795521544924-0")
@click.argument("letter_id", metavar="ID")
@click.pass_obj
def show_letter(client: AdminClient, letter_id: str) -> None:
    """One letter, whole."""
    print_json(client.call("GET", f"dead-letters/{letter_id}"))


def _which(command: _F) -> _F:
    """`ID…`, or `--all` with `--destination`."""
    options = (
        click.argument("letter_ids", metavar="[ID…]", nargs=-1),
        click.option("--all", "every", is_flag=True, help="All letters that are there now, the oldest first."),
        click.option("--destination", default="", help="With --all: only letters for this destination."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dead_letters.command("retry", epilog="Example: hybrid-router admin dead-letters retry --all --destination braze-eu")
@_which
@click.pass_obj
def retry_letters(client: AdminClient, letter_ids: tuple[str, ...], every: bool, destination: str) -> None:
    """Put letters back at the end of their queues, in the order given."""
    _each(client, "retry", None, letter_ids, every=every, destination=destination)


@dead_letters.command(
    "discard", epilog="Example: hybrid-router admin dead-letters discard 3-1795521544924-0 --reason 'test data'"
)
@_which
@click.option("--reason", required=True, help="Why; it is kept in the audit log.")
@click.pass_obj
def discard_letters(
    client: AdminClient, letter_ids: tuple[str, ...], every: bool, destination: str, reason: str
) -> None:
    """Give letters up for good."""
    _each(client, "discard", {"reason": reason}, letter_ids, every=every, destination=destination)


def _letters(
    client: AdminClient, *, destination: str, before: str = "", at_once: int | None = None
) -> Iterator[dict[str, Any]]:
    """Every letter, newest first, page after page, those that are not readable among them; what is retried or discarded
    meanwhile shifts none."""
    count = min(at_once or _PAGE, _PAGE)
    while True:
        page = client.call("GET", "dead-letters", count=count, before=before, destination=destination)
        letters = page["dead_letters"] + page["unreadable"]
        yield from sorted(letters, key=lambda letter: Place.of(letter["id"]), reverse=True)
        before = page["next"]
        if not before:
            return


def _each(
    client: AdminClient,
    act: str,
    body: dict[str, Any] | None,
    letter_ids: Sequence[str],
    *,
    every: bool,
    destination: str,
) -> None:
    if bool(letter_ids) == every or (destination and not every):
        raise click.UsageError("give the ids of letters, or --all, which --destination narrows down")
    if not every:
        for letter_id in letter_ids:
            print_json(client.call("POST", f"dead-letters/{letter_id}/{act}", body))
        return
    found = list(_letters(client, destination=destination))
    newest_first = [letter["id"] for letter in found if _is_readable(letter)]
    done, gone = 0, 0
    for letter_id in reversed(newest_first):
        try:
            client.call("POST", f"dead-letters/{letter_id}/{act}", body)
            done += 1
        except NotThere:
            gone += 1  # somebody else was faster
    left = {"unreadable": len(found) - len(newest_first)} if len(found) > len(newest_first) else {}
    print_json({act: done, "gone_meanwhile": gone, **left})


def _is_readable(letter: dict[str, Any]) -> bool:
    return "message" in letter


def _is_unreadable(letter: dict[str, Any]) -> bool:
    return not _is_readable(letter)


def _row(letter: dict[str, Any]) -> tuple[str, ...]:
    if _is_unreadable(letter):
        return (
            letter["id"],
            *[""] * 5,
            f"not readable: {letter['size']} bytes of format {letter['format'] or 'unknown'}",
        )
    fields = ("id", "died_at", "destination", "type", "message_id", "rule")
    return *(letter[field] for field in fields), "; ".join(letter["errors"])
