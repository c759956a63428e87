"""Keeps one process's suppressions what the store has: loads what changed, and hands in the links that events taught it."""

import asyncio
import contextlib
import time
from collections.abc import Callable

import structlog

from router.errors import StoreUnavailable
from router.regulations.suppressions import Suppressions
from router.store.regulations import Regulations

REFRESH_SECONDS = 0.4
"""Every process knows a regulation within a second."""

log = structlog.get_logger()


class Watch:
    """`suppressions` as of the last `refresh`; `run` keeps refreshing."""

    def __init__(self, regulations: Regulations, *, clock: Callable[[], float] = time.time) -> None:
        self.suppressions = Suppressions()
        self.refreshed_at = 0.0
        """Epoch seconds of the last successful refresh."""
        self._clock = clock
        self._regulations = regulations
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        """Know all that the store knows at this moment; raises StoreUnavailable."""
        async with self._refreshing:
            while await self._load_some():
                pass
        self.refreshed_at = self._clock()

    async def save_links(self) -> None:
        """Store the links that events taught, before those events are answered or ended; raises StoreUnavailable."""
        unsaved = self.suppressions.take_unsaved()
        try:
            await self._regulations.link(unsaved)
        except StoreUnavailable:
            self.suppressions.put_back(unsaved)
            raise

    async def run(self, stopping: asyncio.Event) -> None:
        """Refresh until `stopping` is set."""
        while not stopping.is_set():
            try:
                await self.save_links()
                await self.refresh()
            except StoreUnavailable as error:
                log.warning("suppressions not refreshed", reason=str(error))
            except Exception as error:  # a defect must not leave suppressed users unknown for ever
                log.error("suppressions not refreshed because of a defect", exc_info=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REFRESH_SECONDS):
                    await stopping.wait()

    async def _load_some(self) -> bool:
        """Load one portion of what changed; False when there was nothing."""
        known = self.suppressions
        changes = await self._regulations.changes(since=known.version)
        if changes.version == known.version:
            return False
        if changes.version < known.version:  # another store than before: a restored or an emptied one
            known.clear()
            return True
        for name, regulation in changes.regulations:
            if regulation is None:
                known.remove(name)
            else:
                known.put(regulation)
        for user, anonymous_ids in changes.links:
            known.link(user, anonymous_ids)
        known.version = changes.version
        return True
