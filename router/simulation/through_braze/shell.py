"""The thin shell: runs, shows how far it has come on a terminal's stderr, and writes the reports to stdout."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from rich.console import Console
from rich.progress import track

from policies.capabilities import SourceType
from policies.connection import Workspace
from router.simulation.envelopes import Envelope
from router.simulation.through_braze.lines import lines
from router.simulation.through_braze.report import Report
from router.simulation.through_braze.simulation import run_through_braze
from router.simulation.through_braze.text import print_report
from router.simulation.through_braze.timeline import Happening

Format = Literal["text", "jsonl"]


def print_through_braze(
    workspace: Workspace,
    envelopes: Iterable[Envelope],
    *,
    source_type: SourceType | None,
    cloud_latency: float,
    output: Format,
) -> None:
    """Run the events and print a report for each destination; raises InvalidJson."""
    running = run_through_braze(
        workspace, envelopes, source_type=source_type, cloud_latency=cloud_latency, watch=_watched
    )
    for report in asyncio.run(running):
        _PRINT[output](report)


def _watched(happenings: Sequence[Happening]) -> Iterator[Happening]:
    if not sys.stderr.isatty() or sys.stdout.isatty():
        return iter(happenings)
    return iter(track(happenings, "through Braze", console=Console(stderr=True), transient=True))


def _print_text(report: Report) -> None:
    print_report(Console(soft_wrap=True, highlight=False), report)


def _print_lines(report: Report) -> None:
    for line in lines(report):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


_PRINT: dict[Format, Callable[[Report], None]] = {"text": _print_text, "jsonl": _print_lines}
