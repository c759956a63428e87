"""Findings as SARIF 2.1.0, which code hosts show beside the code. Source: OASIS, Static Analysis Results Interchange Format."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from policies.lint.finding import LintRule, Severity
from router import __version__
from router.lint.located import LocatedFinding
from router.lint.reading_rules import ALL_RULES

_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def render(findings: Sequence[LocatedFinding]) -> str:
    """One run with every rule and a result per finding."""
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "results": [_result(found) for found in findings],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _driver() -> dict[str, Any]:
    return {"name": "hybrid-router lint", "version": __version__, "rules": [_rule(rule) for rule in ALL_RULES]}


def _rule(rule: LintRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.effect},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(found: LocatedFinding) -> dict[str, Any]:
    text = f"{found.message}; {found.effect}" + (f"; fix: {found.fix}" if found.fix else "")
    return {
        "ruleId": found.rule,
        "level": _LEVELS[found.severity],
        "message": {"text": text},
        "locations": [_location(found)],
    }


def _location(found: LocatedFinding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(found.file)}}
    if found.line:
        start = max(found.column, 1)
        place["region"] = {"startLine": found.line, "startColumn": start, "endColumn": start + found.width}
    return {"physicalLocation": place, "logicalLocations": [{"fullyQualifiedName": found.pointer or "/"}]}
