"""One router process: gateway, admin API and delivery on one event loop. `run → start / serve / stop` is its table of contents."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack

import httpx
import structlog

from policies.connection import Workspace
from router.config.settings import Settings, reveal_admin_token
from router.configuration import Configuration
from router.control.keyring import digest_of
from router.delivery.leases import Leases
from router.delivery.outlets import Outlets
from router.delivery.worker import Worker
from router.errors import StoreUnavailable
from router.left_behind import warn_of_left_behind
from router.regulations.deletions import Deletions
from router.reporting import REPORT_SECONDS, Reporting
from router.routing import routing_table
from router.runtime import Runtime
from router.store.processes import ProcessKind
from router.store.store import Store

_FOLLOW_SECONDS = 0.25
"""How often a process asks which revision is current; a switch is in force everywhere within a second."""
_LAST_WORDS_SECONDS = 2.0
"""What a stop takes longer than `shutdown_seconds` at most, to tell a store that may not answer."""
_CLOSE_SECONDS = 2.0

log = structlog.get_logger()


class Service:
    """A router on `settings`. `workspace` is what the connection file says; what operators changed since is in the store.
    `place` is where that file is (`router.config.connections.place_of`).

    Use as an async context manager.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        workspace: Workspace,
        environment: Mapping[str, str],
        redis_url: str,
        braze_transport: httpx.AsyncBaseTransport | None = None,
        kind: ProcessKind = "serve",
        place: str = "a file",
    ) -> None:
        self._settings = settings
        self._file = workspace
        self._environment = environment
        self._redis_url = redis_url
        self._transport = braze_transport
        self._kind = kind
        self._place = place
        self._stack = AsyncExitStack()
        self._stopping = asyncio.Event()
        self._changing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._outlets: Outlets
        self._reporting: Reporting
        self.store: Store
        self.configuration: Configuration
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
        admin_token = reveal_admin_token(settings, self._environment)
        self.store = await Store.open(
            self._redis_url, partitions=settings.partitions, timeout=settings.store_timeout_seconds
        )
        self._stack.push_async_callback(self.store.aclose)
        self.configuration = Configuration(self.store, self._file, self._environment, place=self._place)
        workspace = await self.configuration.adopt()
        await warn_of_left_behind(self.store, workspace)
        self.runtime = Runtime(
            settings=settings,
            table=routing_table(workspace),
            store=self.store,
            configuration=self.configuration,
            on_commit=lambda: self.worker.wake(),
            refresh=self.refresh,
        )
        self.runtime.admin_digest = admin_token and digest_of(admin_token)
        self._outlets = Outlets(
            settings=settings,
            store=self.store,
            metrics=self.runtime.metrics,
            clock=self.runtime.clock,
            stopping=self._stopping,
            transport=self._transport,
            watch=self.runtime.watch,
        )
        self._stack.push_async_callback(self._outlets.aclose)
        outlets = await self._outlets.renew(workspace, self.configuration.environment)
        owner = uuid.uuid4().hex
        await self.runtime.watch.refresh()
        self.worker = Worker(self.store, outlets, Leases(self.store, owner=owner), self.runtime.watch, self._stopping)
        self._reporting = Reporting(self.store, owner=owner, kind=self._kind, clock=self.runtime.clock)
        work = (
            self.worker.run(),
            self._follow(),
            self._report(),
            self.runtime.watch.run(self._stopping),
            self.runtime.recorder.run(self._stopping),
            self._deletions(owner).run(),
        )
        self._tasks = [asyncio.create_task(part) for part in work]

    async def reload(self, workspace: Workspace, environment: Mapping[str, str]) -> None:
        """Read again what the file says and what the keys are. Events accepted before keep the revision that decided them."""
        admin_token = reveal_admin_token(self._settings, environment)
        async with self._changing:
            self.configuration.use(workspace, environment)
            self.runtime.admin_digest = admin_token and digest_of(admin_token)
            adopted = await self.configuration.adopt()
            await self._put_in_force(adopted)
        await warn_of_left_behind(self.store, adopted)

    async def refresh(self) -> None:
        """Put the store's current revision in force in this process, if it is not."""
        async with self._changing:
            if workspace := await self.configuration.newer_than(self.runtime.table.revision):
                await self._put_in_force(workspace)
                log.info("connections changed", revision=workspace.revision)

    async def stop(self) -> None:
        """Finish what is in flight, give leases back, close everything; what is queued stays queued.

        A store that does not answer is not waited for: all of it has one deadline.
        """
        seconds = self._settings.shutdown_seconds
        try:
            if self._tasks:
                async with asyncio.timeout(seconds + _LAST_WORDS_SECONDS):
                    await self._wind_up(seconds)
        except TimeoutError:
            log.warning("leases not given back in time", reason="the store does not answer; they end by themselves")
        finally:
            for task in self._tasks:
                task.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._stack.aclose()

    async def _wind_up(self, seconds: float) -> None:
        ticks = asyncio.get_running_loop().time
        deadline = ticks() + seconds
        await asyncio.gather(self.runtime.intake.aclose(), self.worker.stop(within=seconds))
        _, late = await asyncio.wait(self._tasks, timeout=max(0.1, deadline - ticks()))
        for task in late:  # a request that deletes users may be repeated
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._reporting.withdraw()

    async def _put_in_force(self, workspace: Workspace) -> None:
        """Lanes at work end as they began; from then on gateway and delivery know the new revision alone."""
        self.worker.use(await self._outlets.renew(workspace, self.configuration.environment))
        self.runtime.table = routing_table(workspace)

    def _deletions(self, owner: str) -> Deletions:
        return Deletions(
            self.runtime.regulations,
            self.runtime.watch,
            owner=owner,
            outlets=lambda: self.worker.outlets,
            paused=self.store.paused,
            clock=self.runtime.clock,
            stopping=self._stopping,
            repeat_after=self._settings.deletion_repeat_seconds,
        )

    async def _follow(self) -> None:
        """Until the process stops: what another process made current is put in force here as well."""
        while not self._stopping.is_set():
            await self._rest(_FOLLOW_SECONDS)
            try:
                await self.refresh()
            except StoreUnavailable:
                continue  # the gateway says so already, to everybody who asks
            except Exception as error:  # a defect must not leave this process behind for good
                log.error("connections not followed because of a defect", exc_info=error)

    async def _report(self) -> None:
        """Until the process stops: what it does is told to whoever asks for the status."""
        while not self._stopping.is_set():
            try:
                await self._reporting.report(self.runtime.table.revision, self._outlets.current)
            except Exception as error:  # a defect must not silence this process for good
                log.error("not reported because of a defect", exc_info=error)
            await self._rest(REPORT_SECONDS)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
