"""Failures as workflow commands that GitHub Actions turns into annotations. Source: GitHub docs, workflow commands."""

import click

from router.lint.reports.github import annotation
from router.suites.finished import Finished, Summary
from router.suites.reports.text import failure_lines, summary_line


class GithubReport:
    """One command per failed test as results come, then the counts."""

    def begin(self, total: int) -> str:
        """Nothing."""
        return ""

    def result(self, finished: Finished) -> str:
        """An error on the line where the test stands; a notice where it is skipped."""
        place = {"file": finished.file, "line": str(finished.line), "col": str(finished.column), "title": finished.name}
        if finished.status == "failed":
            return annotation("error", place, click.unstyle("\n".join(failure_lines(finished)))) + "\n"
        if finished.status == "skipped":
            return annotation("notice", place, f"skipped: {finished.reason}") + "\n"
        return ""

    def end(self, summary: Summary) -> str:
        """The counts."""
        return click.unstyle(summary_line(summary)) + "\n"
