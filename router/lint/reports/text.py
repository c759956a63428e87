"""Findings for a terminal or a ticket: place, rule, quoted line with caret, effect, fix."""

from collections import Counter
from collections.abc import Sequence

import click

from policies.lint.finding import SEVERITIES
from router.lint.located import LocatedFinding
from router.visible import visible, visible_lines

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


def render(findings: Sequence[LocatedFinding]) -> str:
    """One paragraph per finding, and a line that counts them."""
    return "".join(f"{_paragraph(found)}\n\n" for found in findings) + _summary(findings) + "\n"


def _paragraph(found: LocatedFinding) -> str:
    severity = click.style(found.severity, fg=_COLOURS[found.severity], bold=True)
    lines = [f"{_place(found)}: {severity} {click.style(found.rule, bold=True)}: {visible_lines(found.message)}"]
    lines += quoted(found)
    lines += [f"  {label:<8}{visible_lines(text)}" for label, text in _details(found) if text]
    return "\n".join(lines)


def quoted(found: LocatedFinding) -> list[str]:
    """The line that a finding stands in, and a caret under what it is about; nothing where the place is not known."""
    if not found.text:
        return []
    gutter = f"{found.line:>5} | "
    return [gutter + visible(found.text), " " * (len(gutter) - 2) + "| " + _caret(found)]


def _place(found: LocatedFinding) -> str:
    file = visible(found.file)
    return f"{file}:{found.line}:{found.column}" if found.line else file


def _caret(found: LocatedFinding) -> str:
    return " " * (found.column - 1) + click.style("^" * found.width, fg=_COLOURS[found.severity])


def _details(found: LocatedFinding) -> tuple[tuple[str, str], ...]:
    return ("at", found.pointer), ("effect", found.effect), ("fix", found.fix)


def _summary(findings: Sequence[LocatedFinding]) -> str:
    counts = Counter(found.severity for found in findings)
    return ", ".join(f"{counts[severity]} {_plural(severity, counts[severity])}" for severity in SEVERITIES)


def _plural(severity: str, count: int) -> str:
    return severity if count == 1 or severity == "info" else f"{severity}s"
