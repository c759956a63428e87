"""Findings as workflow commands that GitHub Actions turns into annotations. Source: GitHub docs, workflow commands."""

from collections.abc import Mapping, Sequence

from policies.lint.finding import Severity
from router.lint.located import LocatedFinding
from router.visible import visible_lines

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(findings: Sequence[LocatedFinding]) -> str:
    """One command per finding."""
    return "".join(f"{_command(found)}\n" for found in findings)


def annotation(level: str, place: Mapping[str, str], text: str) -> str:
    """One workflow command; `level` is error, warning or notice, `place` has file, line, col, title …"""
    said = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    return f"::{level} {said}::{_message(text)}"


def _command(found: LocatedFinding) -> str:
    place = {"file": found.file}
    if found.line:
        place |= {"line": str(found.line), "col": str(found.column), "endColumn": str(found.column + found.width)}
    text = f"{found.message}; {found.effect}" + (f"; fix: {found.fix}" if found.fix else "")
    return annotation(_COMMANDS[found.severity], {**place, "title": found.rule}, text)


def _message(text: str) -> str:
    """The log shows it to people; of its line breaks the runner makes those of the annotation."""
    return visible_lines(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
