"""The outlets of a process: one per enabled destination, kept over changes of the connections that do not concern it."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Mapping

import httpx
import msgspec
import structlog

from policies.connection import Destination, Workspace
from router.braze.batching import BatchSettings
from router.braze.client import BrazeClient
from router.braze.hosts import rest_endpoint
from router.config.settings import Settings
from router.delivery.activity import Activity
from router.delivery.backoff import DEFAULT_LIMITS, Cause, Limits
from router.delivery.circuit import Circuit
from router.delivery.options import Revisions
from router.delivery.outlet import Outlet
from router.delivery.pacing import Pacer, Rates
from router.metrics import Metrics
from router.regulations.watch import Watch
from router.store.store import Store
from router.store.traits import TraitMemory

log = structlog.get_logger()


class _Way(msgspec.Struct, frozen=True):
    """What an outlet depends on: as long as it is the same, the outlet stays, with its connections and its circuit."""

    url: str
    key: str
    deduplicates: bool

    @property
    def account(self) -> str:
        """Stands for host and key, which Braze counts requests by; neither can be found out from it."""
        return hashlib.sha256(f"{self.url}\0{self.key}".encode()).hexdigest()[:32]


class Outlets:
    """Builds outlets and keeps those that need no change. Close with `aclose`."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        metrics: Metrics,
        clock: Callable[[], float],
        stopping: asyncio.Event,
        watch: Watch,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._stopping = stopping
        self._watch = watch
        self._transport = transport
        self._built: dict[str, tuple[_Way, Outlet]] = {}

    async def renew(self, workspace: Workspace, environment: Mapping[str, str]) -> dict[str, Outlet]:
        """The outlets that a workspace needs. A destination whose key is not in the environment has none: its queue is held."""
        built: dict[str, tuple[_Way, Outlet]] = {}
        for destination in workspace.destinations:
            way = self._way(destination, workspace, environment) if destination.enabled else None
            if way is None:
                continue
            kept = self._built.get(destination.id)
            outlet = kept[1] if kept and kept[0] == way else await self._outlet(destination, workspace, way)
            built[destination.id] = (way, outlet)
        replaced = [
            outlet for name, (_, outlet) in self._built.items() if name not in built or built[name][1] is not outlet
        ]
        self._built = built
        for outlet in replaced:
            await outlet.client.retire()
        return self.current

    @property
    def current(self) -> dict[str, Outlet]:
        """The outlets in use, by destination."""
        return {name: outlet for name, (_, outlet) in self._built.items()}

    async def aclose(self) -> None:
        """Close every connection to Braze."""
        for _, outlet in self._built.values():
            await outlet.client.aclose()

    def _way(self, destination: Destination, workspace: Workspace, environment: Mapping[str, str]) -> _Way | None:
        key = destination.rest_api_key
        if key is not None and key.variable is not None and key.variable not in environment:
            log.error("destination held: its key is not in the environment", destination=destination.id, key=str(key))
            return None
        return _Way(
            url=self._settings.braze_url or rest_endpoint(destination.config.get("dataCenter")),
            key=key.reveal(environment) if key else "none",
            deduplicates=_deduplicates(destination, workspace),
        )

    async def _outlet(self, destination: Destination, workspace: Workspace, way: _Way) -> Outlet:
        client = BrazeClient(way.url, way.key, transport=self._transport)
        await client.open()
        return Outlet(
            destination=destination.id,
            client=client,
            circuit=Circuit(destination.id),
            activity=Activity(self._clock),
            pacer=Pacer(
                self._store,
                account=way.account,
                destination=destination.id,
                rates=pace_rates(self._settings),
                clock=self._clock,
            ),
            revisions=Revisions(self._store, workspace),
            traits=TraitMemory(
                self._store,
                destination=destination.id,
                days=self._settings.trait_memory_days,
                max_attributes=self._settings.trait_memory_max_attributes,
            ),
            tracks_traits=way.deduplicates,
            watch=self._watch,
            batching=BatchSettings(track_batching=self._settings.track_batching, coalescing="per_user"),
            ambiguous=self._settings.ambiguous,
            limits=retry_limits(self._settings),
            store=self._store,
            metrics=self._metrics,
            clock=self._clock,
            stopping=self._stopping,
            rng=random.Random(),
        )


def retry_limits(settings: Settings) -> dict[Cause, Limits]:
    """The limits of each class of failure, with the operator's ages."""
    hours: dict[Cause, float] = {
        "throttled": settings.give_up_throttled_hours,
        "server": settings.give_up_server_hours,
        "connection": settings.give_up_connection_hours,
    }
    return {
        cause: msgspec.structs.replace(limits, give_up_after=3600 * hours[cause])
        for cause, limits in DEFAULT_LIMITS.items()
    }


def pace_rates(settings: Settings) -> Rates:
    """How fast Braze's limit groups may be used."""
    return Rates(
        track_per_second=settings.pace_track_per_second,
        users_per_minute=settings.pace_users_per_minute,
        subscriptions_per_minute=settings.pace_subscriptions_per_minute,
    )


def _deduplicates(destination: Destination, workspace: Workspace) -> bool:
    sources = [item.source for item in workspace.connections if item.destination.id == destination.id]
    return any(destination.settings_for(source.type).support_dedup for source in sources)
