"""Where every accepted unit is, in sum and by source, destination and rule, and how delivery is doing."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.control.bodies import json_answer
from router.control.delivery_status import (
    DestinationStatus,
    Lease,
    ProcessStatus,
    destination_statuses,
    leases,
    process_statuses,
)
from router.control.operation import Operation
from router.runtime import Runtime
from router.store.accounting import Account, Totals, total
from router.store.processes import Processes


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One counter, taken apart."""

    state: str
    source: str
    destination: str
    rule: str
    units: int


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The account of one installation."""

    revision: str
    adds_up: bool
    totals: Totals
    queued: dict[str, int]
    queued_bytes: dict[str, int]
    paused: list[str]
    by_rule: list[Row]
    destinations: list[DestinationStatus]
    processes: list[ProcessStatus]
    leases: list[Lease]


class StatusApi:
    """`/admin/v1/status`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        return [
            Operation("GET /admin/v1/status", self.show, role="viewer", answer=Status),
        ]

    async def show(self, request: Request) -> Response:
        """Where every accepted unit is, and how delivery is doing. From the store: it covers all processes.

        Rates, circuits and errors are what each process last said of itself, at most two seconds ago.
        """
        store, processes = self._runtime.store, Processes(self._runtime.store)
        workspace = self._runtime.table.workspace
        account, paused, reports = await store.account(), await store.paused(), await processes.alive()
        backlog = await processes.backlog([name for name, units in account.queued.items() if units])
        totals = total(account.counters, queued=sum(account.queued.values()))
        status = Status(
            revision=self._runtime.table.revision,
            adds_up=totals.adds_up(),
            totals=totals,
            queued=dict(account.queued),
            queued_bytes=dict(account.queued_bytes),
            paused=sorted(paused),
            by_rule=rows(account),
            destinations=destination_statuses(workspace, account, backlog, paused=paused, reports=reports),
            processes=process_statuses(reports, backlog),
            leases=leases(backlog),
        )
        return json_answer(status)


def rows(account: Account) -> list[Row]:
    """The counters as rows, sorted."""
    found = [
        Row(state=state, source=source, destination=destination, rule=rule, units=units)
        for (state, source, destination, rule), units in (
            (name.split("|", 3), n) for name, n in account.counters.items()
        )
    ]
    return sorted(found, key=lambda row: (row.state, row.source, row.destination, row.rule))
