"""How delivery is doing, over all processes: each destination's queue, its age, its rate and what holds it; who owns which partition."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from policies.connection import Workspace
from router.store.accounting import Account
from router.store.processes import Backlog, CircuitReport, DestinationReport, FailureReport, ProcessReport


class ProcessError(FailureReport, frozen=True, kw_only=True):
    """The last request of a process that Braze did not take."""

    process: str


class DestinationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One destination, over all processes."""

    destination: str
    configured: bool
    """False: the connections do not have it (any more). It is listed because something is still queued for it, which waits until
    the connections have a destination of that id again."""
    enabled: bool
    """False also for one that is not configured."""
    paused: bool
    queued: int
    queued_bytes: int
    oldest_seconds: float
    """How long the oldest entry of its queues has waited; 0 with nothing queued."""
    delivered_last_minute: int
    circuit: CircuitReport
    """The worst of all processes."""
    last_errors: list[ProcessError]
    """The last one of each process, newest first."""


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One process that is alive; what it has not said (yet) is empty."""

    process: str
    host: str = ""
    pid: int = 0
    kind: str = ""
    version: str = ""
    started_at: str = ""
    revision: str = ""
    partitions: list[int]
    """Those that it delivers from."""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who delivers from a partition."""

    partition: int
    process: str
    """Empty: nobody at the moment."""


def destination_statuses(
    workspace: Workspace,
    account: Account,
    backlog: Backlog,
    *,
    paused: frozenset[str],
    reports: Mapping[str, ProcessReport | None],
) -> list[DestinationStatus]:
    """Every destination of the connections, and every other that something is queued for."""
    enabled = {item.id: item.enabled for item in workspace.destinations}
    found = []
    for name in [*enabled, *account.left_behind(enabled)]:
        own = _own(reports, name)
        found.append(
            DestinationStatus(
                destination=name,
                configured=name in enabled,
                enabled=enabled.get(name, False),
                paused=name in paused,
                queued=account.queued.get(name, 0),
                queued_bytes=account.queued_bytes.get(name, 0),
                oldest_seconds=round(backlog.oldest_seconds.get(name, 0.0), 1),
                delivered_last_minute=sum(report.delivered_last_minute for report in own.values()),
                circuit=_worst([report.circuit for report in own.values()]),
                last_errors=_errors(own),
            )
        )
    return found


def process_statuses(reports: Mapping[str, ProcessReport | None], backlog: Backlog) -> list[ProcessStatus]:
    """Every process that is alive."""
    return [_process(owner, report, backlog.owners) for owner, report in reports.items()]


def leases(backlog: Backlog) -> list[Lease]:
    """The owner of each partition."""
    return [Lease(partition=number, process=owner) for number, owner in enumerate(backlog.owners)]


def _own(reports: Mapping[str, ProcessReport | None], destination: str) -> dict[str, DestinationReport]:
    return {
        owner: report.destinations[destination]
        for owner, report in reports.items()
        if report is not None and destination in report.destinations
    }


def _worst(circuits: Iterable[CircuitReport]) -> CircuitReport:
    order = ("closed", "resting", "open")
    closed = CircuitReport(state="closed", retry_in_seconds=0.0, reason="")
    return max(circuits, key=lambda each: (order.index(each.state), each.retry_in_seconds), default=closed)


def _errors(own: Mapping[str, DestinationReport]) -> list[ProcessError]:
    found = [
        ProcessError(process=owner, **msgspec.structs.asdict(report.last_error))
        for owner, report in own.items()
        if report.last_error
    ]
    return sorted(found, key=lambda error: error.at, reverse=True)


def _process(owner: str, report: ProcessReport | None, owners: Sequence[str]) -> ProcessStatus:
    partitions = [number for number, name in enumerate(owners) if name == owner]
    if report is None:
        return ProcessStatus(process=owner, partitions=partitions)
    return ProcessStatus(
        process=owner,
        host=report.host,
        pid=report.pid,
        kind=report.kind,
        version=report.version,
        started_at=report.started_at,
        revision=report.revision,
        partitions=partitions,
    )
