"""Results in the Test Anything Protocol, version 14 (testanything.org)."""

import click
import msgspec

from router.suites.finished import Finished, Summary
from router.suites.pasting import expect_text, flow
from router.suites.reports.text import summary_line
from router.visible import visible


class TapReport:
    """One line per test as results come; what is wrong stands below it as YAML."""

    def __init__(self) -> None:
        self._number = 0

    def begin(self, total: int) -> str:
        """Version and plan."""
        return f"TAP version 14\n1..{total}\n"

    def result(self, finished: Finished) -> str:
        """One test point."""
        self._number += 1
        result = "not ok" if finished.status == "failed" else "ok"
        skip = f" # SKIP {_plain(finished.reason or '')}" if finished.status == "skipped" else ""
        name = _plain(f"{finished.file}: {finished.name}").replace("#", "\\#")
        return f"{result} {self._number} - {name}{skip}\n{_diagnosis(finished)}"

    def end(self, summary: Summary) -> str:
        """The counts as a comment; a run of nothing bails out."""
        return f"# {_plain(summary_line(summary))}\n" if summary.ran else "Bail out! no test ran\n"


def _diagnosis(finished: Finished) -> str:
    if finished.status != "failed":
        return ""
    lines = ["  ---", f"  at: {flow(f'{finished.file}:{finished.line}:{finished.column}')}"]
    for finding in finished.failures:
        lines += [f"  - {flow(msgspec.to_builtins(each))}" for each in finding.differences]
    return "\n".join([*_as_list(lines), *_pasted(finished), "  ..."]) + "\n"


def _as_list(lines: list[str]) -> list[str]:
    return [*lines[:2], "  differences:", *(f"  {line}" for line in lines[2:])]


def _pasted(finished: Finished) -> list[str]:
    found = next((finding.corrected for finding in finished.failures if finding.corrected), None)
    return [expect_text(found, indent=2)] if found else []


def _plain(text: str) -> str:
    return visible(" ".join(click.unstyle(text).split()))
