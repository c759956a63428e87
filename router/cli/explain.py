"""`hybrid-router explain`."""

import sys

import click
import msgspec

from policies.capabilities import Mode, SourceType
from policies.client_consent import ClientConsent
from policies.connection import RULESETS, Ruleset, revised, with_modes
from policies.sdks import Sdk
from router.cli.options import (
    circumstances_options,
    connection_option,
    mode_option,
    note_modes_without_a_source,
    source_type_option,
)
from router.config.connections import read_connections
from router.errors import InvalidJson, RouterError
from router.simulation.circumstances import Circumstances
from router.simulation.envelopes import Envelope, open_lines, parse_envelope
from router.simulation.simulate import Simulation
from router.visible import visible_json


@click.command(
    epilog="Example: head -1 fixtures/events/shop.jsonl | hybrid-router explain -c fixtures/connections/quickstart.yaml"
)
@click.argument("event", default="-", metavar="[EVENT]")
@connection_option
@source_type_option
@mode_option
@circumstances_options
@click.option("--ruleset", type=click.Choice(RULESETS), help="Reading of hybrid mode, instead of the file's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per connected destination.")
def explain(
    event: str,
    connection_file: str,
    source_type: SourceType | None,
    modes: dict[SourceType, Mode],
    sdk: Sdk | None,
    device_consent: ClientConsent | None,
    suppressed: bool,
    ruleset: Ruleset | None,
    as_json: bool,
) -> None:
    """Explain one EVENT (a file with one JSON object, or `-` = stdin): every step, rule, config path and value seen,
    and the requests and SDK calls that would follow. Nothing is sent."""
    workspace, document = read_connections(connection_file)
    note_modes_without_a_source(workspace, modes, source_type)
    if ruleset:
        workspace = revised(msgspec.structs.replace(workspace, ruleset=ruleset))
    simulation = Simulation(
        with_modes(workspace, modes) if modes else workspace,
        source_type=source_type,
        circumstances=Circumstances(sdk=sdk, client=device_consent, suppressed=suppressed),
    )
    outcomes = simulation.explain(_read(event))
    if not outcomes:
        raise RouterError("the event's source has no connection in this file, so nothing would happen to it")
    if as_json:
        for outcome in outcomes:
            sys.stdout.write(visible_json(msgspec.json.encode(outcome).decode()) + "\n")
        return
    from rich.console import Console

    from router.simulation.reports import print_explanation

    console = Console(soft_wrap=not sys.stdout.isatty(), highlight=False, width=None if sys.stdout.isatty() else 200)
    for outcome in outcomes:
        print_explanation(console, outcome, document)


def _read(path: str) -> Envelope:
    try:
        with open_lines(path) as stream:
            text = stream.read()
    except OSError as error:
        raise click.BadParameter(f"cannot read `{path}`: {error.strerror}", param_hint="EVENT") from error
    try:
        return parse_envelope(text)
    except InvalidJson as error:
        raise InvalidJson(f"{path}: {error}; explain takes exactly one JSON object") from error
