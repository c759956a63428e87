"""Suites as pytest sees them: a file is a collector, each test (row, combination) an item."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from router.config.document import Document
from router.errors import ConfigInvalid
from router.lint.reports import text as lint_text
from router.pytest_plugin.ledger import Ledger
from router.suites.discovery import collect
from router.suites.finished import finished
from router.suites.reports.text import failure_lines, trace_text
from router.suites.running import judge
from router.suites.trial import Trial


class PolicyFailure(Exception):
    """A test of a suite has failed; the message says what is otherwise."""


class PolicyFile(pytest.File):
    """One suite. A suite or connection file that is wrong is an error of collection."""

    def __init__(self, *, ledger: Ledger, **options: Any) -> None:
        super().__init__(**options)
        self._ledger = ledger

    def collect(self) -> Iterator["PolicyItem"]:
        """Its tests."""
        try:
            collection = collect([self.path])
        except ConfigInvalid as invalid:
            raise self.CollectError(str(invalid)) from None
        if collection.findings:
            raise self.CollectError(click.unstyle(lint_text.render(collection.findings)))
        for path, workspace in collection.workspaces.items():
            self._ledger.add_workspace(path, workspace)
        for trial in collection.trials:
            yield PolicyItem.from_parent(
                self, name=trial.test.name, trial=trial, documents=collection.documents, ledger=self._ledger
            )


class PolicyItem(pytest.Item):
    """One test; its tags are keywords for `-k`."""

    def __init__(self, *, trial: Trial, documents: Mapping[Path, Document], ledger: Ledger, **options: Any) -> None:
        super().__init__(**options)
        self._trial, self._documents, self._ledger = trial, documents, ledger
        self.extra_keyword_matches.update(trial.test.tags)

    def runtest(self) -> None:
        """Judge it; pytest reports what is raised."""
        if self._trial.test.skip:
            pytest.skip(self._trial.test.skip)
        result = judge(self._trial, self._ledger.policies)
        self._ledger.add_result(result)
        if result.status == "failed":
            shown = finished(result, self._documents)
            self.add_report_section("call", "policy trace", trace_text(shown))
            raise PolicyFailure(click.unstyle("\n".join(failure_lines(shown))))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is otherwise, without a traceback through this program."""
        if isinstance(excinfo.value, PolicyFailure):
            return f"{self._trial.test.file}:{self._trial.test.line}\n{excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple["os.PathLike[str] | str", int | None, str]:
        """Where the test stands."""
        return self.path, self._trial.test.line - 1, self.name
