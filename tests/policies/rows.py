"""Reading the rows of a matrix as a person does: the first that fits decides."""

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from policies.matrix import When


class HasWhen(Protocol):
    """A row of whatever kind."""

    @property
    def when(self) -> When: ...


_RowT = TypeVar("_RowT", bound=HasWhen)


def fits(row: HasWhen, labels: Mapping[str, str]) -> bool:
    """Whether a row is about the event with these labels."""
    return all(labels[name] in held for name, held in row.when.items())


def first_row(rows: Iterable[_RowT], labels: Mapping[str, str]) -> _RowT:
    """The row that decides."""
    return next(row for row in rows if fits(row, labels))
