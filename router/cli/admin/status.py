"""`hybrid-router admin status`."""

from typing import Any

import click

from router.cli.admin.client import AdminClient, print_json
from router.cli.exit_codes import ExitCode


@click.command(epilog="Example: hybrid-router admin status --json")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def status(client: AdminClient, as_json: bool) -> int:
    """Where every accepted unit is. Exits 1 when the account does not add up."""
    document = client.call("GET", "status")
    if as_json:
        print_json(document)
    else:
        _print_status(document)
    return ExitCode.OK if document["adds_up"] else ExitCode.TESTS_FAILED


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
