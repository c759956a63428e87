"""What one pytest run has asserted of which connection files."""

from functools import cached_property
from pathlib import Path

from policies.connection import Workspace
from router.suites.coverage import Coverage, coverage_of
from router.suites.running import Policies, Result


class Ledger:
    """Results and workspaces as they come, and the policies that they share."""

    def __init__(self) -> None:
        self.policies = Policies()
        self._results: list[Result] = []
        self._workspaces: dict[Path, Workspace] = {}

    def add_workspace(self, path: Path, workspace: Workspace) -> None:
        """A connection file that is under test."""
        self._workspaces[path] = workspace

    def add_result(self, result: Result) -> None:
        """A test that has run."""
        self._results.append(result)

    def coverage(self) -> Coverage:
        """Coverage by everything so far; to be asked at the end of a run."""
        return self._coverage

    @cached_property
    def _coverage(self) -> Coverage:
        return coverage_of(self._workspaces, self._results)
