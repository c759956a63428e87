"""A plan for a terminal."""

from io import StringIO

from rich.console import Console
from rich.table import Table

from router.simulation.plan.report import Plan
from router.simulation.plan.sections import Section, headline, sections, what_was_seen
from router.visible import markup


def print_plan(console: Console, plan: Plan) -> None:
    """The plan as tables that fit 80 columns."""
    console.print(f"[bold]Plan[/bold]  {plan.base_revision} → {plan.target_revision}")
    console.print(headline(plan))
    console.print(markup(what_was_seen(plan)), style="dim")
    for section in sections(plan):
        _print(console, section)


def render(plan: Plan) -> str:
    """The same as plain text of 80 columns."""
    text = StringIO()
    print_plan(Console(file=text, width=80, highlight=False), plan)
    return text.getvalue()


def _print(console: Console, section: Section) -> None:
    colour = "red" if section.alarming else "cyan"
    console.print(f"\n[bold {colour}]{markup(section.title)}[/bold {colour}]")
    if section.note:
        console.print(markup(section.note), style="dim")
    if section.rows:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in section.columns:
            table.add_column(column, justify="right" if column in section.numeric else "left", overflow="fold")
        for row in section.rows:
            table.add_row(*map(markup, row))
        console.print(table)
    for row, example in zip(section.rows, section.examples, strict=False):
        if example:
            console.print(markup(f"  e.g. {' '.join(filter(None, row[:3]))}: {example}"), style="dim")
    if section.more:
        console.print(f"… and {section.more:,} more; `--format json` has all", style="dim")
