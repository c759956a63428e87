"""One router process: gateway, admin API and delivery on one event loop. `run → start / serve / stop` is its table of contents."""

import asyncio
import random
import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack

import httpx
import msgspec
import structlog

from policies.connection import Destination, Workspace, as_document
from router.braze.batching import BatchSettings
from router.braze.client import BrazeClient
from router.braze.hosts import rest_endpoint
from router.config.settings import Settings
from router.delivery.backoff import DEFAULT_LIMITS, Cause, Limits
from router.delivery.circuit import Circuit
from router.delivery.leases import Leases
from router.delivery.options import Revisions
from router.delivery.outlet import Outlet
from router.delivery.pacing import Pacer, Rates
from router.delivery.worker import Worker
from router.routing import routing_table
from router.runtime import Runtime
from router.store.store import Store
from router.store.traits import TraitMemory

log = structlog.get_logger()


class Service:
    """A router on `settings`, delivering what `workspace` says. Use as an async context manager."""

    def __init__(
        self,
        *,
        settings: Settings,
        workspace: Workspace,
        environment: Mapping[str, str],
        redis_url: str,
        braze_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._environment = environment
        self._redis_url = redis_url
        self._transport = braze_transport
        self._stack = AsyncExitStack()
        self._stopping = asyncio.Event()
        self._delivering: asyncio.Task[None] | None = None
        self.store: Store
        self.runtime: Runtime
        self.worker: Worker

    async def __aenter__(self) -> "Service":
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the store, compile the connections, begin to deliver."""
        settings = self._settings
        self.store = await Store.open(
            self._redis_url, partitions=settings.partitions, timeout=settings.store_timeout_seconds
        )
        self._stack.push_async_callback(self.store.aclose)
        await self._save_revision()
        self.runtime = Runtime(
            settings=settings,
            table=routing_table(self._workspace),
            store=self.store,
            on_commit=lambda: self.worker.wake(),
        )
        leases = Leases(self.store, owner=uuid.uuid4().hex)
        self.worker = Worker(self.store, await self._outlets(), leases, self._stopping)
        self._delivering = asyncio.create_task(self.worker.run())

    async def reload(self, workspace: Workspace, environment: Mapping[str, str]) -> None:
        """Swap connections and keys. Events accepted before keep the revision that decided them; lanes at work end as they began."""
        self._workspace, self._environment = workspace, environment
        await self._save_revision()
        self.worker.use(await self._outlets())
        self.runtime.table = routing_table(workspace)

    async def stop(self) -> None:
        """Finish what is in flight, give leases back, close everything; what is queued stays queued."""
        try:
            if self._delivering is not None:
                await self.runtime.intake.aclose()
                await self.worker.stop(within=self._settings.shutdown_seconds)
                await self._delivering
        finally:
            await self._stack.aclose()

    async def _traits(self, destination: Destination) -> TraitMemory | None:
        """The destination's trait memory where a connection asks for it; elsewhere it is ended, so that nobody trusts it later."""
        memory = TraitMemory(
            self.store,
            destination=destination.id,
            days=self._settings.trait_memory_days,
            max_attributes=self._settings.trait_memory_max_attributes,
        )
        sources = [item.source for item in self._workspace.connections if item.destination.id == destination.id]
        if any(destination.settings_for(source.type).support_dedup for source in sources):
            return memory
        await memory.forget_all()
        return None

    async def _save_revision(self) -> None:
        document = msgspec.json.encode(as_document(self._workspace))
        await self.store.save_revision(self._workspace.revision, document)

    async def _outlets(self) -> dict[str, Outlet]:
        return {item.id: await self._outlet(item) for item in self._workspace.destinations if item.enabled}

    async def _outlet(self, destination: Destination) -> Outlet:
        key = destination.rest_api_key
        client = BrazeClient(
            self._settings.braze_url or rest_endpoint(destination.config.get("dataCenter")),
            key.reveal(self._environment) if key else "none",
            transport=self._transport,
        )
        await self._stack.enter_async_context(client)
        return Outlet(
            destination=destination.id,
            client=client,
            circuit=Circuit(destination.id),
            pacer=Pacer(
                self.store, destination=destination.id, rates=pace_rates(self._settings), clock=self.runtime.clock
            ),
            revisions=Revisions(self.store, self._workspace),
            traits=await self._traits(destination),
            batching=BatchSettings(track_batching=self._settings.track_batching, coalescing="per_user"),
            ambiguous=self._settings.ambiguous,
            limits=retry_limits(self._settings),
            store=self.store,
            metrics=self.runtime.metrics,
            clock=self.runtime.clock,
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
