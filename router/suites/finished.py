"""Results as data, fit for JSON: what every report is rendered from."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from policies.decision import Step
from router.cli.exit_codes import ExitCode
from router.config.document import Document
from router.suites.coverage import Coverage
from router.suites.expectation import Met, Mismatch, corrected
from router.suites.mutation import Score
from router.suites.running import Failure, Result, Status
from router.suites.suite import PolicyTest
from router.suites.trial import Occurrence

FORMAT_VERSION = 1


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is otherwise, and the rule, reason and line of the connection file behind it."""

    what: str
    expected: Any
    got: Any
    rule: str | None = None
    why: str | None = None
    config_pointer: str | None = None
    place: str | None = None
    """`file:line:column` of what the pointer names."""


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """One event of which something other came than was expected."""

    index: int
    message_id: str | None
    type: str
    event: str | None
    source: str
    source_type: str
    sdk: str | None
    mode: str
    destination: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one event of a test; `event` is null where the test met no event, or too few."""

    event: EventShown | None
    differences: tuple[Difference, ...]
    corrected: dict[str, Any]
    """The `expect` that would have held."""
    steps: tuple[Step, ...] = ()


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """One test that has run, or was skipped."""

    file: str
    line: int
    column: int
    name: str
    tags: tuple[str, ...]
    status: Status
    reason: str | None
    """Why it was skipped."""
    events: int
    """How many events it met."""
    failures: tuple[Finding, ...]
    unshown: int
    """Further events that are wrong."""


class Summary(msgspec.Struct, kw_only=True):
    """How a run ended. The exit code is decided here and nowhere else."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    deselected: int = 0
    coverage: Coverage | None = None
    fail_under: float | None = None
    mutation: Score | None = None
    mutation_fail_under: float | None = None

    def count(self, status: Status) -> None:
        """One more test of that status."""
        setattr(self, status, getattr(self, status) + 1)

    @property
    def ran(self) -> int:
        """Tests that were run."""
        return self.passed + self.failed

    @property
    def is_below(self) -> bool:
        """Whether some coverage is below what was asked for."""
        return self.coverage is not None and self.fail_under is not None and self.coverage.is_below(self.fail_under)

    @property
    def misses_mutants(self) -> bool:
        """Whether fewer mutants were killed than was asked for."""
        asked = self.mutation_fail_under
        return self.mutation is not None and asked is not None and self.mutation.is_below(asked)

    @property
    def exit_code(self) -> ExitCode:
        """1 where a test failed or none ran, 4 where all passed and coverage or mutation score are too low."""
        if self.failed or not self.ran:
            return ExitCode.TESTS_FAILED
        return ExitCode.BELOW_THRESHOLD if self.is_below or self.misses_mutants else ExitCode.OK


def finished(result: Result, documents: Mapping[Path, Document]) -> Finished:
    """A result as data; `documents` = connection files, for the lines that rules point to."""
    test = result.test
    return Finished(
        file=test.file,
        line=test.line,
        column=test.column,
        name=test.name,
        tags=tuple(sorted(test.tags)),
        status=result.status,
        reason=test.skip,
        events=len({each.index for each in result.trial.occurrences}),
        failures=tuple(_finding(failure, result, documents.get(test.connection)) for failure in result.failures),
        unshown=result.unshown,
    )


def counts(summary: Summary) -> dict[str, int]:
    """How many tests ended how."""
    return dict(
        Counter(passed=summary.passed, failed=summary.failed, skipped=summary.skipped, deselected=summary.deselected)
    )


def _finding(failure: Failure, result: Result, document: Document | None) -> Finding:
    met = failure.met
    differences = tuple(_difference(each, failure, result.test, document) for each in failure.mismatches)
    if met is None or failure.occurrence is None:
        return Finding(event=None, differences=differences, corrected={})
    return Finding(
        event=_shown(failure.occurrence, met),
        differences=differences,
        corrected=corrected(result.test.expect, met),
        steps=met.steps_of(),
    )


def _difference(mismatch: Mismatch, failure: Failure, test: PolicyTest, document: Document | None) -> Difference:
    plain = Difference(what=mismatch.what, expected=mismatch.expected, got=mismatch.got)
    if failure.met is None or failure.occurrence is None or mismatch.path is None:
        return plain
    step = failure.met.deciding(mismatch.path)
    by_test = _is_given(step.config_pointer, failure.occurrence, test)
    return msgspec.structs.replace(
        plain,
        rule=step.rule,
        why=step.why,
        config_pointer=None if by_test else step.config_pointer,
        place=f"{test.file}:{test.line}:{test.column}" if by_test else _place(step.config_pointer, document),
    )


def _is_given(pointer: str | None, occurrence: Occurrence, test: PolicyTest) -> bool:
    """Whether the connection mode that decided is the test's own, not the file's."""
    overridden = test.given.mode is not None or bool(test.given.modes)
    return overridden and pointer is not None and pointer == occurrence.terms.mode_pointer


def _place(pointer: str | None, document: Document | None) -> str | None:
    if pointer is None or document is None:
        return None
    line, column = document.place(pointer)
    return f"{document.whence(pointer)[0].file}:{line}:{column}" if line else None


def _shown(occurrence: Occurrence, met: Met) -> EventShown:
    terms, outcome = occurrence.terms, met.outcome
    return EventShown(
        index=outcome.index,
        message_id=outcome.message_id,
        type=outcome.type,
        event=outcome.event,
        source=terms.connection.source.id,
        source_type=outcome.source_type,
        sdk=terms.device.sdk.id if terms.device.sdk else None,
        mode=outcome.mode,
        destination=outcome.destination,
    )
