"""`hybrid-router admin connections`: see, validate, create, replace and change connections."""

from pathlib import Path
from typing import Any

import click

from router.cli.admin.changes import change_options, print_changed, print_rows
from router.cli.admin.client import AdminClient, print_json
from router.config.document import read_document


@click.group(epilog="Example: hybrid-router admin connections list")
def connections() -> None:
    """The connections in force: list, show, validate, create, replace, set."""


@connections.command("list", epilog="Example: hybrid-router admin connections list --json")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def list_connections(client: AdminClient, as_json: bool) -> None:
    """Every connection with the mode in force."""
    document = client.call("GET", "connections")
    if as_json:
        print_json(document)
        return
    click.echo(f"revision {document['revision']}, rule set {document['ruleset']}")
    rows = [_row(connection) for connection in document["connections"]]
    print_rows(("connection", "type", "mode", "supported", "state"), rows, none="no connections")


@connections.command(epilog="Example: hybrid-router admin connections show web-shop:braze-eu")
@click.argument("connection")
@click.pass_obj
def show(client: AdminClient, connection: str) -> None:
    """One connection, whole; keys are masked."""
    print_json(client.call("GET", f"connections/{connection}"))


@connections.command(epilog="Example: hybrid-router admin connections validate connections.yaml")
@click.argument("file", type=click.Path(dir_okay=False))
@click.pass_obj
def validate(client: AdminClient, file: str) -> None:
    """Let the router judge a connection FILE without changing anything."""
    print_json(client.call("POST", "connections/validate", read_document(file).data))


@connections.command(
    epilog="Example: hybrid-router admin connections create tv.yaml --reason 'new app'   (source:, destination:, enabled:)"
)
@click.argument("file", type=click.Path(dir_okay=False))
@change_options
@click.pass_obj
def create(client: AdminClient, /, file: str, reason: str, **options: Any) -> None:
    """Make the connection that FILE describes: `source` and `destination` whole, or ids of ones that are there."""
    print_changed(client.change("POST", "connections", {**_mapping(file), "reason": reason}, **options), **options)


@connections.command(
    epilog="Example: hybrid-router admin connections replace connections.yaml --if-match 4f1c0a9b77de --reason 'deploy 812'"
)
@click.argument("file", type=click.Path(dir_okay=False))
@change_options
@click.pass_obj
def replace(client: AdminClient, /, file: str, reason: str, **options: Any) -> None:
    """Put a whole connection FILE in the place of the connections in force."""
    body = {"document": _mapping(file), "reason": reason}
    print_changed(client.change("PUT", "connections", body, **options), **options)


@connections.command(
    "set",
    epilog="Example: hybrid-router admin connections set web-shop:braze-eu eventFilteringOption=whitelistedEvents"
    """ 'whitelistedEvents=[{"eventName":"Order Placed"}]' --reason 'only orders on devices'""",
)
@click.argument("connection")
@click.argument("settings", metavar="KEY=VALUE…", nargs=-1, required=True)
@change_options
@click.pass_obj
def set_config(client: AdminClient, /, connection: str, settings: tuple[str, ...], reason: str, **options: Any) -> None:
    """Change single values of the destination's config: filter, consent, flags. VALUE is JSON or text; `null` removes."""
    body = {"config": dict(_setting(text) for text in settings), "reason": reason}
    print_changed(client.change("PATCH", f"connections/{connection}", body, **options), **options)


def _row(connection: dict[str, Any]) -> tuple[str, ...]:
    off = not (connection["enabled"] and connection["source"]["enabled"] and connection["destination"]["enabled"])
    state = "disabled" if off else "paused" if connection["paused"] else "on"
    supported = ", ".join(connection["supported_modes"])
    return connection["id"], connection["source"]["type"], connection["mode"], supported, state


def _mapping(file: str) -> dict[str, Any]:
    data = read_document(Path(file)).data
    if not isinstance(data, dict):
        raise click.BadParameter(f"`{file}` must hold a mapping", param_hint="FILE")
    return data


def _setting(text: str) -> tuple[str, Any]:
    import msgspec

    key, separator, value = text.partition("=")
    if not separator or not key:
        raise click.BadParameter(f"`{text}` is no KEY=VALUE", param_hint="KEY=VALUE")
    try:
        return key, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return key, value
