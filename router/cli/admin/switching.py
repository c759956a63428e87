"""`hybrid-router admin switch`, `rollback`, `enable` and `disable`."""

from typing import Any

import click

from router.cli.admin.changes import change_options, print_changed
from router.cli.admin.client import AdminClient


@click.command(
    epilog="Example: hybrid-router admin switch web-shop:braze-eu web=hybrid --reason 'in-app messages' --dry-run"
)
@click.argument("connection")
@click.argument("modes", metavar="TYPE=MODE…", nargs=-1, required=True)
@click.option("--recording", metavar="ID", default="", help="With --dry-run: try it on the events of this recording.")
@change_options
@click.pass_obj
def switch(
    client: AdminClient, /, connection: str, modes: tuple[str, ...], recording: str, reason: str, **options: Any
) -> None:
    """Switch the connection mode of source types of CONNECTION (`<source>:<destination>`, or a destination).

    In force in every process within a second; SDKs learn of it when they next fetch their config. With --dry-run it says which
    events would move, be lost or doubled.
    """
    body = {"modes": dict(_mode(text) for text in modes), "reason": reason, "recording": recording}
    print_changed(client.change("POST", f"connections/{connection}/modes", body, **options), **options)


@click.command(epilog="Example: hybrid-router admin rollback web-shop:braze-eu 4f1c0a9b77de --reason 'orders doubled'")
@click.argument("connection")
@click.argument("revision")
@change_options
@click.pass_obj
def rollback(client: AdminClient, /, connection: str, revision: str, reason: str, **options: Any) -> None:
    """Put CONNECTION back to what it was in REVISION; `all` puts every connection back."""
    path = "rollback" if connection == "all" else f"connections/{connection}/rollback"
    print_changed(client.change("POST", path, {"revision": revision, "reason": reason}, **options), **options)


@click.command(epilog="Example: hybrid-router admin enable web-shop:braze-eu --reason 'campaign starts'")
@click.argument("connection")
@change_options
@click.pass_obj
def enable(client: AdminClient, /, connection: str, reason: str, **options: Any) -> None:
    """Switch CONNECTION (or a destination) on."""
    print_changed(client.change("POST", f"connections/{connection}/enable", {"reason": reason}, **options), **options)


@click.command(epilog="Example: hybrid-router admin disable web-shop:braze-eu --reason 'contract ended'")
@click.argument("connection")
@change_options
@click.pass_obj
def disable(client: AdminClient, /, connection: str, reason: str, **options: Any) -> None:
    """Switch CONNECTION (or a destination) off: its events are blocked on both paths. `pause` keeps them instead."""
    print_changed(client.change("POST", f"connections/{connection}/disable", {"reason": reason}, **options), **options)


def _mode(text: str) -> tuple[str, str]:
    source_type, separator, mode = text.partition("=")
    if not (source_type and separator and mode):
        raise click.BadParameter(f"`{text}` is no TYPE=MODE, as in web=hybrid", param_hint="TYPE=MODE")
    return source_type, mode
