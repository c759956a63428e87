"""One simulated Braze workspace: configuration, clock, profiles, subscriptions, backlog and ledgers in one place.

It only holds state. What is done with it lives in the modules that take a workspace as their first argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.braze_simulator.clock import Clock
from router.braze_simulator.config import SimulatorConfig, with_changes
from router.braze_simulator.faults.choice import Faults
from router.braze_simulator.ids import Ids
from router.braze_simulator.ledgers.data_points import DataPoints
from router.braze_simulator.ledgers.discards import Discards, Reason
from router.braze_simulator.ledgers.order import OrderViolations
from router.braze_simulator.ledgers.requests import Requests
from router.braze_simulator.operations import Backlog, Operation
from router.braze_simulator.profiles.directory import Directory
from router.braze_simulator.rates import Rates
from router.braze_simulator.subscriptions import Subscriptions


class Workspace:
    """State of the simulator. `reset` forgets everything but the configuration."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.clock = Clock(config.clock)
        self.faults = Faults(config.seed)
        self._start_empty()

    def _start_empty(self) -> None:
        config = self.config
        self.ids = Ids(config.seed)
        self.directory = Directory(self.ids)
        self.subscriptions = Subscriptions(config.subscription_groups, config.limits.orphan_days)
        self.backlog = Backlog(config.consistency)
        self.rates = Rates()
        self.requests = Requests(config.retention.requests, config.retention.body_bytes)
        self.data_points = DataPoints(config.retention.data_point_rows)
        self.discards = Discards(config.retention.discards)
        self.order = OrderViolations()
        self.merged_into: dict[str, str] = {}
        self.deleted: list[str] = []
        self.registry: dict[str, set[str]] = {"attributes": set(), "events": set(), "products": set()}
        self.sdk_users: dict[str, str] = {}

    def reset(self) -> None:
        """Forget profiles, ledgers, backlog and rate windows; keep configuration, clock and fault rules."""
        self._start_empty()

    def reconfigure(self, changes: Mapping[str, Any]) -> None:
        """Change settings of the running workspace; raise msgspec.ValidationError and change nothing when they are wrong."""
        config = with_changes(self.config, changes)
        if config.clock != self.config.clock:
            self.clock = Clock(config.clock)
        if config.consistency != self.config.consistency:
            waiting = self.backlog.waiting
            self.backlog = Backlog(config.consistency)
            self.backlog.waiting = waiting
        self.subscriptions.configure(config.subscription_groups, config.limits.orphan_days)
        self.config = config

    def now(self) -> float:
        """The workspace's time."""
        return self.clock.now()

    def discard(
        self, operation: Operation, reason: Reason, *, key: str = "", detail: str = "", would_bill: int = 0
    ) -> None:
        """Note that something Braze accepted will not happen."""
        self.discards.add(operation, self.now(), reason, key=key, detail=detail, would_bill=would_bill)
