"""A finding with the place in a file where it stands."""

import re
from collections.abc import Sequence

import msgspec

from policies.lint.finding import Finding, LintRule, Severity
from router.config.document import Document
from router.config.problems import Located
from router.lint.masking import masked

_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,\[\]{}]+")


class LocatedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding: file, line and column (from 1; 0 = unknown), the quoted line, and what to do."""

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    pointer: str
    message: str
    effect: str
    fix: str
    text: str = ""
    """The line itself, without the secrets in it."""

    @property
    def width(self) -> int:
        """Length of the word that the finding is about."""
        token = _TOKEN.match(self.text, max(self.column - 1, 0))
        return len(token[0]) if token else 1


def from_finding(finding: Finding, document: Document) -> LocatedFinding:
    """The finding, placed in the file that its value was read from."""
    line, column = document.place(finding.pointer)
    read, pointer = document.whence(finding.pointer)
    return LocatedFinding(
        rule=finding.rule,
        severity=finding.severity,
        file=read.file,
        line=line,
        column=column,
        pointer=pointer,
        message=finding.message,
        effect=finding.effect,
        fix=finding.fix,
        text=masked(_line(read.lines, line), pointer=pointer, column=column),
    )


def from_problem(problem: Located, rule: LintRule, lines: Sequence[str]) -> LocatedFinding:
    """A problem that reading a file brought up, as a finding of a rule; `lines` are the file's."""
    return LocatedFinding(
        rule=rule.id,
        severity=rule.severity,
        file=problem.file,
        line=problem.line,
        column=problem.column,
        pointer=problem.pointer,
        message=problem.message,
        effect=rule.effect,
        fix=problem.fix,
        text=masked(_line(lines, problem.line), pointer=problem.pointer, column=problem.column),
    )


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""
