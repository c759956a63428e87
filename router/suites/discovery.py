"""Find suite files and read them, and lint the connection files that they stand beside: nothing runs before all is sound."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from policies.connection import Workspace
from policies.problems import Problem
from router.config.connections import workspace_of
from router.config.document import Document, read_document
from router.config.formats import read_config
from router.config.problems import Located
from router.config.shape import in_order
from router.errors import ConfigInvalid
from router.lint.linting import lint_file
from router.lint.located import LocatedFinding
from router.suites.reading import Reading, reading_of
from router.suites.staging import staged
from router.suites.suite import Suite
from router.suites.trial import Trial

SUFFIXES = (".policy.yaml", ".policy.yml")


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run needs: suites, their trials, and the connection files by path."""

    suites: tuple[Suite, ...]
    trials: tuple[Trial, ...]
    workspaces: dict[Path, Workspace]
    documents: dict[Path, Document]
    findings: tuple[LocatedFinding, ...] = ()
    """Errors that lint found in the connection files; with any, the trials mean nothing and there are none."""


def suite_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """The files themselves, and every `*.policy.yaml` below the folders, hidden folders left out; each once."""
    seen: set[Path] = set()
    for path in map(Path, paths):
        for file in _below(path) if path.is_dir() else (path,):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def collect(files: Iterable[Path]) -> Collection:
    """Read suites and their connection files; raises ConfigInvalid with the problems of all suites together."""
    readings, problems = _read_all(files)
    suites = tuple(reading.suite for reading in readings if reading.suite is not None)
    connections = [path for path in dict.fromkeys(suite.connection for suite in suites) if path.is_file()]
    findings = {path: tuple(_errors_in(path)) for path in connections}
    documents = {path: read_config(path).document for path in connections if not findings[path]}
    workspaces = {path: workspace_of(document) for path, document in documents.items()}
    trials = list[Trial]()
    for reading in readings:
        if reading.suite is not None and reading.suite.connection in workspaces:
            made, unfit = staged(reading.suite, workspaces[reading.suite.connection])
            trials += made
            problems += (reading.document.locate(each) for each in unfit if not reading.mended.concerns(each.pointer))
    if problems:
        raise ConfigInvalid(in_order(problems))
    wrong = tuple(found for each in findings.values() for found in each)
    if wrong:
        return Collection(suites=suites, trials=(), workspaces={}, documents={}, findings=wrong)
    return Collection(suites=suites, trials=tuple(trials), workspaces=workspaces, documents=documents)


def _below(folder: Path) -> Iterator[Path]:
    found = sorted(path for path in folder.rglob("*") if path.name.endswith(SUFFIXES))
    yield from (path for path in found if not _is_hidden(path.relative_to(folder)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read_all(files: Iterable[Path]) -> tuple[list[Reading], list[Located]]:
    readings, problems = list[Reading](), list[Located]()
    for file in files:
        try:
            reading = reading_of(read_document(file))
        except ConfigInvalid as invalid:
            problems += invalid.problems
            continue
        readings.append(reading)
        problems += reading.located
        problems += _missing_connection(reading)
    return readings, problems


def _missing_connection(reading: Reading) -> Iterator[Located]:
    suite = reading.suite
    if suite is not None and not suite.connection.is_file() and not reading.mended.concerns("/connection"):
        problem = Problem(
            pointer="/connection",
            message=f"there is no file `{suite.connection}`",
            fix="the path is relative to the suite",
        )
        yield reading.document.locate(problem)


def _errors_in(connection: Path) -> Iterator[LocatedFinding]:
    yield from (found for found in lint_file(str(connection)) if found.severity == "error")
