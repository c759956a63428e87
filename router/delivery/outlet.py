"""Everything the lanes of one destination share."""

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from router.braze.batching import BatchSettings
from router.braze.client import BrazeClient
from router.delivery.activity import Activity
from router.delivery.backoff import Cause, Limits
from router.delivery.circuit import Circuit
from router.delivery.options import Revisions
from router.delivery.pacing import Pacer
from router.metrics import Metrics
from router.regulations.watch import Watch
from router.store.store import Store
from router.store.traits import TraitMemory

Ambiguous = Literal["resend", "park"]
"""What becomes of events and purchases that Braze may have taken without saying so."""


class Stopped(Exception):
    """The process is stopping; what is left stays in the queue."""


class Outlet(msgspec.Struct, frozen=True, kw_only=True):
    """The way out to one destination."""

    destination: str
    client: BrazeClient
    circuit: Circuit
    activity: Activity
    pacer: Pacer
    revisions: Revisions
    traits: TraitMemory
    tracks_traits: bool
    """Whether a connection to the destination asks for trait dedup."""
    watch: Watch
    """Whose events are not to be sent any more."""
    batching: BatchSettings
    ambiguous: Ambiguous
    limits: Mapping[Cause, Limits]
    store: Store
    metrics: Metrics
    clock: Callable[[], float]
    stopping: asyncio.Event
    rng: random.Random

    async def wait(self, seconds: float) -> None:
        """Wait, unless the process is stopping or begins to: then raise Stopped."""
        if self.stopping.is_set():
            raise Stopped
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return
        raise Stopped
