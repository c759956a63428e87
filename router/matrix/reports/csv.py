"""One line for each row and carrier, with a column for each dimension; `*` = anything."""

import csv
import io
from collections.abc import Iterable, Iterator

from policies.cases import DIMENSIONS
from policies.decision import Verdict
from policies.matrix import Carrier, Changes, Matrix, When
from router.matrix.page import known_carrier
from router.matrix.phrases import value

_CARRIER = ("source", "destination", "source_type", "sdk", "mode")
_Line = tuple[str | int, ...]
_Told = tuple[_Line, When]


def render_matrix(matrix: Matrix) -> str:
    """Within a carrier and list, the line with the lowest order that fits decides."""
    header = (*_CARRIER, "list", "order", "verdict", "rule", *DIMENSIONS)
    return _text(header, _matrix_lines(matrix))


def render_changes(changes: Changes) -> str:
    """Every line is true by itself."""
    header = (*_CARRIER, "list", "before", "before_rule", "after", "after_rule", *DIMENSIONS)
    return _text(header, _changes_lines(changes))


def _matrix_lines(matrix: Matrix) -> Iterator[_Line]:
    for section in matrix.sections:
        told: list[_Told] = [(("ways", order, row.way, ""), row.when) for order, row in enumerate(section.ways, 1)]
        for path, rows in (("device", section.device), ("cloud", section.cloud)):
            verdicts = ((order, row.verdict, row.when) for order, row in enumerate(rows, 1))
            told += [((path, order, verdict.verdict, verdict.rule), when) for order, verdict, when in verdicts]
        for carrier in section.carriers:
            yield from ((*_of(carrier), *row, *_conditions(when, section.dimensions)) for row, when in told)


def _changes_lines(changes: Changes) -> Iterator[_Line]:
    for section in changes.sections:
        told: list[_Told] = [
            ((f"effect: {row.effect}", row.before, "", row.after, ""), row.when) for row in section.effects
        ]
        for path, rows in (("device", section.device), ("cloud", section.cloud)):
            told += [((path, *_parts(row.before), *_parts(row.after)), row.when) for row in rows]
        for carrier in map(known_carrier, section.before, section.after):
            yield from ((*_of(carrier), *row, *_conditions(when, section.dimensions)) for row, when in told)


def _parts(verdict: Verdict | None) -> tuple[str, str]:
    return (verdict.verdict, verdict.rule) if verdict else ("", "")


def _of(carrier: Carrier) -> tuple[str, ...]:
    return tuple(getattr(carrier, name) for name in _CARRIER)


def _conditions(when: When, dimensions: When) -> tuple[str, ...]:
    return tuple(value(name, when, dimensions) for name in DIMENSIONS)


def _text(header: tuple[str, ...], lines: Iterable[_Line]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return stream.getvalue()
