"""Find suite files and read them, and lint the connection files that they stand beside: nothing runs before all is sound."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from policies.connection import Workspace
from policies.problems import Problem
from router.config.connections import workspace_of
from router.config.document import Document
from router.config.formats import read_config
from router.config.problems import Located
from router.errors import ConfigInvalid
from router.lint.linting import lint_file
from router.lint.located import LocatedFinding
from router.suites.reading import read_suite
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
    suites, problems = _read_all(files)
    connections = dict.fromkeys(suite.connection for suite in suites)
    findings = tuple(_errors_in(connections)) if not problems else ()
    if problems or findings:
        _raise(problems)
        return Collection(suites=suites, trials=(), workspaces={}, documents={}, findings=findings)
    documents = {path: read_config(path).document for path in connections}
    workspaces = {path: workspace_of(document) for path, document in documents.items()}
    return Collection(
        suites=suites,
        trials=tuple(_trials(suites, workspaces)),
        workspaces=workspaces,
        documents=documents,
    )


def _below(folder: Path) -> Iterator[Path]:
    found = sorted(path for path in folder.rglob("*") if path.name.endswith(SUFFIXES))
    yield from (path for path in found if not _is_hidden(path.relative_to(folder)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read_all(files: Iterable[Path]) -> tuple[tuple[Suite, ...], list[Located]]:
    suites, problems = list[Suite](), list[Located]()
    for file in files:
        try:
            suite = read_suite(file)
        except ConfigInvalid as invalid:
            problems += invalid.problems
            continue
        suites.append(suite)
        problems += _missing_connection(suite)
    return tuple(suites), problems


def _missing_connection(suite: Suite) -> Iterator[Located]:
    if not suite.connection.is_file():
        problem = Problem(
            pointer="/connection",
            message=f"there is no file `{suite.connection}`",
            fix="the path is relative to the suite",
        )
        yield suite.document.locate(problem)


def _errors_in(connections: Iterable[Path]) -> Iterator[LocatedFinding]:
    for path in connections:
        yield from (found for found in lint_file(str(path)) if found.severity == "error")


def _trials(suites: Sequence[Suite], workspaces: dict[Path, Workspace]) -> list[Trial]:
    trials, problems = list[Trial](), list[Located]()
    for suite in suites:
        try:
            trials += staged(suite, workspaces[suite.connection])
        except ConfigInvalid as invalid:
            problems += invalid.problems
    _raise(problems)
    return trials


def _raise(problems: Sequence[Located]) -> None:
    if problems:
        raise ConfigInvalid(problems)
