"""From a question and what was counted to the plan. Pure."""

from collections.abc import Iterable
from datetime import datetime

from policies.capabilities import CAPABILITIES
from policies.connection import Destination, Source, Workspace
from router.simulation.plan.bill import Bills
from router.simulation.plan.client_lag import Lag, client_lag
from router.simulation.plan.costs import costs_of
from router.simulation.plan.counting import count
from router.simulation.plan.engines import Total
from router.simulation.plan.identity_risk import identity_risks
from router.simulation.plan.pace import paces
from router.simulation.plan.question import Question, ask
from router.simulation.plan.report import ModeChange, Plan, Row, Summary, UndecidedLine, Window
from router.simulation.plan.tally import Count, Group, Tally, Trouble
from router.simulation.plan.unexercised import unexercised

_MINUTE = "%Y-%m-%dT%H:%M"
_OUTLIERS = 1000
"""One event in so many, at either end, may lie outside the window."""


def plan(old: Workspace, new: Workspace, lines: Iterable[bytes], *, lag: Lag | None = None) -> Plan:
    """The plan for traffic in memory: each line an envelope or a bare message."""
    question = ask(old, new)
    tally = count(question, lines)
    troubles = [Trouble(place=f"line {number}", why=why) for number, why in tally.troubles]
    return plan_of(question, Total(tally=tally, troubles=troubles), lag=lag)


def plan_of(question: Question, total: Total, *, lag: Lag | None = None, bills: Bills | None = None) -> Plan:
    """The plan that a tally amounts to, with costs where there are bills."""
    tally, window = total.tally, window_of(total.tally)
    rows = tuple(sorted((_row(group, each) for group, each in tally.groups.items()), key=_largest_first))
    return Plan(
        base_revision=question.old.revision,
        target_revision=question.new.revision,
        modes=mode_changes(question.old, question.new),
        summary=_summary(tally, rows),
        window=window,
        rows=rows,
        client_lag=client_lag(tally.groups, window, lag) if lag else None,
        identity=identity_risks(question, tally),
        pace=paces(tally.minutes, window),
        cost=costs_of(question, bills) if bills else (),
        unexercised=unexercised(question.new, tally),
        undecided=tuple(UndecidedLine(place=trouble.place, why=trouble.why) for trouble in total.troubles),
        unconnected=dict(sorted(tally.unconnected.items())),
        pooled_names=tally.pooled,
    )


def window_of(tally: Tally) -> Window | None:
    """The window of the events' own times; None where no event has one."""
    if not tally.minutes:
        return None
    counts = [(minute, sum(flows.values())) for minute, flows in sorted(tally.minutes.items())]
    outliers = sum(count for _, count in counts) // _OUTLIERS
    oldest, before = _edge(counts, outliers)
    newest, after = _edge(counts[::-1], outliers)
    first, last = (datetime.strptime(minute, _MINUTE) for minute in (oldest, newest))
    return Window(oldest=oldest, newest=newest, seconds=(last - first).total_seconds() + 60, outside=before + after)


def _edge(counts: Iterable[tuple[str, int]], outliers: int) -> tuple[str, int]:
    """The first minute after which more than the outliers have come, and how many came before it."""
    passed = 0
    for minute, events in counts:
        if passed + events > outliers:
            return minute, passed
        passed += events
    raise AssertionError("there are more events than outliers")


def mode_changes(old: Workspace, new: Workspace) -> tuple[ModeChange, ...]:
    """Every connection mode that differs, for source types that are connected in either workspace."""
    changes: dict[tuple[str, str], ModeChange] = {}
    for connection in (*old.connections, *new.connections):
        destination, source_type = connection.destination.id, connection.source.type
        before, after = (_mode(workspace, destination, connection.source) for workspace in (old, new))
        if before != after:
            changes[destination, source_type] = ModeChange(
                destination=destination,
                source_type=source_type,
                before=before,
                after=after,
                supported=after == "" or after in CAPABILITIES[source_type].modes,
            )
    return tuple(change for _, change in sorted(changes.items()))


def _mode(workspace: Workspace, destination_id: str, source: Source) -> str:
    """The mode there, empty where the workspace has no such destination."""
    found: Destination | None = next((item for item in workspace.destinations if item.id == destination_id), None)
    return found.mode_for(source.type) if found else ""


def _row(group: Group, each: Count) -> Row:
    return Row(
        destination=group.destination,
        source=group.source,
        source_type=group.source_type,
        type=group.type,
        event=group.name,
        before=group.old.path,
        after=group.new.path,
        rules_before=group.old.rules,
        rules_after=group.new.rules,
        events=each.events,
        samples=tuple(each.samples),
    )


def _largest_first(row: Row) -> tuple[int, str]:
    return -row.events, repr(row)


def _summary(tally: Tally, rows: Iterable[Row]) -> Summary:
    counts = dict.fromkeys(
        ("units", "changed", "rules_changed", "lost", "doubled", "lost_already", "doubled_already"), 0
    )
    for row in rows:
        for name in ("units", *_kinds(row)):
            counts[name] += row.events
    return Summary(
        events=tally.events,
        undecided=tally.undecided,
        without_ids=tally.without_ids,
        undated=tally.undated,
        **counts,
    )


def _kinds(row: Row) -> Iterable[str]:
    moves = row.before != row.after
    if moves:
        yield "changed"
    elif row.rules_before != row.rules_after:
        yield "rules_changed"
    for path, name in (("neither", "lost"), ("both", "doubled")):
        if row.after == path:
            yield name if moves else f"{name}_already"
