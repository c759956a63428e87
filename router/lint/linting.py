"""Lint one file: read it, apply the rules, place what they find."""

from collections.abc import Sequence

from policies.lint.finding import SEVERITIES, LintRule, Severity
from policies.lint.rules import lint
from router.config.connections import workspace_of
from router.config.document import read_text
from router.config.draft import Imported
from router.config.formats import read_config
from router.config.problems import Located
from router.errors import ConfigInvalid
from router.lint.disabling import without_disabled
from router.lint.located import LocatedFinding, from_finding, from_problem
from router.lint.reading_rules import INVALID, NOT_CARRIED_OVER


def lint_file(path: str) -> list[LocatedFinding]:
    """Everything found in a config file of any known format, in the order of its lines."""
    try:
        imported = read_config(path)
        found = without_disabled(_findings(imported), imported.document)
    except ConfigInvalid as invalid:
        found = from_problems(invalid.problems, INVALID)
    return sorted(found, key=lambda each: (each.file, each.line, each.column, each.rule))


def at_least(severity: Severity, found: Sequence[LocatedFinding]) -> bool:
    """Whether anything found is as bad as `severity` or worse."""
    bad = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return any(each.severity in bad for each in found)


def _findings(imported: Imported) -> list[LocatedFinding]:
    found = [from_finding(each, imported.document) for each in lint(workspace_of(imported.document))]
    return found + from_problems(imported.notes, NOT_CARRIED_OVER)


def from_problems(problems: Sequence[Located], rule: LintRule) -> list[LocatedFinding]:
    """Problems that reading files brought up as findings of a rule, with the lines that they stand in."""
    lines = {file: _lines(file) for file in {problem.file for problem in problems}}
    return [from_problem(problem, rule, lines[problem.file]) for problem in problems]


def _lines(file: str) -> list[str]:
    """The lines of a file that may be unreadable: that is what the problem is then about."""
    try:
        return read_text(file).splitlines()
    except ConfigInvalid:
        return []
