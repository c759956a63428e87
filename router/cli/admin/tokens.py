"""`hybrid-router admin tokens`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from router.cli.admin.changes import print_rows
from router.cli.admin.client import AdminClient, print_json


@click.group(epilog="Example: hybrid-router admin tokens list")
def tokens() -> None:
    """Who may use the admin API: make a token, list, revoke."""


@tokens.command(epilog="Example: hybrid-router admin tokens create on-call --role operator --days 90")
@click.argument("name")
@click.option(
    "--role",
    required=True,
    type=click.Choice(["viewer", "operator", "admin"]),
    help="viewer reads; operator also acts; admin also changes connections and tokens.",
)
@click.option(
    "--days",
    type=click.FloatRange(min=0, min_open=True, max=36_500),
    help="Good for so many days; without it, until revoked.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def create(client: AdminClient, name: str, role: str, days: float | None, as_json: bool) -> None:
    """Make a token for NAME (a person or a program). It is printed once and kept nowhere."""
    body = {"name": name, "role": role}
    if days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    document = client.call("POST", "tokens", body)
    if as_json:
        print_json(document)
        return
    click.echo(f"{document['role']} token `{document['name']}`, {_until(document)}; shown only now:", err=True)
    click.echo(document["token"])


@tokens.command("list", epilog="Example: hybrid-router admin tokens list --json")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def list_tokens(client: AdminClient, as_json: bool) -> None:
    """Names, roles and expiry; the tokens themselves are kept nowhere."""
    document = client.call("GET", "tokens")
    if as_json:
        print_json(document)
    else:
        print_tokens(document["tokens"])


@tokens.command(epilog="Example: hybrid-router admin tokens revoke on-call")
@click.argument("name")
@click.pass_obj
def revoke(client: AdminClient, name: str) -> None:
    """Make the token of NAME worthless, in every process within a second."""
    print_json(client.call("DELETE", f"tokens/{name}"))


def _until(item: dict[str, Any]) -> str:
    return (
        "no end" if item["expires_at"] is None else "good until " + item["expires_at"][:16].replace("T", " ") + " UTC"
    )


def print_tokens(items: list[dict[str, Any]]) -> None:
    """Tokens as a table."""
    rows = [
        (item["name"], item["role"], item["created_by"], "expired" if item["expired"] else _until(item))
        for item in items
    ]
    print_rows(("name", "role", "made by", "validity"), rows, none="no tokens")
