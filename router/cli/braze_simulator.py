"""`hybrid-router braze-simulator`: a local Braze on a port."""

import os
import re
import socket
import sys
from typing import Any

import click
import msgspec
import uvicorn

from router.braze_simulator.app import create_app
from router.braze_simulator.config import DEFAULT_KEY, Key, SimulatorConfig
from router.braze_simulator.faults.rules import FaultRule, FaultsFile
from router.braze_simulator.server import server_config
from router.config.document import read_document
from router.config.problems import Located
from router.config.shape import shaped
from router.errors import ConfigInvalid

_EXAMPLE = """\b
Example:
  hybrid-router braze-simulator --port 8081 --key my-key --faults faults.yaml
  curl -H 'Authorization: Bearer my-key' -H 'Content-Type: application/json' \\
    -d '{"events":[{"external_id":"u1","name":"Hello","time":"2026-05-04T10:00:00Z"}]}' \\
    http://127.0.0.1:8081/users/track
  curl http://127.0.0.1:8081/_sim/users
"""


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
    config = _settings(config_file) if config_file else SimulatorConfig()
    app = create_app(config if key is None else msgspec.structs.replace(config, keys={key: Key()}))
    if faults_file is not None:
        app.state.workspace.faults.arm(_fault_rules(faults_file))
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


def _settings(file: str) -> SimulatorConfig:
    """The settings of a YAML file; raise ConfigInvalid with line and column of all that is wrong, and without any key."""
    document = read_document(file)
    if document.data is None:
        return SimulatorConfig()
    try:
        return shaped(document, SimulatorConfig, strict=False)
    except ConfigInvalid as invalid:
        raise ConfigInvalid([_without_key(problem) for problem in invalid.problems]) from None


def _without_key(problem: Located) -> Located:
    """Nothing may show a REST key, which is a part of pointers below `keys`."""
    return msgspec.structs.replace(problem, pointer=re.sub(r"^/keys/[^/]+", "/keys/…", problem.pointer))


def _fault_rules(file: str) -> list[FaultRule]:
    """The rules of a YAML file: a list, one rule, or a list under `faults`; raise ConfigInvalid likewise."""
    document = read_document(file)
    data: Any = document.data
    if isinstance(data, list):
        return shaped(document, list[FaultRule])
    if isinstance(data, dict) and data.keys() & set(FaultRule.__struct_fields__):
        return [shaped(document, FaultRule)]
    return shaped(document, FaultsFile).faults


if __name__ == "__main__":
    from router.cli.main import main

    sys.exit(main(["braze-simulator", *sys.argv[1:]]))
