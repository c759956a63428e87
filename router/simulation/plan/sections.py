"""A plan as titled tables, which every readable format prints in its own way."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from router.simulation.plan.report import Plan, Row, SideCost

MOST_SHOWN = 20
"""Rows shown of a table; the JSON report and the saved plan hold all."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One table; `columns` that hold numbers are named in `numeric`. `note` stands under the title, `more` counts rows left out."""

    title: str
    note: str = ""
    columns: tuple[str, ...] = ()
    numeric: frozenset[str] = frozenset()
    rows: tuple[tuple[str, ...], ...] = ()
    examples: tuple[str, ...] = ()
    """For each row, messageIds to look at."""
    more: int = 0
    alarming: bool = False


def sections(plan: Plan) -> list[Section]:
    """All sections of a plan, in the order in which a person wants them."""
    made = [make(plan) for make in _SECTIONS]
    return [section for section in made if section is not None]


def headline(plan: Plan) -> str:
    """What a plan comes to, in a sentence; with costs, a second one says what a path delivers and the transform refuses."""
    summary = plan.summary
    if plan.nothing_decided:
        return "Nothing was decided: this traffic holds no event for any destination, so the plan says nothing."
    if not plan.changes:
        return "No change."
    return (
        f"{_n(summary.changed)} of {_n(summary.units)} event deliveries change path: "
        f"{_n(summary.lost)} lost, {_n(summary.doubled)} doubled." + _refused(plan)
    )


def _refused(plan: Plan) -> str:
    if plan.refused is None:
        return ""
    now, then = plan.refused
    return f" The transform refuses {_n(then)} (now: {_n(now)})." if now or then else ""


def what_was_seen(plan: Plan) -> str:
    """How far the traffic reaches: a preview is no census."""
    summary, window = plan.summary, plan.window
    seen = f"Seen in {_n(summary.events)} events" + (f" from {window.oldest}Z to {window.newest}Z" if window else "")
    remarks = (
        ("lines that could not be decided", summary.undecided),
        ("without userId and anonymousId, so that the gateway refuses them", summary.without_ids),
        ("without a time", summary.undated),
        ("outside of these times", window.outside if window else 0),
        ("from sources without a connection", sum(plan.unconnected.values())),
        ("rare event names pooled", plan.pooled_names),
    )
    return "; ".join([seen, *(f"{what}: {_n(count)}" for what, count in remarks if count)]) + "."


def _modes(plan: Plan) -> Section | None:
    rows = tuple(
        (
            each.destination,
            each.source_type,
            each.before or "–",
            (each.after or "–") + _unsupported(supported=each.supported),
        )
        for each in plan.modes
    )
    return (
        Section(title="Connection modes", columns=("destination", "source type", "now", "then"), rows=rows)
        if rows
        else None
    )


def _unsupported(*, supported: bool) -> str:
    return "" if supported else " (not supported: both paths are blocked)"


def _moves(plan: Plan) -> Section | None:
    moved: dict[tuple[str, str, str], int] = {}
    for row in plan.moved:
        key = (row.source, row.before, row.after)
        moved[key] = moved.get(key, 0) + row.events
    rows = tuple((source, before, after, _n(events)) for (source, before, after), events in _by_count(moved.items()))
    return _table("Path changes", ("source", "path now", "path then", "events"), rows)


def _by_count(items: Iterable[tuple[tuple[str, str, str], int]]) -> list[tuple[tuple[str, str, str], int]]:
    return sorted(items, key=lambda item: (-item[1], item[0]))


def _moved_events(plan: Plan) -> Section | None:
    return _events("Events that change path", plan.moved)


def _lost(plan: Plan) -> Section | None:
    section = _settled("Lost: a path now, none then", plan.lost)
    return msgspec.structs.replace(section, alarming=True) if section else None


def _doubled(plan: Plan) -> Section | None:
    section = _settled("Doubled: both paths then", plan.doubled)
    return msgspec.structs.replace(section, alarming=True) if section else None


def _lost_already(plan: Plan) -> Section | None:
    return _settled("Lost already, and still", plan.lost_already)


def _doubled_already(plan: Plan) -> Section | None:
    return _settled("Doubled already, and still", plan.doubled_already)


