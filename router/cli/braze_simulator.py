"""`hybrid-router braze-simulator`: a local Braze on a port."""

import os
import socket
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec
import uvicorn

from router.braze_simulator.app import create_app
from router.braze_simulator.config import DEFAULT_KEY, Key, SimulatorConfig, config_from
from router.braze_simulator.faults.rules import read_rules
from router.braze_simulator.server import server_config
from router.config.document import read_document
from router.config.shape import problem_of
from router.errors import ConfigInvalid

_EXAMPLE = """\b
Example:
  hybrid-router braze-simulator --port 8081 --key my-key --faults faults.yaml
  curl -H 'Authorization: Bearer my-key' -H 'Content-Type: application/json' \\
    -d '{"events":[{"external_id":"u1","name":"Hello","time":"2026-05-04T10:00:00Z"}]}' \\
    http://127.0.0.1:8081/users/track
  curl http://127.0.0.1:8081/_sim/users
"""
_Read = TypeVar("_Read")


@click.command("braze-simulator", epilog=_EXAMPLE)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8081, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--key",
    envvar="HYBRID_ROUTER_BRAZE_SIMULATOR_KEY",
    help=f"REST key with all permissions; without it, and without keys in FILE, {DEFAULT_KEY}.",
)
@click.option("--config", "config_file", metavar="FILE", help="Workspace settings, YAML (docs/braze-simulator.md).")
@click.option("--faults", "faults_file", metavar="FILE", help="Fault rules, YAML (docs/braze-simulator.md).")
def braze_simulator(host: str, port: int, key: str | None, config_file: str | None, faults_file: str | None) -> None:
    """Run a simulated Braze workspace: the REST API, and a view of what became of it under /_sim/."""
    config = _read(config_file, config_from) if config_file else SimulatorConfig()
    app = create_app(config if key is None else msgspec.structs.replace(config, keys={key: Key()}))
    if faults_file is not None:
        app.state.workspace.faults.arm(_read(faults_file, read_rules))
    listening = _listen(host, port)
    click.echo(f"Braze simulator on {_url(listening)} (pages and controls: /_sim/)", err=True)
    uvicorn.Server(server_config(app, host=host, port=port)).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise click.UsageError(f"cannot listen on {host}:{port}: {reason.lower()}") from error


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _read(file: str, convert: Callable[[Any], _Read]) -> _Read:
    """A YAML file, converted; raise ConfigInvalid with line and column of what is wrong."""
    document = read_document(file)
    try:
        return convert(document.data or {})
    except msgspec.ValidationError as error:
        raise ConfigInvalid([document.locate(problem_of(error))]) from error


if __name__ == "__main__":
    from router.cli.main import main

    sys.exit(main(["braze-simulator", *sys.argv[1:]]))
