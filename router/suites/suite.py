"""A suite as it is run: its connection file, and every row and combination as a test of its own."""

from pathlib import Path

import msgspec

from router.config.document import Document
from router.suites.file import Event, Expect, Given, Where

DEFAULT_CLOCK = "2026-01-01T00:00:00.000Z"
"""The moment at which events are received where a suite states none: results must not hang on today."""


class PolicyTest(msgspec.Struct, frozen=True, kw_only=True):
    """One test: everything merged from suite, test, case and combination."""

    name: str
    file: str
    line: int
    column: int
    pointer: str
    """Where in the file the test (or the case) stands."""
    expect_pointer: str
    """Where what is expected stands."""
    connection: Path
    clock: str
    tags: frozenset[str]
    skip: str | None
    given: Given
    event: Event | None
    events_from: Path | None
    where: Where
    expect: Expect

    @property
    def id(self) -> str:
        """Unique over all suites of a run."""
        return f"{self.file}::{self.name}"


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of one file."""

    file: str
    document: Document
    connection: Path
    tests: tuple[PolicyTest, ...]