def _settled(title: str, found: Sequence[Row]) -> Section | None:
    """Events with the rules that settle them."""
    section = _events(title, found)
    if section is None:
        return None
    rows = tuple((*cells, " ".join(row.rules_after)) for cells, row in zip(section.rows, found, strict=False))
    return msgspec.structs.replace(section, columns=(*section.columns, "settled by"), rows=rows)


def _events(title: str, found: Sequence[Row]) -> Section | None:
    columns = ("source", "type", "event", "now", "then", "events")
    rows = tuple(
        (row.source, row.type or "(no type)", row.event or "", row.before, row.after, _n(row.events)) for row in found
    )
    return _table(title, columns, rows, examples=tuple(" ".join(row.samples) for row in found))


def _client_lag(plan: Plan) -> Section | None:
    lag = plan.client_lag
    if lag is None:
        return None
    rows = tuple(
        (row.source, row.result, _n(row.exposed), "–" if row.expected is None else _about(row.expected))
        for row in lag.rows
    )
    note = (
        f"Estimate: {lag.formula}, with a lag of {_span(lag.lag_seconds)} and an offline share of {lag.offline_share:.1%}. "
        "Exposed are events that the old device config and the new cloud config together would lose or double."
    )
    if lag.window_seconds and lag.window_seconds < lag.lag_seconds:
        note += f" The traffic spans {_span(lag.window_seconds)}: its pace is taken for that of the whole lag."
    note += "" if rows else " No event of this traffic is exposed."
    columns = ("source", "result", "exposed", "expected")
    return Section(
        title="Clients that still hold the old config (estimate)",
        note=note,
        columns=columns,
        numeric=_NUMERIC,
        rows=rows,
    )


def _identity(plan: Plan) -> Section | None:
    rows = tuple(
        (
            risk.source,
            _n(risk.before),
            _n(risk.after),
            _n(risk.after_identified),
            "merge on identify" if risk.heals else "stay apart",
        )
        for risk in plan.identity
    )
    note = (
        "Visitors with anonymous events by cloud while the device runs Braze may get two profiles (docs/split-profiles.md)."
        + ("" if all(risk.exact for risk in plan.identity) else " Counts are estimated from a sample of visitors.")
    )
    return _table(
        "Split profiles at risk",
        ("source", "now", "then", "of them identified", "profiles"),
        rows,
        note=note,
        numeric=_NUMERIC | {"now", "then"},
    )


def _pace(plan: Plan) -> Section | None:
    rows = tuple(
        (
            pace.destination,
            when,
            _n(events),
            peak.minute + "Z" if peak else "–",
            _n(peak.events) if peak else "0",
            f"{_n(peak.requests_least)} to {_n(peak.requests_most)}" if peak else "0",
        )
        for pace in plan.pace
        for when, events, peak in (
            ("now", pace.events_before, pace.peak_before),
            ("then", pace.events_after, pace.peak_after),
        )
    )
    note = f"Limit: {LIMIT_NOTE}. Requests: full batches of 75 objects at the least, one for each event at the most."
    section = _table("Requests to Braze in the busiest minute", _PACE_COLUMNS, rows, note=note)
    alarming = any(pace.exceeded for pace in plan.pace)
    return msgspec.structs.replace(section, alarming=alarming) if section else None


def _cost(plan: Plan) -> Section | None:
    figures: tuple[tuple[str, Callable[[SideCost], int]], ...] = (
        ("data points by cloud", lambda side: side.cloud_points),
        ("data points by device", lambda side: side.device_points),
        ("attribute updates by cloud", lambda side: side.updates),
        ("of them repeats of what Braze has", lambda side: side.repeats),
        ("data points of the repeats", lambda side: side.repeat_points),
        ("events left empty by trait dedup", lambda side: side.filtered),
        ("events the transform refuses", lambda side: side.refused),
        ("events an SDK throws on", lambda side: side.sdk_errors),
    )
    rows = [
        (cost.destination, name, _n(figure(cost.before)), _n(figure(cost.after)))
        for cost in plan.cost
        for name, figure in figures
        if figure(cost.before) or figure(cost.after)
    ]
    columns, numeric = ("destination", "what", "now", "then"), frozenset({"now", "then"})
    return _table("Cost", columns, tuple(rows), note=_dedup_note(plan), numeric=numeric)


