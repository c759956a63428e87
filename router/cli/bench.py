"""`hybrid-router bench`."""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
import msgspec

from policies.capabilities import MODES
from router.benchmarks.measure import Cost
from router.cli.serving import run_on_fast_loop

if TYPE_CHECKING:
    from router.benchmarks.live import Load


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
    """The decision alone, per mode of a web source, with 10 and 10,000 names in the event filter. Target: at most 0.1 J, and flat."""
    from router.benchmarks.pipeline import bench_decide

    rows = [
        (f"decide, {mode}, {entries} filter names", bench_decide(events, mode=mode, entries=entries))
        for mode in MODES
        for entries in (10, 10_000)
    ]
    _show(rows, as_json=as_json)


@bench.command(epilog="Example: hybrid-router bench plan --events 20000")
@_options
def plan(events: int, as_json: bool) -> None:
    """Count recorded lines for a mode switch, on one core: envelopes, and bare messages whose own marks tell the source."""
    from router.benchmarks.planning import bench_plan

    _show(
        [(f"plan, {form}", bench_plan(events, form=form)) for form in ("envelopes", "bare messages")], as_json=as_json
    )


@bench.command(epilog="Example: hybrid-router bench ingest --events 100000")
@_options
def ingest(events: int, as_json: bool) -> None:
    """Accept batches of 100 durably while delivery is held, then deliver them; and the memory they take."""
    from router.benchmarks.live import bench_stages

    loads, memory = run_on_fast_loop(bench_stages(events))
    _show_loads(loads, as_json=as_json)
    shown = {
        "json bytes an event": memory.json_bytes,
        "queued bytes an event": memory.queued_bytes,
        "bytes a remembered id": memory.dedup_bytes,
    }
    click.echo(json.dumps(shown) if as_json else "\n".join(f"{name}: {value:.1f}" for name, value in shown.items()))


@bench.command(epilog="Example: hybrid-router bench e2e --events 100000")
@_options
def e2e(events: int, as_json: bool) -> None:
    """From POST to the acknowledged request and its settlement, all at once. Target: at most 4 J."""
    from router.benchmarks.live import bench_pipeline

    _show_loads([run_on_fast_loop(bench_pipeline(events))], as_json=as_json)


@bench.command(epilog="Example: hybrid-router bench deliver --events 100000")
@_options
def deliver(events: int, as_json: bool) -> None:
    """Deliver a full queue to a sink: read, transform, batch, send, settle."""
    from router.benchmarks.live import bench_stages

    loads, _ = run_on_fast_loop(bench_stages(events))
    _show_loads(loads[1:], as_json=as_json)


@bench.command(epilog="Example: hybrid-router bench single --rate 2000 --fsync always")
@click.option("--rate", type=click.IntRange(1, 20_000), default=2000, show_default=True, help="Requests a second.")
@click.option("--seconds", type=click.FloatRange(1, 60), default=5.0, show_default=True)
@click.option("--fsync", type=click.Choice(["everysec", "always"]), default="everysec", show_default=True)
def single(rate: int, seconds: float, fsync: str) -> None:
    """Requests of one event: the highest rate, then latency at a fixed one."""
    from router.benchmarks.live import bench_latency, bench_singles

    _show_loads([run_on_fast_loop(bench_singles(20_000))], as_json=False)
    latency = run_on_fast_loop(bench_latency(rate=rate, seconds=seconds, fsync=fsync))
    click.echo(
        f"{latency.requests} requests at {rate}/s, fsync {fsync}: p50 {latency.p50_ms:.2f} ms, "
        f"p99 {latency.p99_ms:.2f} ms, worst {latency.worst_ms:.1f} ms"
    )


def _show_loads(loads: "list[Load]", *, as_json: bool) -> None:
    if as_json:
        rows = [msgspec.to_builtins(load) | {"events_per_second": load.events_per_second} for load in loads]
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "phase", "events", "events/s", "router µs", "valkey µs", "J", box=None, pad_edge=False, header_style="dim"
    )
    for load in loads:
        figures = (
            f"{load.events:,}",
            f"{load.events_per_second:,.0f}",
            f"{load.router_us:.1f}",
            f"{load.valkey_us:.1f}",
            f"{load.j:.2f}",
        )
        table.add_row(load.phase, *figures)
    Console(highlight=False).print(table)


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
