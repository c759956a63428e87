"""What a process tells the others of itself, every two seconds, so that any of them can answer `status` for all."""

import os
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from router import __version__
from router.delivery.activity import Failure
from router.delivery.outlet import Outlet
from router.errors import StoreUnavailable
from router.store.processes import (
    CircuitReport,
    DestinationReport,
    FailureReport,
    Processes,
    ProcessKind,
    ProcessReport,
)
from router.store.store import Store
from router.timestamps import format_time

REPORT_SECONDS = 2.0


class Reporting:
    """The reports of one process."""

    def __init__(self, store: Store, *, owner: str, kind: ProcessKind, clock: Callable[[], float]) -> None:
        self._processes = Processes(store)
        self._owner = owner
        self._kind = kind
        self._started_at = _time(clock())

    async def report(self, revision: str, outlets: Mapping[str, Outlet]) -> None:
        """Say what is so now; a store that does not answer hears it next time."""
        report = ProcessReport(
            host=socket.gethostname(),
            pid=os.getpid(),
            kind=self._kind,
            version=__version__,
            started_at=self._started_at,
            revision=revision,
            destinations={name: _destination(outlet) for name, outlet in outlets.items()},
        )
        try:
            await self._processes.report(self._owner, report)
        except StoreUnavailable:
            return

    async def withdraw(self) -> None:
        """The process ends; a store that does not answer forgets it by itself."""
        try:
            await self._processes.withdraw(self._owner)
        except StoreUnavailable:
            return


def _destination(outlet: Outlet) -> DestinationReport:
    rest, reason = outlet.circuit.rest(outlet.ticks()), outlet.circuit.reason
    failure = outlet.activity.last_failure
    return DestinationReport(
        delivered_last_minute=outlet.activity.last_minute(),
        circuit=CircuitReport(
            state="open" if reason else "resting" if rest else "closed",
            retry_in_seconds=round(rest, 1),
            reason=reason,
        ),
        last_error=_failure(failure) if failure else None,
    )


def _failure(failure: Failure) -> FailureReport:
    return FailureReport(at=_time(failure.at), path=failure.path, outcome=failure.outcome, message=failure.message)


def _time(seconds: float) -> str:
    return format_time(datetime.fromtimestamp(seconds, UTC))
