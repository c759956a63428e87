"""A process taken apart: its store, its worker and its deletions, so that a test can stop each where it likes."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from policies.connection import Workspace
from router.config.settings import Settings
from router.delivery.leases import Leases
from router.delivery.outlets import Outlets
from router.delivery.worker import Worker
from router.gateway.ingest import Receipt, ingest_batch
from router.metrics import Metrics
from router.regulations.deletions import Deletions
from router.regulations.progress import Deletion, Target
from router.regulations.regulation import RegulatedUser, Regulation, RegulationRequest, regulation_of
from router.regulations.suppressions import Suppressions
from router.regulations.watch import Watch
from router.routing import routing_table
from router.store.accounting import Totals
from router.store.intake import Intake
from router.store.regulations import Kept, Regulations
from router.store.store import Store
from tests.conftest import BrazeAnswer
from tests.scripted_braze import OK

DESTINATION = "braze-eu"
USERS = [f"u-{number}" for number in range(120)]


class Scene:
    """One process on a store of its own."""

    def __init__(self, store: Store, workspace: Workspace, outlets: Mapping[str, Any], watch: Watch) -> None:
        self.store = store
        self.watch = watch
        self.regulations = Regulations(store)
        self.outlets = outlets
        self.stopping = asyncio.Event()
        self._own: Deletions | None = None
        self.table = routing_table(workspace)
        self._intake = Intake(
            store, clock=time.time, window_seconds=86_400, max_queued=10_000, max_queued_bytes=10**9, timeout=5.0
        )

    async def accept(self, *events: dict[str, Any], known: Suppressions | None = None) -> None:
        """Events of the web source, put into the queues as a gateway does it; `known` is what that gateway knows."""
        receipt = Receipt(
            received_at="2026-05-04T08:00:00.000Z",
            new_id=lambda: uuid.uuid4().hex,
            revision=self.table.revision,
            suppressions=self.watch.suppressions if known is None else known,
        )
        body = json.dumps({"batch": events}).encode()
        await self._intake.put(ingest_batch(body, self.table.by_source["web-shop"], receipt))

    async def regulate(self, *users: str, name: str = "r-1") -> Regulation:
        """Suppress users and begin to delete them."""
        request = RegulationRequest(
            regulation_type="suppress_with_delete",
            destination_ids=[DESTINATION],
            users=[RegulatedUser(user_id=user) for user in users],
        )
        regulation, links = regulation_of(
            request, sources=(), destinations=(DESTINATION,), id=name, created_at="2026-05-04T08:00:00.000Z"
        )
        await self.regulations.create(regulation, links)
        return regulation

    def use_watch(self, watch: Watch) -> None:
        """Let what is started from now on know regulations by another watch."""
        self.watch = watch
        self.outlets = {name: msgspec.structs.replace(outlet, watch=watch) for name, outlet in self.outlets.items()}

    async def rounds(self, count: int) -> None:
        """So many rounds of this process."""
        self._own = self._own or self.deletions()
        for _ in range(count):
            await self._own.round()

    def deletions(self, regulations: Regulations | None = None, *, repeat_after: float = 0.0) -> Deletions:
        """The part of a process that deletes; a new one stands for a process that was started again."""
        return Deletions(
            regulations or self.regulations,
            self.watch,
            owner=uuid.uuid4().hex,
            outlets=lambda: self.outlets,
            paused=self.store.paused,
            clock=time.time,
            stopping=self.stopping,
            repeat_after=repeat_after,
        )

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """Lanes at work, as in any process."""
        worker = Worker(self.store, self.outlets, Leases(self.store, owner="w"), self.watch, self.stopping)
        task = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            self.stopping.set()
            await worker.stop(within=2.0)
            await task
            self.stopping.clear()

    async def drained(self) -> Totals:
        """The totals once nothing is queued."""
        for _ in range(200):
            totals = await self.store.totals()
            if totals.queued == 0:
                break
            await asyncio.sleep(0.02)
        assert totals.adds_up()
        return totals

    async def kept(self, name: str = "r-1") -> Kept:
        """The regulation as it stands."""
        return await self.regulations.show(name)


@asynccontextmanager
async def scene(store: Store, workspace: Workspace, braze: BrazeAnswer, **settings: Any) -> AsyncIterator[Scene]:
    """A scene with `braze` answering; what the connections say is in the store."""
    watch = Watch(Regulations(store))
    stopping = asyncio.Event()
    outlets = Outlets(
        settings=Settings(partitions=4, **settings),
        store=store,
        metrics=Metrics(),
        clock=time.time,
        stopping=stopping,
        watch=watch,
        transport=httpx.MockTransport(braze),
    )
    built = await outlets.renew(workspace, {"BRAZE_REST_KEY": "planted-rest-key"})
    made = Scene(store, workspace, built, watch)
    made.stopping = stopping
    try:
        yield made
    finally:
        await outlets.aclose()


def with_trait_dedup(workspace: Workspace) -> Workspace:
    """The same connections, with trait dedup on."""
    from policies.connection import revised

    (destination,) = workspace.destinations
    changed = msgspec.structs.replace(destination, config={**destination.config, "supportDedup": True})
    connections = tuple(msgspec.structs.replace(each, destination=changed) for each in workspace.connections)
    return revised(msgspec.structs.replace(workspace, destinations=(changed,), connections=connections))


class Braze:
    """Takes everything but what `refuse` answers; remembers who was deleted, and what came for whom after that."""

    def __init__(
        self, refuse: Callable[[str, dict[str, Any]], httpx.Response | None] = lambda path, body: None
    ) -> None:
        self.refuse = refuse
        self.deleted: list[list[str]] = []
        self.sent: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if refusal := self.refuse(request.url.path, body):
            return refusal
        if request.url.path == "/users/delete":
            self.deleted.append(body["external_ids"])
            return httpx.Response(200, json={"deleted": len(body["external_ids"])})
        self.sent += [each["external_id"] for each in body.get("events", []) if "external_id" in each]
        return OK


def target(deletion: Deletion | None) -> Target:
    """How far it is at the destination."""
    assert deletion is not None
    return deletion.targets[DESTINATION]