def _dedup_note(plan: Plan) -> str:
    said = [
        f"Trait dedup (supportDedup) is {'on' if cost.after.deduplicated else 'off'} then at {cost.destination}: repeats are "
        + (
            "left out."
            if cost.after.deduplicated
            else f"sent; it would save {_n(cost.after.repeat_points)} data points."
        )
        for cost in plan.cost
    ]
    return " ".join(["Prices by Braze's list; sessions and other activity of the Braze SDK itself come on top.", *said])


def _repeats(plan: Plan) -> Section | None:
    rows = [(cost.destination, name, _n(count)) for cost in plan.cost for name, count in cost.after.top_repeats]
    return _table("Attributes sent again with the same value", ("destination", "attribute", "updates"), tuple(rows))


def _requests(plan: Plan) -> Section | None:
    rows = [
        (cost.destination, peak.path, when, _n(peak.requests), _n(peak.peak), f"{peak.limit_per_minute:,}")
        for cost in plan.cost
        for when, side in (("now", cost.before), ("then", cost.after))
        for peak in side.requests
    ]
    note = "With one read a minute and partition; a router that keeps up reads more often and sends more, smaller requests."
    columns = ("destination", "path", "when", "requests", "busiest minute", "limit")
    numeric = _NUMERIC | {"busiest minute"}
    section = _table("Requests by endpoint", columns, tuple(rows), note=note, numeric=numeric)
    alarming = any(peak.exceeded for cost in plan.cost for peak in cost.after.requests)
    return section and msgspec.structs.replace(section, alarming=alarming)


def _undecided(plan: Plan) -> Section | None:
    rows = tuple((line.place, line.why) for line in plan.undecided)
    section = _table("Lines that could not be decided", ("where", "why"), rows)
    return section and msgspec.structs.replace(section, more=plan.summary.undecided - len(section.rows), alarming=True)


def _unexercised(plan: Plan) -> Section | None:
    missing = plan.unexercised
    rows = [("source", source, "no event at all") for source in missing.sources]
    rows += [("message types", source, ", ".join(types)) for source, types in missing.types]
    rows += [("filtered names", destination, ", ".join(names)) for destination, names in missing.filtered_names]
    rows += [("rules", "never reached", ", ".join(missing.rules))] if missing.rules else []
    note = "A preview is no census: of these the plan knows nothing."
    return _table("Not covered by this traffic", ("what", "where", "missing"), tuple(rows), note=note)


def _table(
    title: str,
    columns: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    *,
    note: str = "",
    examples: tuple[str, ...] = (),
    numeric: frozenset[str] | None = None,
) -> Section | None:
    if not rows:
        return None
    return Section(
        title=title,
        note=note,
        columns=columns,
        numeric=_NUMERIC if numeric is None else numeric,
        rows=rows[:MOST_SHOWN],
        examples=examples[:MOST_SHOWN],
        more=max(0, len(rows) - MOST_SHOWN),
    )


def _span(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds < 3600 else f"{seconds / 3600:.3g} h"


def _about(expected: float) -> str:
    """An estimate has no decimals."""
    return "< 1" if 0 < expected < 1 else f"{expected:,.0f}"


def _n(count: int) -> str:
    return f"{count:,}"


LIMIT_NOTE = "60,000 requests a minute to /users/track (3,000 in 3 s; other contracts state their own)"
_PACE_COLUMNS = ("destination", "when", "events by cloud", "busiest minute", "events", "requests")
_NUMERIC = frozenset(
    {"events", "exposed", "expected", "events by cloud", "requests", "of them identified", "updates", "limit"}
)
_SECTIONS: tuple[Callable[[Plan], Section | None], ...] = (
    _modes,
    _moves,
    _lost,
    _doubled,
    _moved_events,
    _client_lag,
    _identity,
    _pace,
    _cost,
    _requests,
    _repeats,
    _lost_already,
    _doubled_already,
    _undecided,
    _unexercised,
)
