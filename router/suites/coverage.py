"""Coverage: which rules, cells of the decision table and statements of a connection file a passing test has asserted.

What merely ran counts for nothing, and `never` pins nothing. Shares are cut, never rounded: only all is 100 %.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from policies.connection import Workspace
from router.suites.atlas import KINDS, Atlas, Item, Kind
from router.suites.file import PATHS
from router.suites.running import Result


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one kind is covered for one connection file, and what is missing."""

    connection: str
    kind: Kind
    covered: int
    total: int
    missing: tuple[str, ...]

    @property
    def share(self) -> Fraction:
        """Per cent, exactly. Nothing to cover is all of it."""
        return Fraction(100 * self.covered, self.total) if self.total else Fraction(100)


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of every connection file, and cases that would cover what is missing."""

    figures: tuple[Figure, ...]
    cases: Mapping[str, tuple[str, ...]]
    """By connection file: items of `tests:`, ready to paste."""

    def is_below(self, threshold: float) -> bool:
        """Whether any figure is below so many per cent."""
        return any(figure.share < Fraction(str(threshold)) for figure in self.figures)


def percent(share: Fraction) -> str:
    """`100`, `99.99`, `87.5`: per cent with two places at most, cut and never rounded."""
    hundredths = int(share * 100)
    return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")


def coverage_of(workspaces: Mapping[Path, Workspace], results: Sequence[Result]) -> Coverage:
    """Coverage of each connection file by the results of its suites."""
    figures, cases = list[Figure](), dict[str, tuple[str, ...]]()
    for path, workspace in workspaces.items():
        atlas = Atlas(workspace)
        covered = _covered(atlas, (result for result in results if result.test.connection == path))
        figures += [_figure(str(path), kind, atlas.reached, covered) for kind in KINDS]
        missing = [item for item in atlas.reached if item not in covered]
        if missing:
            cases[str(path)] = tuple(dict.fromkeys(atlas.paste(item) for item in missing))
    return Coverage(figures=tuple(figures), cases=cases)


def _covered(atlas: Atlas, results: Iterable[Result]) -> set[Item]:
    covered: set[Item] = set()
    for result in results:
        for item in atlas.asserted(result, covered):
            covered.add(item)
    return covered


def _figure(connection: str, kind: Kind, reached: Iterable[Item], covered: set[Item]) -> Figure:
    names = dict.fromkeys(item.name for item in reached if item.kind == kind)
    missing = tuple(name for name in names if not all(item in covered for item in _parts(kind, name)))
    return Figure(
        connection=connection, kind=kind, covered=len(names) - len(missing), total=len(names), missing=missing
    )


def _parts(kind: Kind, name: str) -> Iterator[Item]:
    """A cell is covered when both its paths are."""
    if kind == "cells":
        yield from (Item(kind, name, path) for path in PATHS)
    else:
        yield Item(kind, name)
