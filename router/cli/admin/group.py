"""`hybrid-router admin`: the admin API from the command line. One module per command or group of commands."""

import os

import click

from router.cli.admin.applying import apply
from router.cli.admin.client import CA_VARIABLE, TOKEN_VARIABLE, URL_VARIABLE, AdminClient
from router.cli.admin.connections import connections
from router.cli.admin.dead_letters import dead_letters
from router.cli.admin.history import audit, diff, revisions
from router.cli.admin.pausing import pause, resume
from router.cli.admin.regulations import regulations
from router.cli.admin.status import status
from router.cli.admin.switching import disable, enable, rollback, switch
from router.cli.admin.tokens import tokens


@click.group(epilog="Example: HYBRID_ROUTER_ADMIN_TOKEN=… hybrid-router admin status")
@click.option(
    "--url",
    default=lambda: os.environ.get(URL_VARIABLE, "http://127.0.0.1:8080"),
    help=f"Router to ask; or {URL_VARIABLE}. [default: http://127.0.0.1:8080]",
)
@click.option(
    "--token",
    default=lambda: os.environ.get(TOKEN_VARIABLE, ""),
    help=f"Bearer token; better {TOKEN_VARIABLE} than the command line.",
)
@click.option(
    "--ca-certs",
    default=lambda: os.environ.get(CA_VARIABLE, ""),
    metavar="FILE",
    help=f"PEM file of the authority that signed the router's certificate, where it is your own; or {CA_VARIABLE}.",
)
@click.pass_context
def admin(context: click.Context, url: str, token: str, ca_certs: str) -> None:
    """Look after a running router: status, connections, modes, history, dead letters, regulations, pause and resume, tokens."""
    context.obj = AdminClient(url, token, ca_certs=ca_certs)


_COMMANDS = (
    status,
    connections,
    switch,
    apply,
    rollback,
    enable,
    disable,
    revisions,
    diff,
    audit,
    pause,
    resume,
    dead_letters,
    regulations,
    tokens,
)

for command in _COMMANDS:
    admin.add_command(command)
