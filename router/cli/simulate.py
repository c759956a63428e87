"""`hybrid-router simulate`."""

import sys
from collections.abc import Iterator
from typing import Literal

import click
import msgspec

from policies.capabilities import Mode, SourceType
from policies.connection import with_modes
from router.cli.options import connection_option, mode_option, note_modes_without_a_source, source_type_option
from router.config.connections import read_connections
from router.errors import InvalidJson, RouterError
from router.simulation.envelopes import Envelope, read_envelopes
from router.simulation.outcome import Outcome
from router.simulation.simulate import Simulation
from router.simulation.stateful import StatefulSimulation
from router.simulation.through_braze.timing import CLOUD_LATENCY


@click.command(
    epilog="Example: hybrid-router simulate fixtures/events/shop.jsonl -c fixtures/connections/quickstart.yaml --mode web=cloud"
)
@click.argument("events", default="-", metavar="[EVENTS]")
@connection_option
@source_type_option
@mode_option
@click.option(
    "--stateful",
    is_flag=True,
    help="Let each event meet what those before it left behind: repeated messageIds, trait dedup, device memory.",
)
@click.option(
    "--through-braze",
    is_flag=True,
    help="Play the events through both paths, device SDKs included, into a local Braze; report what becomes of each user.",
)
@click.option(
    "--cloud-latency",
    type=click.FloatRange(min=0),
    default=CLOUD_LATENCY,
    show_default=True,
    metavar="SECONDS",
    help="With --through-braze: what an event needs from the router to Braze.",
)
@click.option(
    "--format", "output", type=click.Choice(["text", "jsonl"]), default="text", show_default=True, help="Report format."
)
def simulate(
    events: str,
    connection_file: str,
    source_type: SourceType | None,
    modes: dict[SourceType, Mode],
    stateful: bool,
    through_braze: bool,
    cloud_latency: float,
    output: Literal["text", "jsonl"],
) -> None:
    """Decide and transform recorded EVENTS (JSON Lines, `-` = stdin, gzip accepted); never sends.

    A line is {"source": "<source id>", "message": {…}} or a bare RudderStack message.
    """
    workspace, _ = read_connections(connection_file)
    note_modes_without_a_source(workspace, modes, source_type)
    workspace = with_modes(workspace, modes) if modes else workspace
    if through_braze:
        from router.simulation.through_braze.shell import print_through_braze

        envelopes = (envelope for _, envelope in _with_progress(events))
        print_through_braze(workspace, envelopes, source_type=source_type, cloud_latency=cloud_latency, output=output)
        return
    simulate_all = StatefulSimulation if stateful else Simulation
    simulation = simulate_all(workspace, source_type=source_type)
    outcomes = _outcomes(simulation, events)
    if output == "jsonl":
        _print_lines(outcomes)
    else:
        _print_report(outcomes)


def _outcomes(simulation: Simulation | StatefulSimulation, path: str) -> Iterator[Outcome]:
    for index, (number, envelope) in enumerate(_with_progress(path)):
        try:
            yield from simulation.outcomes(envelope, index=index)
        except RouterError as error:
            raise InvalidJson(f"{path}:{number}: {error}") from error


def _with_progress(path: str) -> Iterator[tuple[int, Envelope]]:
    try:
        yield from _read(path)
    except OSError as error:
        raise click.BadParameter(f"cannot read `{path}`: {error.strerror}", param_hint="EVENTS") from error


def _read(path: str) -> Iterator[tuple[int, Envelope]]:
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from read_envelopes(path)
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} events"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("events", total=None)
        for item in read_envelopes(path):
            yield item
            progress.advance(task)


def _print_lines(outcomes: Iterator[Outcome]) -> None:
    encoder = msgspec.json.Encoder()
    write = sys.stdout.buffer.write
    for outcome in outcomes:
        write(encoder.encode(outcome) + b"\n")
    sys.stdout.buffer.flush()


def _print_report(outcomes: Iterator[Outcome]) -> None:
    from rich.console import Console

    from router.simulation.reports import Tally, outcome_line

    console = Console(soft_wrap=True, highlight=False)
    tally = Tally()
    for outcome in outcomes:
        tally.add(outcome)
        console.print(outcome_line(outcome))
    console.print()
    console.print(tally.table())
    console.print(f"\n{tally.events} outcomes, {tally.failed} that the transform refuses")
