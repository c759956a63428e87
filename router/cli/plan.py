"""`hybrid-router plan`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import click

from policies.capabilities import Mode, SourceType
from policies.connection import Workspace, with_modes
from policies.problems import did_you_mean
from router.cli.durations import duration
from router.cli.exit_codes import ExitCode
from router.cli.options import connection_option, parse_modes, source_type_option
from router.config.connections import read_connections
from router.simulation.plan.client_lag import Lag
from router.simulation.plan.engines import Watch, count_costs, count_traffic
from router.simulation.plan.planning import mode_changes, plan_of
from router.simulation.plan.question import ask
from router.simulation.plan.report import Plan
from router.simulation.plan.saved import write_plan
from router.simulation.plan.traffic import Part, parts_of

Format = Literal["text", "json", "markdown", "html"]
_DANGERS: dict[str, Callable[[Plan], object]] = {
    "lost": lambda plan: plan.summary.lost,
    "doubled": lambda plan: plan.summary.doubled,
    "refused": lambda plan: any(cost.after.refused for cost in plan.cost),
    "undecided": lambda plan: plan.summary.undecided,
    "limit": lambda plan: (
        any(pace.exceeded for pace in plan.pace)
        or any(peak.exceeded for cost in plan.cost for peak in cost.after.requests)
    ),
}


def _share(ctx: click.Context, parameter: click.Parameter, value: str) -> float:
    """`5%` or `0.05`."""
    try:
        share = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise click.BadParameter(f"`{value}` is no share: write e.g. 5% or 0.05")
    return share


def _dangers(ctx: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    """A list such as `lost,doubled`."""
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    for name in names:
        if name not in _DANGERS:
            raise click.BadParameter(f"`{name}` is no danger; {did_you_mean(name, _DANGERS)}")
    return names


@click.command(
    epilog="Example: hybrid-router plan fixtures/events/shop.jsonl -c fixtures/connections/quickstart.yaml --to web=device"
)
@click.argument("traffic", nargs=-1, required=True, metavar="TRAFFIC…")
@connection_option
@click.option(
    "--to",
    "modes",
    multiple=True,
    callback=parse_modes,
    metavar="T=M",
    help="Switch a source type to a connection mode, e.g. web=hybrid. May be given several times.",
)
@click.option("--to-file", metavar="NEW", help="Compare with this connection file instead.")
@source_type_option
@click.option("--client-lag", callback=duration, metavar="24h", help="How long clients may hold the old source config.")
@click.option("--offline-share", callback=_share, default="5%", show_default=True, help="Share of clients that do.")
@click.option("--cost", is_flag=True, help="Transform every event too: requests, data points, what trait dedup saves.")
@click.option(
    "--engine", default="", metavar="dask://HOST:PORT", help="Count on a Dask cluster instead of this machine."
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "markdown", "html"]),
    default="text",
    show_default=True,
    help="Report format.",
)
@click.option("--out", metavar="PLAN", help="Save the plan for `hybrid-router admin apply PLAN`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
@click.option(
    "--fail-on",
    callback=_dangers,
    default="",
    metavar="LIST",
    help=f"Exit 1 on any of: {', '.join(_DANGERS)}; and where nothing was decided.",
)
def plan(
    traffic: tuple[str, ...],
    connection_file: str,
    modes: dict[SourceType, Mode],
    to_file: str | None,
    source_type: SourceType | None,
    client_lag: float | None,
    offline_share: float,
    cost: bool,
    engine: str,
    output: Format,
    out: str | None,
    detailed_exitcode: bool,
    fail_on: tuple[str, ...],
) -> int:
    """What a change of connection modes would do to recorded TRAFFIC: what changes path, is lost or doubled.

    TRAFFIC are JSON Lines files (plain, gzip or Parquet), folders, globs, or `-` = stdin. Nothing is sent or changed.
    """
    old, _ = read_connections(connection_file)
    new = _target(old, modes, to_file)
    question = ask(old, new, source_type=source_type)
    if "-" in traffic and (cost or engine):
        raise click.UsageError("--cost and --engine read files: stdin can be read only once, and only here")
    if "refused" in fail_on and not cost:
        raise click.UsageError("--fail-on refused needs --cost: without it no event is transformed")
    parts = parts_of(traffic)
    with _progress(parts) as watch:
        total = count_traffic(question, parts, engine=engine, watch=watch)
    bills = count_costs(question, parts, engine=engine) if cost else None
    lag = None if client_lag is None else Lag(seconds=client_lag, offline_share=offline_share)
    made = plan_of(question, total, lag=lag, bills=bills)
    if out:
        write_plan(out, made, new)
    _print(made, output)
    return _exit_code(made, fail_on, detailed=detailed_exitcode)


def _target(old: Workspace, modes: dict[SourceType, Mode], to_file: str | None) -> Workspace:
    if bool(modes) == bool(to_file):
        raise click.UsageError("say where to: either --to T=M (any number of times) or --to-file NEW")
    if to_file:
        return read_connections(to_file)[0]
    connected = {connection.source.type for connection in old.connections}
    for source_type in modes:
        if source_type not in connected:
            raise click.BadParameter(
                f"no source of type {source_type} is connected in this file; connected: {', '.join(sorted(connected))}",
                param_hint="--to",
            )
    new = with_modes(old, modes)
    return new if mode_changes(old, new) else old


def _exit_code(made: Plan, fail_on: Sequence[str], *, detailed: bool) -> ExitCode:
    if fail_on and (made.nothing_decided or any(_DANGERS[danger](made) for danger in fail_on)):
        return ExitCode.TESTS_FAILED
    return ExitCode.CHANGES if detailed and made.changes else ExitCode.OK


def _print(made: Plan, output: Format) -> None:
    if output == "text":
        from rich.console import Console

        from router.simulation.plan.reports.text import print_plan

        print_plan(Console(highlight=False), made)
        return
    sys.stdout.write(_render(made, output))


def _render(made: Plan, output: Format) -> str:
    from router.simulation.plan.reports import html, json, markdown

    return {"json": json.render, "markdown": markdown.render, "html": html.render}[output](made)


@contextmanager
def _progress(parts: Sequence[Part]) -> Iterator[Watch]:
    if not sys.stderr.isatty():
        yield lambda size: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("counting"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("plan", total=sum(part.size for part in parts) or None)
        yield lambda size: progress.advance(task, size)
