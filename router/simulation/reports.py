"""Outcomes as a person reads them."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from policies.decision import Step, Verdict
from router.config.document import Document
from router.simulation.outcome import Outcome
from router.visible import markup, visible

_WIDEST = 34
_COLOURS = {"deliver": "green", "block": "yellow", "identity": "cyan", "pass": "dim"}


class Tally:
    """Counts outcomes while they pass, for the last lines of a report."""

    def __init__(self) -> None:
        self.events = 0
        self.by_verdict: Counter[tuple[str, str, str]] = Counter()
        self.failed = 0

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.events += 1
        self.failed += outcome.error is not None
        for path, verdict in (("device", outcome.device), ("cloud", outcome.cloud)):
            self.by_verdict[path, verdict.verdict, verdict.rule] += 1

    def table(self) -> Table:
        """Verdicts by path and rule."""
        table = Table(
            "path", "verdict", "rule", "events", title="Verdicts", title_justify="left", box=None, pad_edge=False
        )
        for (path, verdict, rule), count in sorted(self.by_verdict.items()):
            table.add_row(path, Text(verdict, _COLOURS[verdict]), rule, str(count))
        return table


def outcome_line(outcome: Outcome) -> str:
    """One event on one line, as rich markup; a rule's id names its path."""
    what = f"{outcome.type} {outcome.event or ''}".strip()
    what = what if len(what) <= _WIDEST else what[: _WIDEST - 1] + "…"
    requests = Counter(request.path for request in outcome.requests)
    went = " ".join(f"{path}×{count}" if count > 1 else path for path, count in requests.items())
    result = f"[red]{markup(outcome.error.message)}[/red]" if outcome.error else markup(went)
    result += "".join(f" [yellow]{markup(note)}[/yellow]" for note in outcome.notes)
    return (
        f"{outcome.index:>4}  {markup(what.ljust(_WIDEST))}  {outcome.source_type:<13} {outcome.mode:<6}  "
        f"{_padded(outcome.device, 37)} {_padded(outcome.cloud, 28)} {result}"
    )


def print_explanation(console: Console, outcome: Outcome, document: Document | None) -> None:
    """Every step of one event, then what would follow; fit for pasting into a ticket."""
    name = f' "{outcome.event}"' if outcome.event else ""
    console.print(
        f"[bold]{markup(outcome.type or '(no type)')}{markup(name)}[/bold]  messageId {markup(outcome.message_id or '(none yet)')}"
    )
    console.print(
        f"source type {outcome.source_type} · mode {outcome.mode} · origin {outcome.origin} · destination {markup(outcome.destination)}"
    )
    for note in outcome.notes:
        console.print(f"[yellow]note[/yellow]  {markup(note)}")
    steps = outcome.steps if isinstance(outcome.steps, tuple) else ()
    console.print(_steps_table(steps, document))
    console.print(f"device: {_verdict(outcome.device)}")
    console.print(f"cloud:  {_verdict(outcome.cloud)}")
    for call in outcome.device_calls:
        console.print(
            f"  device call  {call.method}({', '.join(map(repr, call.args))})",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    for request in outcome.requests:
        console.print(f"  POST {request.path}", markup=False, highlight=False)
        console.print_json(data=request.body, indent=2, ensure_ascii=_hides_something(request.body))
    if outcome.error:
        console.print(f"[red]{outcome.error.rule}[/red]  {outcome.error.status}  {markup(outcome.error.message)}")


def _hides_something(body: Any) -> bool:
    """Whether its JSON text would hold characters that a terminal obeys instead of showing them."""
    text = json.dumps(body, ensure_ascii=False)
    return visible(text) != text


def _steps_table(steps: Iterable[Step], document: Document | None) -> Table:
    table = Table("path", "rule", "outcome", "why", "where", "value", box=None, pad_edge=False, header_style="dim")
    for step in steps:
        table.add_row(
            step.path,
            step.rule,
            Text(step.outcome, _COLOURS[step.outcome]),
            markup(step.why),
            markup(_where(step.config_pointer, document)),
            "" if step.value is None else markup(repr(step.value)),
        )
    return table


def _where(config_pointer: str | None, document: Document | None) -> str:
    if config_pointer is None:
        return ""
    line, _ = document.place(config_pointer) if document else (0, 0)
    place = f"{document.file}:{line} " if document and line else ""
    return place + config_pointer


def _padded(verdict: Verdict, width: int) -> str:
    spaces = " " * max(0, width - len(verdict.verdict) - 1 - len(verdict.rule))
    return _verdict(verdict) + spaces


def _verdict(verdict: Verdict) -> str:
    return f"[{_COLOURS[verdict.verdict]}]{verdict.verdict}[/] {verdict.rule}"
