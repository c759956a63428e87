"""A matrix, or the changes between two, as headings and tables that every format for people prints alike."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from policies.capabilities import MESSAGE_TYPES
from policies.intended import is_intended
from policies.matrix import Carrier, ChangedSection, Changes, Matrix, Row, Section, VerdictRow, Way, WayRow, When
from router.matrix.phrases import EVERYTHING, EVERYTHING_ELSE, condition, shared

_AUTO = "auto"
_INTENDED = (
    "No longer carried, as meant: the user is suppressed, or the event's own integrations object keeps it from Braze"
)


class Cell(NamedTuple):
    """A text, and how it should strike the reader: a verdict, a way or an effect by name, or plain."""

    text: str
    tone: str = ""


class Table(NamedTuple):
    """A heading, column names and rows."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Part(NamedTuple):
    """Some connections and what is to be said about them."""

    titles: tuple[str, ...]
    tables: tuple[Table, ...]


class Page(NamedTuple):
    """All of it."""

    title: str
    notes: tuple[str, ...]
    overview: Table | None
    parts: tuple[Part, ...]


def matrix_page(matrix: Matrix, file: str) -> Page:
    """Who carries an ordinary event, then for each connection every condition that changes it."""
    return Page(
        title=f"Decision matrix of {file}",
        notes=(
            f"rule set {matrix.ruleset} · revision {matrix.revision} · {matrix.cases:,} cases decided",
            "In each list the first line that fits an event decides.",
        ),
        overview=_overview(matrix.sections),
        parts=tuple(_part(section) for section in matrix.sections),
    )


def changes_page(changes: Changes, before: str, after: str) -> Page:
    """What happens to events, then the verdicts that change."""
    nothing = () if changes.sections else ("No verdict and no rule changes.",)
    return Page(
        title=f"What changes from {before} to {after}",
        notes=(f"revision {changes.before} → {changes.after} · {changes.cases:,} cases decided twice", *nothing),
        overview=None,
        parts=tuple(_changed_part(section) for section in changes.sections),
    )


def carrier_title(carrier: Carrier) -> str:
    """`web-shop → braze-eu · web, hybrid mode`; the SDK where its name is not the source type's."""
    sdk = f", SDK {carrier.sdk}" if carrier.sdk not in ("", carrier.source_type) else ""
    return f"{carrier.source} → {carrier.destination} · {carrier.source_type}{sdk}, {carrier.mode} mode"


def _overview(sections: Iterable[Section]) -> Table:
    rows = [
        (Cell(carrier.source), Cell(carrier.mode), *_ordinary_ways(section, carrier))
        for section in sections
        for carrier in section.carriers
    ]
    heading = "Who carries an ordinary event: a known user, consent given, a name that nothing looks for"
    return Table(heading, ("source", "mode", *MESSAGE_TYPES, _AUTO), tuple(rows))


def _ordinary_ways(section: Section, carrier: Carrier) -> list[Cell]:
    ordinary = {name: labels[0] for name, labels in section.dimensions.items()}
    events = [_ordinary_event(kind, section.dimensions["event"]) for kind in MESSAGE_TYPES]
    cases = [*({**ordinary, "event": event} for event in events), {**ordinary, "origin": _AUTO}]
    return [_way_cell(_first_way(section, case)) for case in cases]


def _ordinary_event(kind: str, labels: Sequence[str]) -> str:
    return next((label for label in labels if label == f"{kind} (other name)"), kind)


def _first_way(section: Section, case: dict[str, str]) -> Way:
    fitting = (row for row in section.ways if all(case[name] in held for name, held in row.when.items()))
    return next(fitting).way


def _way_cell(way: Way) -> Cell:
    return Cell("–" if way == "neither" else way, way)


def _part(section: Section) -> Part:
    def when(row: WayRow | Row, rows: Sequence[WayRow | Row]) -> Cell:
        everything = EVERYTHING if len(rows) == 1 else EVERYTHING_ELSE
        return Cell(condition(row.when, section.dimensions) or everything)

    ways = tuple((Cell(row.way, row.way), when(row, section.ways)) for row in section.ways)
    tables = [Table("Carried by", ("path", "when"), ways)]
    for path, rows in (("device", section.device), ("cloud", section.cloud)):
        told = tuple(
            (Cell(row.verdict.verdict, row.verdict.verdict), Cell(row.verdict.rule), when(row, rows)) for row in rows
        )
        tables.append(Table(f"Verdict of the {path} path", ("verdict", "rule", "when"), told))
    return Part(tuple(map(carrier_title, section.carriers)), tuple(tables))


def _changed_part(section: ChangedSection) -> Part:
    tables = [
        _change_table(heading, ("effect", "path", "when"), _effects(section, intended=intended), section)
        for heading, intended in (("Events that change path", False), (_INTENDED, True))
    ]
    for path, rows in (("device", section.device), ("cloud", section.cloud)):
        told = [((_verdict_change(row),), row.when) for row in rows]
        tables.append(_change_table(f"Verdict of the {path} path", ("before → after", "when"), told, section))
    titles = map(_change_title, section.before, section.after)
    return Part(tuple(titles), tuple(table for table in tables if table.rows))


def _effects(section: ChangedSection, *, intended: bool) -> list[tuple[tuple[Cell, ...], When]]:
    """What happens to events; apart from it, the losses that are meant."""
    return [
        ((Cell(row.effect, "" if intended else row.effect), Cell(f"{row.before} → {row.after}")), row.when)
        for row in section.effects
        if is_intended(row.effect, row.when) is intended
    ]


def _change_table(
    heading: str, columns: tuple[str, ...], rows: Sequence[tuple[tuple[Cell, ...], When]], section: ChangedSection
) -> Table:
    """What all rows have in common stands in the heading."""
    common = shared([when for _, when in rows]) if rows else {}
    said = condition(common, section.dimensions)
    told = []
    for cells, when in rows:
        own = {name: held for name, held in when.items() if name not in common}
        everything = "all of these" if common else EVERYTHING
        told.append((*cells, Cell(condition(own, section.dimensions) or everything)))
    return Table(f"{heading}, where {said}" if said else heading, columns, tuple(told))


def _verdict_change(row: VerdictRow) -> Cell:
    before, after = (f"{each.verdict} {each.rule}" if each else "no connection" for each in (row.before, row.after))
    return Cell(f"{before}\n→ {after}", row.after.verdict if row.after else "neither")


def _change_title(before: Carrier | None, after: Carrier | None) -> str:
    if before is None or after is None:
        return f"{carrier_title(known_carrier(before, after))} · {'new' if after else 'removed'}"
    was = [f"{name} {then}" for name in ("mode", "sdk") if (then := getattr(before, name)) != getattr(after, name)]
    return f"{carrier_title(after)} · before: {', '.join(was)}" if was else carrier_title(after)


def known_carrier(before: Carrier | None, after: Carrier | None) -> Carrier:
    """The side that there is, the later one where there are both."""
    known = after or before
    assert known is not None, "a change has at least one side"
    return known
