"""`hybrid-router admin pause` and `resume`."""

import click

from router.cli.admin.client import AdminClient, print_json


@click.command(epilog="Example: hybrid-router admin pause braze-eu")
@click.argument("destination")
@click.option("--reason", help="Why; it is kept in the audit log.")
@click.pass_obj
def pause(client: AdminClient, destination: str, reason: str | None) -> None:
    """Hold DESTINATION: its events are accepted and queue up, nothing is sent."""
    print_json(client.call("POST", f"destinations/{destination}/pause", {"reason": reason} if reason else None))


@click.command(epilog="Example: hybrid-router admin resume braze-eu")
@click.argument("destination")
@click.option("--reason", help="Why; it is kept in the audit log.")
@click.pass_obj
def resume(client: AdminClient, destination: str, reason: str | None) -> None:
    """Deliver to DESTINATION again."""
    print_json(client.call("POST", f"destinations/{destination}/resume", {"reason": reason} if reason else None))
