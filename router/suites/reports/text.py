"""Results for a terminal: a line per test, and for what fails expected and got, the rule, why, where, and an `expect` to paste."""

from collections.abc import Iterator

import click

from policies.decision import Step
from router.suites.coverage import Coverage, Figure, percent
from router.suites.finished import Difference, EventShown, Finding, Finished, Summary
from router.suites.pasting import expect_text, flow
from router.suites.reports.mutation import mutation_text
from router.visible import visible

_MARKS = {"passed": ("ok", "green"), "failed": ("FAIL", "red"), "skipped": ("skip", "yellow")}
_MOST_MISSING = 20


class TextReport:
    """Prints as results come. `quiet` leaves out tests that are as they should be."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._file = ""

    def begin(self, total: int) -> str:
        """Nothing: the first file's name comes with its first test."""
        return ""

    def result(self, finished: Finished) -> str:
        """One test."""
        if self._quiet and finished.status != "failed":
            return ""
        head = "" if finished.file == self._file else f"{click.style(visible(finished.file), bold=True)}\n"
        self._file = finished.file
        return head + "".join(f"{line}\n" for line in (_line(finished), *failure_lines(finished)))

    def end(self, summary: Summary) -> str:
        """Coverage and mutation score, if asked for, and the counts."""
        coverage = "" if summary.coverage is None else f"\n{coverage_text(summary.coverage)}"
        mutation = "" if summary.mutation is None else f"\n{mutation_text(summary.mutation)}"
        return f"{coverage}{mutation}\n{summary_line(summary)}\n"


def summary_line(summary: Summary) -> str:
    """`12 passed, 1 failed, 2 skipped`, and why the run fails where that is not plain."""
    said = [f"{summary.passed} passed", f"{summary.failed} failed"]
    said += [f"{summary.skipped} skipped"] if summary.skipped else []
    said += [f"{summary.deselected} deselected"] if summary.deselected else []
    line = ", ".join(said)
    if not summary.ran:
        line += ": no test ran, and what tests nothing passes nothing"
    if summary.is_below:
        line += f"; coverage is below {summary.fail_under:g} %"
    if summary.misses_mutants:
        line += f"; the mutation score is below {summary.mutation_fail_under:g} %"
    return click.style(line, fg="red" if summary.exit_code else "green", bold=True)


def failure_lines(finished: Finished) -> Iterator[str]:
    """What is wrong with a test, without the trace."""
    for finding in finished.failures:
        if finding.event is not None:
            yield f"       {_event(finding.event)}"
        for difference in finding.differences:
            yield from _difference(difference)
        if finding.corrected:
            yield "       what came, as an expectation:"
            yield expect_text(finding.corrected, indent=9)
    if finished.unshown:
        yield f"       and {finished.unshown} more events are otherwise than expected"


def trace_text(finished: Finished) -> str:
    """Every step of every event that is shown, for stderr."""
    traced = ((finding, finding.event) for finding in finished.failures if finding.event is not None)
    return "".join(_trace(finished, finding, event) for finding, event in traced)


def coverage_text(coverage: Coverage) -> str:
    """The figures, what is missing, and cases to paste."""
    return "\n".join(line for figure in coverage.figures for line in _figure(figure)) + "\n" + _cases(coverage)


def _line(finished: Finished) -> str:
    mark, colour = _MARKS[finished.status]
    name = visible(finished.name + (f": {finished.reason}" if finished.reason else ""))
    if finished.status == "failed":
        name += click.style(f"  {visible(finished.file)}:{finished.line}:{finished.column}", dim=True)
    elif finished.events > 1:
        name += click.style(f"  ({finished.events} events)", dim=True)
    return f"  {click.style(mark, fg=colour):<4} {name}"


def _event(event: EventShown) -> str:
    what = f"{event.type or '(no type)'} {event.event or ''}".strip()
    sdk = f" · SDK {event.sdk}" if event.sdk else ""
    named = f" · messageId {event.message_id}" if event.message_id else ""
    return visible(f"{what} from {event.source} ({event.source_type}, {event.mode}{sdk}) to {event.destination}{named}")


def _difference(difference: Difference) -> Iterator[str]:
    yield f"         {visible(difference.what)}"
    yield f"           expected  {_value(difference.expected)}"
    yield f"           got       {_value(difference.got)}"
    if difference.rule:
        yield f"           rule      {difference.rule}: {visible(difference.why or '')}"
    if difference.place or difference.config_pointer:
        where = difference.config_pointer or "the mode that the test gives"
        yield visible(f"           where     {' '.join(filter(None, (difference.place, where)))}")


def _value(value: object) -> str:
    return visible(value if isinstance(value, str) else flow(value))


def _trace(finished: Finished, finding: Finding, event: EventShown) -> str:
    title = f"trace of {finished.file}:{finished.line} {finished.name}, event {event.index + 1}"
    return "".join(f"{line}\n" for line in (visible(title), *map(_step, finding.steps)))


def _step(step: Step) -> str:
    seen = "" if step.value is None else f"  saw {step.value!r}"
    line = f"  {step.path:<6} {step.outcome:<8} {step.rule:<28} {step.why}  {step.config_pointer or ''}{seen}"
    return visible(line.rstrip())


def _figure(figure: Figure) -> Iterator[str]:
    yield f"coverage of {visible(figure.connection)}: {figure.kind:<8} {figure.covered}/{figure.total}  {percent(figure.share)} %"
    yield from (f"  not covered  {visible(name)}" for name in figure.missing[:_MOST_MISSING])
    if len(figure.missing) > _MOST_MISSING:
        yield f"  and {len(figure.missing) - _MOST_MISSING} more"


def _cases(coverage: Coverage) -> str:
    parts = [
        f"\n# cases that cover it, for `tests:` of a suite beside {visible(path)}\n" + "\n".join(cases) + "\n"
        for path, cases in coverage.cases.items()
    ]
    return "".join(parts)
