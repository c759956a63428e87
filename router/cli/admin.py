"""`hybrid-router admin`: the admin API from the command line."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from router.cli.exit_codes import ExitCode
from router.errors import RouterError, ServiceUnreachable

_F = TypeVar("_F", bound=Callable[..., Any])
_URL = "HYBRID_ROUTER_ADMIN_URL"
_TOKEN = "HYBRID_ROUTER_ADMIN_TOKEN"


@click.group(epilog="Example: HYBRID_ROUTER_ADMIN_TOKEN=… hybrid-router admin status")
@click.option(
    "--url",
    default=lambda: os.environ.get(_URL, "http://127.0.0.1:8080"),
    help=f"Router to ask; or {_URL}. [default: http://127.0.0.1:8080]",
)
@click.option(
    "--token", default=lambda: os.environ.get(_TOKEN, ""), help=f"Bearer token; better {_TOKEN} than the command line."
)
@click.pass_context
def admin(context: click.Context, url: str, token: str) -> None:
    """Look after a running router: where every unit is, dead letters, pause and resume."""
    context.obj = AdminClient(url, token)


class AdminClient:
    """Calls of the admin API that raise errors a person can act on."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """The answer's document; raises RouterError with the API's own words, ServiceUnreachable when nobody answers."""
        import httpx

        if not self._token:
            raise RouterError(f"no token: set {_TOKEN} or give --token")
        try:
            answer = httpx.request(
                method,
                f"{self._url}/admin/v1/{path}",
                headers={"Authorization": f"Bearer {self._token}"},
                json=body,
                params=query,
                timeout=30.0,
                trust_env=False,
            )
            document: dict[str, Any] = answer.json()
        except httpx.TransportError as error:
            raise ServiceUnreachable(f"no answer from `{self._url}`: {error}") from error
        except ValueError as error:
            raise RouterError(f"`{self._url}` is no admin API: {answer.status_code}") from error
        if answer.is_error:
            detail = document.get("detail")
            raise RouterError(f"{document.get('title', answer.status_code)}" + (f": {detail}" if detail else ""))
        return document


@admin.command(epilog="Example: hybrid-router admin status --json")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def status(client: AdminClient, as_json: bool) -> int:
    """Where every accepted unit is. Exits 1 when the account does not add up."""
    document = client.call("GET", "status")
    if as_json:
        _print(document)
    else:
        _print_status(document)
    return ExitCode.OK if document["adds_up"] else ExitCode.TESTS_FAILED


@admin.command(epilog="Example: hybrid-router admin pause braze-eu")
@click.argument("destination")
@click.pass_obj
def pause(client: AdminClient, destination: str) -> None:
    """Hold DESTINATION: its events are accepted and queue up, nothing is sent."""
    _print(client.call("POST", f"destinations/{destination}/pause"))


@admin.command(epilog="Example: hybrid-router admin resume braze-eu")
@click.argument("destination")
@click.pass_obj
def resume(client: AdminClient, destination: str) -> None:
    """Deliver to DESTINATION again."""
    _print(client.call("POST", f"destinations/{destination}/resume"))


@admin.group("dead-letters", epilog="Example: hybrid-router admin dead-letters list --count 20")
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
        _print(document)
        return
    _print_letters(document["dead_letters"])


@dead_letters.command("show", epilog="Example: hybrid-router admin dead-letters show 3-1795521544924-0")
@click.argument("letter_id", metavar="ID")
@click.pass_obj
def show_letter(client: AdminClient, letter_id: str) -> None:
    """One letter, whole."""
    _print(client.call("GET", f"dead-letters/{letter_id}"))


@dead_letters.command("retry", epilog="Example: hybrid-router admin dead-letters retry 3-1795521544924-0")
@click.argument("letter_ids", metavar="ID…", nargs=-1, required=True)
@click.pass_obj
def retry_letters(client: AdminClient, letter_ids: tuple[str, ...]) -> None:
    """Put letters back at the end of their queues, in the order given."""
    for letter_id in letter_ids:
        _print(client.call("POST", f"dead-letters/{letter_id}/retry"))


@dead_letters.command(
    "discard", epilog="Example: hybrid-router admin dead-letters discard 3-1795521544924-0 --reason 'test data'"
)
@click.argument("letter_ids", metavar="ID…", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; it is logged.")
@click.pass_obj
def discard_letters(client: AdminClient, letter_ids: tuple[str, ...], reason: str) -> None:
    """Give letters up for good."""
    for letter_id in letter_ids:
        _print(client.call("POST", f"dead-letters/{letter_id}/discard", {"reason": reason}))


def _print(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def _print_status(document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    totals = Table("state", "units", box=None, pad_edge=False, header_style="dim")
    for state, units in document["totals"].items():
        totals.add_row(state, f"{units:,}")
    console.print(
        f"revision {document['revision']}"
        + (f"  paused: {', '.join(document['paused'])}" if document["paused"] else "")
    )
    console.print(totals)
    if not document["adds_up"]:
        console.print("[red]the account does not add up[/red]")
    rows = Table("state", "source", "destination", "rule", "units", box=None, pad_edge=False, header_style="dim")
    for row in document["by_rule"]:
        rows.add_row(row["state"], row["source"], row["destination"], row["rule"], f"{row['units']:,}")
    console.print()
    console.print(rows)


def _print_letters(letters: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

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
        why = escape("; ".join(letter["errors"]))
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
