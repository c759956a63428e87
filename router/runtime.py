"""What one running process shares between its parts: settings, the routing table of the moment, store, intake, metrics."""

import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from router.config.settings import Settings
from router.configuration import Configuration
from router.decision_log import DecisionLog
from router.gateway.body import Bodies
from router.metrics import Metrics
from router.recording.recorder import Recorder
from router.regulations.watch import Watch
from router.routing import RoutingTable
from router.store.intake import Intake
from router.store.recordings import Recordings
from router.store.regulations import Regulations
from router.store.store import Store


async def _nothing() -> None:
    """What a process does about other revisions when it follows none."""


class Runtime:
    """Built once at the edge and passed on. `table` is swapped as a whole when the connections change."""

    def __init__(
        self,
        *,
        settings: Settings,
        table: RoutingTable,
        store: Store,
        configuration: Configuration,
        on_commit: Callable[[], None] = lambda: None,
        refresh: Callable[[], Awaitable[None]] = _nothing,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self.settings = settings
        self.admin_digest: str | None = None
        """SHA-256 of the settings' admin token; None without one."""
        self.table = table
        self.store = store
        self.configuration = configuration
        self.refresh = refresh
        self.wake = on_commit
        self.connections: Callable[[], int] = lambda: 0
        """How many connections the gateway's server has open."""
        self.bodies = Bodies(limit=settings.max_reading_bytes)
        self.clock = clock
        self.new_id = new_id
        self.metrics = Metrics()
        self.regulations = Regulations(store)
        self.watch = Watch(self.regulations, clock=clock)
        self.recordings = Recordings(store)
        self.recorder = Recorder(self.recordings, clock=clock)
        self.decision_log = DecisionLog(settings.decision_log)
        self.intake = Intake(
            store,
            clock=clock,
            window_seconds=settings.dedup_window_seconds,
            max_queued=settings.max_queued_events,
            max_queued_bytes=settings.max_queued_bytes,
            timeout=settings.store_timeout_seconds,
            on_commit=on_commit,
        )

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.fromtimestamp(self.clock(), UTC)
