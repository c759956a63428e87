"""`hybrid-router check`."""

import asyncio
import os
import sys

import click
import msgspec

from policies.connection import Destination
from router.cli.exit_codes import ExitCode
from router.cli.options import connection_option
from router.config.connections import read_connections, require_secrets

_MEANING = {
    "allowed": "[green]allowed[/green]",
    "key-refused": "[red]the key is refused: wrong key, or a key of another data centre[/red]",
    "permission-missing": "[red]the key lacks this permission: add it to the key in Braze, or make a new key[/red]",
    "unclear": "[yellow]Braze's answer says neither yes nor no[/yellow]",
    "unreachable": "[red]no answer: is dataCenter right, is the network open?[/red]",
}


@click.command(epilog="Example: BRAZE_REST_KEY=… hybrid-router check -c connections.yaml")
@connection_option
@click.option("--braze-url", help="Ask this URL instead of the data centre's host (a local Braze).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per destination.")
def check(connection_file: str, braze_url: str | None, as_json: bool) -> int:
    """Ask Braze whether key, permissions and data centre fit. Sends no user data and changes nothing.

    Exits 0 when everything is allowed, 3 when something is missing, 74 when Braze cannot be reached.
    """
    workspace, document = read_connections(connection_file)
    require_secrets(workspace, document, os.environ)
    return max(
        (_check(destination, braze_url, as_json=as_json) for destination in workspace.destinations), default=ExitCode.OK
    )


def _check(destination: Destination, braze_url: str | None, *, as_json: bool) -> ExitCode:
    from router.braze.client import BrazeClient
    from router.braze.hosts import rest_endpoint
    from router.braze.permissions import Permission, ask_permissions

    endpoint = braze_url or rest_endpoint(destination.config.get("dataCenter"))
    key = destination.rest_api_key.reveal(os.environ) if destination.rest_api_key else "none"

    async def ask() -> list[Permission]:
        async with BrazeClient(endpoint, key) as client:
            return await ask_permissions(client)

    permissions = asyncio.run(ask())
    if as_json:
        report = {"destination": destination.id, "endpoint": endpoint, "permissions": permissions}
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        _print(destination, endpoint, permissions)
    findings = {permission.finding for permission in permissions}
    if "unreachable" in findings:
        return ExitCode.UNREACHABLE
    return ExitCode.OK if findings == {"allowed"} else ExitCode.INVALID


def _print(destination: Destination, endpoint: str, permissions: list) -> None:  # type: ignore[type-arg]
    from rich.console import Console
    from rich.table import Table

    from router.visible import markup

    table = Table("permission", "endpoint", "finding", box=None, pad_edge=False, header_style="dim")
    for permission in permissions:
        table.add_row(permission.permission, permission.path, _MEANING[permission.finding])
    console = Console(highlight=False)
    console.print(f"[bold]{markup(destination.id)}[/bold]  {markup(endpoint)}")
    console.print(table)
    for permission in permissions:
        if permission.finding != "allowed":
            console.print(markup(f"{permission.permission}: {permission.answer}"))
