"""`hybrid-router admin apply`: put a saved plan in force, as long as it was made for what is in force."""

from typing import Any

import click

from router.cli.admin.changes import change_options, print_changed
from router.cli.admin.client import AdminClient
from router.errors import RouterError


@click.command(epilog="Example: hybrid-router admin apply switch.plan.json --reason 'in-app messages'")
@click.argument("plan", type=click.Path(dir_okay=False))
@change_options
@click.pass_obj
def apply(client: AdminClient, /, plan: str, reason: str, if_match: str | None, **options: Any) -> None:
    """Apply a PLAN that `hybrid-router plan … --out PLAN` has saved; refused if the connections have changed since."""
    from router.simulation.plan.saved import read_plan

    saved = read_plan(plan)
    current = client.call("GET", "connections")["revision"]
    if current == saved.target_revision:
        click.echo(f"revision {current} is in force already")
        return
    if current != saved.base_revision:
        raise RouterError(
            f"the plan was made for revision {saved.base_revision}, but {current} is in force: look at "
            f"`hybrid-router admin diff {saved.base_revision} {current}`, and plan again"
        )
    body = {"document": saved.document, "reason": reason}
    changed = client.change(
        "PUT", "connections", body, if_match=saved.base_revision if if_match is None else if_match, **options
    )
    print_changed(changed, **options)
