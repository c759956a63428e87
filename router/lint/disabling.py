"""Comments that switch rules off for a line: `# lint: disable=RULE[,RULE] because REASON`, on it or on its own line above."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from policies.lint.finding import LintRule
from router.config.document import Document
from router.lint.located import LocatedFinding
from router.lint.reading_rules import UNUSED, WITHOUT_REASON

_COMMENT = re.compile(r"#\s*lint:\s*disable=(?P<rules>[\w/,-]+)(?:\s+because\s+(?P<reason>\S.*))?")


class Disable(msgspec.Struct, frozen=True):
    """One rule that a comment at `line` switches off for the line `applies_to`."""

    rule: str
    reason: str
    line: int
    column: int
    applies_to: int


def disables_in(lines: Sequence[str]) -> list[Disable]:
    """Every disable of a file. A comment alone on its line applies to the next line that is no comment."""
    return [disable for number, line in enumerate(lines, start=1) for disable in _in_line(lines, number, line)]


def without_disabled(findings: Sequence[LocatedFinding], document: Document) -> list[LocatedFinding]:
    """The findings that no comment switches off, and what is wrong with the comments themselves."""
    disables = disables_in(document.lines)
    given = {(disable.rule, disable.applies_to) for disable in disables if disable.reason}
    left = [found for found in findings if (found.rule, found.line) not in given]
    met = {(found.rule, found.line) for found in findings}
    return left + [_about(disable, rule, document) for disable in disables if (rule := _complaint(disable, met))]


def _in_line(lines: Sequence[str], number: int, line: str) -> Iterator[Disable]:
    comment = _COMMENT.search(line)
    if comment is None:
        return
    alone = line.lstrip().startswith("#")
    for rule in filter(None, comment["rules"].split(",")):
        yield Disable(
            rule,
            (comment["reason"] or "").strip(),
            number,
            comment.start() + 1,
            _next(lines, number) if alone else number,
        )


def _next(lines: Sequence[str], number: int) -> int:
    following = range(number, len(lines))
    return next((at + 1 for at in following if lines[at].strip() and not lines[at].lstrip().startswith("#")), number)


def _complaint(disable: Disable, met: set[tuple[str, int]]) -> LintRule | None:
    if not disable.reason:
        return WITHOUT_REASON
    return None if (disable.rule, disable.applies_to) in met else UNUSED


def _about(disable: Disable, rule: LintRule, document: Document) -> LocatedFinding:
    return LocatedFinding(
        rule=rule.id,
        severity=rule.severity,
        file=document.file,
        line=disable.line,
        column=disable.column,
        pointer="",
        message=f"{rule.summary}: `{disable.rule}`",
        effect=rule.effect,
        fix="add ` because <reason>`" if rule is WITHOUT_REASON else "remove the comment",
        text=document.lines[disable.line - 1],
    )
