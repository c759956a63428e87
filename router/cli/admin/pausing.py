"""`hybrid-router admin pause` and `resume`."""

import click

from router.cli.admin.client import AdminClient, print_json


@click.command(epilog="Example: hybrid-router admin pause braze-eu")
@click.argument("destination")
@click.pass_obj
def pause(client: AdminClient, destination: str) -> None:
    """Hold DESTINATION: its events are accepted and queue up, nothing is sent."""
    print_json(client.call("POST", f"destinations/{destination}/pause"))


@click.command(epilog="Example: hybrid-router admin resume braze-eu")
@click.argument("destination")
@click.pass_obj
def resume(client: AdminClient, destination: str) -> None:
    """Deliver to DESTINATION again."""
    print_json(client.call("POST", f"destinations/{destination}/resume"))
