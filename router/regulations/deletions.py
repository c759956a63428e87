"""Works through the deletions that regulations ask for: one process at a time, by a lease in the store; any can go on.

A step is done, then noted. A process that dies in between leaves a step that the next one repeats, which does no harm.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime

import msgspec
import structlog

from router.delivery.outlet import Outlet
from router.errors import LeaseLost, RouterError, StoreUnavailable
from router.regulations.deleting import Deleting, Patience
from router.regulations.progress import Deletion, Target
from router.regulations.regulation import Regulation
from router.regulations.watch import Watch
from router.store.regulations import Cancelled, NoSuchRegulation, Regulations
from router.timestamps import format_time

_ROUND_SECONDS = 0.5
_GONE = "the destination is disabled, or gone from the connections"
_PAUSED = "the destination is paused"

log = structlog.get_logger()


class Deletions:
    """`run` deletes until `stopping` is set; `round` is one step of every deletion."""

    def __init__(
        self,
        regulations: Regulations,
        watch: Watch,
        *,
        owner: str,
        outlets: Callable[[], Mapping[str, Outlet]],
        paused: Callable[[], Awaitable[frozenset[str]]],
        clock: Callable[[], float],
        stopping: asyncio.Event,
        repeat_after: float,
    ) -> None:
        self._regulations = regulations
        self._watch = watch
        self._owner = owner
        self._outlets = outlets
        self._paused = paused
        self._clock = clock
        self._stopping = stopping
        self._repeat_after = repeat_after
        self._patience = Patience()
        self._token = ""
        self._jobs: dict[str, tuple[Regulation, Deletion]] = {}
        """As the store has them, for as long as the lease holds."""

    async def run(self) -> None:
        """Delete until `stopping` is set, then give the lease back."""
        while not self._stopping.is_set():
            try:
                await self.round()
            except LeaseLost:
                self._lose()
            except StoreUnavailable as error:
                log.warning("deletions wait for the store", reason=str(error))
            except Exception as error:  # a defect must not end all deletions for ever
                log.error("deletions interrupted by a defect", exc_info=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ROUND_SECONDS):
                    await self._stopping.wait()
        with contextlib.suppress(RouterError):
            await self._regulations.release(self._token)

    async def round(self) -> None:
        """One step of every deletion that is not finished, if this process has the lease; raises LeaseLost, StoreUnavailable.

        One that fails is logged, keeps its stage and is tried again in the next round.
        """
        if not await self._lead():
            return
        names = await self._regulations.open()
        self._jobs = {name: job for name, job in self._jobs.items() if name in set(names)}
        if not names:
            return
        await self._watch.refresh()
        paused = await self._paused()
        for name in names:
            if self._stopping.is_set():
                return
            await self._attempt(name, paused)

    async def _attempt(self, name: str, paused: Collection[str]) -> None:
        """One step of one deletion. Whatever goes wrong with it is its own matter: the later ones have their turn."""
        try:
            await self._advance(name, paused)
        except (Cancelled, NoSuchRegulation):
            return
        except LeaseLost:
            raise
        except StoreUnavailable as error:
            log.warning("deletion waits for the store", regulation=name, reason=str(error))
        except Exception as error:  # a defect that one deletion meets must not hold the others
            log.error("deletion interrupted by a defect", regulation=name, exc_info=error)

    async def _lead(self) -> bool:
        token = await self._regulations.lease(self._owner, token=self._token)
        if token != self._token:
            self._lose()
            self._token = token
        return bool(token)

    def _lose(self) -> None:
        self._token = ""
        self._jobs = {}

    async def _advance(self, name: str, paused: Collection[str]) -> None:
        regulation, deletion = await self._job(name)
        for destination, target in deletion.targets.items():
            if target.stage == "done":
                continue
            after = await self._step(regulation, destination, target, paused)
            if after != target:
                deletion = await self._note(regulation, deletion, destination, target, after)

    async def _job(self, name: str) -> tuple[Regulation, Deletion]:
        if name not in self._jobs:
            kept = await self._regulations.show(name)
            if kept.deletion is None or kept.cancelled_at:
                raise Cancelled(f"regulation `{name}` has nothing to delete")
            self._jobs[name] = (kept.regulation, kept.deletion)
        return self._jobs[name]

    async def _step(self, regulation: Regulation, destination: str, target: Target, paused: Collection[str]) -> Target:
        outlet = self._outlets().get(destination)
        if outlet is None:
            return msgspec.structs.replace(target, reason=_GONE)
        if destination in paused:
            return msgspec.structs.replace(target, reason=_PAUSED)
        deleting = Deleting(
            regulation,
            outlet,
            suppressions=self._watch.suppressions,
            patience=self._patience,
            repeat_after=self._repeat_after,
        )
        if target.reason in (_GONE, _PAUSED):
            target = msgspec.structs.replace(target, reason="")
        after = await deleting.step(target)
        return after if after.stage == target.stage else msgspec.structs.replace(after, reason="")

    async def _note(
        self, regulation: Regulation, deletion: Deletion, destination: str, before: Target, after: Target
    ) -> Deletion:
        now = format_time(datetime.fromtimestamp(self._clock(), UTC))
        after = msgspec.structs.replace(after, started_at=before.started_at or now, changed_at=now)
        noted = deletion.with_target(destination, after)
        await self._regulations.save(regulation.id, noted, token=self._token)
        self._jobs[regulation.id] = (regulation, noted)
        if after.stage != before.stage:
            log.info("deletion goes on", regulation=regulation.id, destination=destination, stage=after.stage)
        if after.stage == "done" and after.failed:
            log.error("users not deleted", regulation=regulation.id, destination=destination, users=len(after.failed))
        return noted
