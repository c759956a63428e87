"""`hybrid-router test`: policy suites."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import IO, Any, Protocol

import click
import msgspec

from router.cli.exit_codes import ExitCode
from router.lint.reports import text as lint_text
from router.suites.coverage import coverage_of
from router.suites.discovery import Collection, collect, suite_files
from router.suites.finished import Finished, Summary, finished
from router.suites.mutation import Score, score_of
from router.suites.reports.github import GithubReport
from router.suites.reports.json import JsonReport
from router.suites.reports.junit import JunitReport
from router.suites.reports.tap import TapReport
from router.suites.reports.text import TextReport, trace_text
from router.suites.running import Policies, Result, judge
from router.suites.selection import selected
from router.suites.trial import Trial

_EXAMPLE = """\b
Example:
  hybrid-router test fixtures/suites
  hybrid-router test fixtures/suites -k 'hybrid and not alias' --report junit --output suites.xml
  hybrid-router test fixtures/suites/quickstart.policy.yaml --coverage --fail-under 100
  hybrid-router test fixtures/suites --mutate --mutation-fail-under 100
"""


class Report(Protocol):
    """Says something when a run begins, after each test, and at the end."""

    def begin(self, total: int) -> str: ...

    def result(self, finished: Finished) -> str: ...

    def end(self, summary: Summary) -> str: ...


_REPORTS: Mapping[str, Callable[[], Report]] = {
    "text": TextReport,
    "json": JsonReport,
    "junit": JunitReport,
    "tap": TapReport,
    "github": GithubReport,
}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    tags: tuple[str, ...]
    expression: str
    report: str
    output: str | None
    quiet: bool
    fail_fast: bool
    coverage: bool
    fail_under: float | None
    mutate: bool
    mutation_fail_under: float | None


@click.command("test", epilog=_EXAMPLE)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(exists=True))
@click.option(
    "--tag", "tags", multiple=True, metavar="TAG", help="Only tests with this tag; several times: any of them."
)
@click.option("-k", "expression", default="", metavar="EXPRESSION", help="Only tests whose file name and name fit it.")
@click.option("--report", type=click.Choice(tuple(_REPORTS)), default="text", show_default=True, help="Report format.")
@click.option("--output", metavar="FILE", help="Write the report to FILE, and the text report to stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Text report: only failures and the last line.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@click.option("--coverage", is_flag=True, help="Rules, cells and config branches asserted; cases for what is missing.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PCT",
    help="Exit with 4 where a coverage figure is below PCT. Implies --coverage.",
)
@click.option(
    "--mutate",
    is_flag=True,
    help="Would the suites notice a rule negated, dropped or swapped? Cases for what they miss.",
)
@click.option(
    "--mutation-fail-under",
    type=click.FloatRange(0, 100),
    metavar="PCT",
    help="Exit with 4 where fewer mutants are killed than PCT. Implies --mutate.",
)
def test(paths: tuple[str, ...], **options: object) -> int:
    """Run policy suites: files, and every *.policy.yaml below folders. Nothing is sent.

    Results go to stdout, traces of failures to stderr. Exits with 1 where a test failed or none ran, with 3 where a suite or
    its connection file is wrong, with 4 where all passed and coverage is below --fail-under, or the mutation score below
    --mutation-fail-under.
    """
    chosen = msgspec.convert(options, Chosen)
    files = list(suite_files(paths))
    collection = collect(files)
    if collection.findings:
        click.echo(lint_text.render(collection.findings), nl=False, err=True)
        return ExitCode.INVALID
    if not files:
        click.echo(f"there is no *.policy.yaml below {', '.join(paths)}", err=True)
    with ExitStack() as stack:
        return _run(collection, chosen, _printers(chosen, stack))


class _Printer:
    """A report and the stream that it is written to, flushed after each piece."""

    def __init__(self, report: Report, stream: IO[Any] | None) -> None:
        self.report = report
        self._stream = stream

    def say(self, text: str) -> None:
        """Write at once: who watches sees results as they come."""
        if text:
            click.echo(text, file=self._stream, nl=False)


def _printers(chosen: Chosen, stack: ExitStack) -> list[_Printer]:
    report = TextReport(quiet=chosen.quiet) if chosen.report == "text" else _REPORTS[chosen.report]()
    if chosen.output is None:
        return [_Printer(report, None)]
    stream = stack.enter_context(click.open_file(chosen.output, "w", encoding="utf-8"))
    return [_Printer(report, stream), _Printer(TextReport(quiet=chosen.quiet), None)]


def _run(collection: Collection, chosen: Chosen, printers: Sequence[_Printer]) -> int:
    wanted = selected([trial.test for trial in collection.trials], tags=chosen.tags, expression=chosen.expression)
    ids = {each.id for each in wanted}
    trials = [trial for trial in collection.trials if trial.test.id in ids]
    summary = Summary(
        deselected=len(collection.trials) - len(trials),
        fail_under=chosen.fail_under,
        mutation_fail_under=chosen.mutation_fail_under,
    )
    for printer in printers:
        printer.say(printer.report.begin(len(trials)))
    results = list(_results(trials, collection, chosen, summary, printers))
    if chosen.coverage or chosen.fail_under is not None:
        summary.coverage = coverage_of(collection.workspaces, results)
    if chosen.mutate or chosen.mutation_fail_under is not None:
        summary.mutation = _mutated(collection, results)
    for printer in printers:
        printer.say(printer.report.end(summary))
    return summary.exit_code


def _mutated(collection: Collection, results: Sequence[Result]) -> Score:
    if not sys.stderr.isatty():
        return score_of(collection.workspaces, results)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("mutants", total=None)
        return score_of(
            collection.workspaces, results, lambda done, total: progress.update(task, completed=done, total=total)
        )


def _results(
    trials: Sequence[Trial], collection: Collection, chosen: Chosen, summary: Summary, printers: Sequence[_Printer]
) -> Iterator[Result]:
    policies = Policies()
    for trial in trials:
        result = judge(trial, policies)
        shown = finished(result, collection.documents)
        summary.count(result.status)
        for printer in printers:
            printer.say(printer.report.result(shown))
        click.echo(trace_text(shown), err=True, nl=False)
        yield result
        if chosen.fail_fast and result.status == "failed":
            return


if __name__ == "__main__":
    from router.cli.main import main

    sys.exit(main(["test", *sys.argv[1:]]))
