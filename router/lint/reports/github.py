"""Findings as workflow commands that GitHub Actions turns into annotations. Source: GitHub docs, workflow commands."""

from collections.abc import Sequence

from policies.lint.finding import Severity
from router.lint.located import LocatedFinding

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(findings: Sequence[LocatedFinding]) -> str:
    """One command per finding."""
    return "".join(f"{_command(found)}\n" for found in findings)


def _command(found: LocatedFinding) -> str:
    place = [f"file={_property(found.file)}"]
    if found.line:
        place += [f"line={found.line}", f"col={found.column}", f"endColumn={found.column + found.width}"]
    place.append(f"title={_property(found.rule)}")
    text = f"{found.message}; {found.effect}" + (f"; fix: {found.fix}" if found.fix else "")
    return f"::{_COMMANDS[found.severity]} {','.join(place)}::{_message(text)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
