"""`hybrid-router bench`."""

import json
import sys
from collections.abc import Callable

import click

from router.benchmarks.measure import Cost


@click.group(epilog="Example: hybrid-router bench transform --events 20000")
def bench() -> None:
    """Measure this machine. Costs are in J: the CPU time of json.loads over the same bytes in the same run."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    command = click.option(
        "--events", type=click.IntRange(200), default=20_000, show_default=True, help="Generated events."
    )(command)
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


@bench.command(epilog="Example: hybrid-router bench transform --events 20000")
@_options
def transform(events: int, as_json: bool) -> None:
    """JSON → decide → transform → batch → JSON in one process, batches of 200. Target: at most 1.5 J, excellent 0.9 J."""
    from router.benchmarks.pipeline import bench_transform

    _show([("transform", bench_transform(events))], as_json=as_json)


@bench.command(epilog="Example: hybrid-router bench decide --events 20000")
@_options
def decide(events: int, as_json: bool) -> None:
    """The decision alone, with 10 and with 10,000 names in the event filter. Target: at most 0.1 J, and flat."""
    from router.benchmarks.pipeline import bench_decide

    _show(
        [(f"decide, {entries} filter names", bench_decide(events, entries=entries)) for entries in (10, 10_000)],
        as_json=as_json,
    )


def _show(costs: list[tuple[str, Cost]], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "bench": name,
                "events": cost.events,
                "us": cost.microseconds,
                "j": cost.j,
                "events_per_second": cost.events_per_second,
            }
            for name, cost in costs
        ]
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "bench", "events", "µs an event", "J", "events/s a core", box=None, pad_edge=False, header_style="dim"
    )
    for name, cost in costs:
        table.add_row(
            name, f"{cost.events:,}", f"{cost.microseconds:.2f}", f"{cost.j:.3f}", f"{cost.events_per_second:,.0f}"
        )
    Console(highlight=False).print(table)
