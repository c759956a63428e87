"""Everything the lanes of one destination share."""

import asyncio
import contextlib
import random
import time
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
    """The process is stopping, or the lane was called back; what is left stays in the queue."""


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
    ticks: Callable[[], float] = time.monotonic
    """Measures waits: a clock that is set back or forward must neither prolong nor end one."""

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


class Recall:
    """Calls one lane back: out of a wait, or before its next request, so that nothing is in doubt because of it.

    The partition belongs to another process now, the destination was paused, or its connection to Braze was replaced.
    """

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._called = asyncio.Event()

    def call(self) -> None:
        """The lane ends as soon as it can; whoever stops the process calls every lane back too."""
        self._called.set()

    async def wait(self, seconds: float) -> None:
        """Wait, unless the lane is or will be called back: then raise Stopped."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._called.wait()
        if self._called.is_set() or self._stopping.is_set():
            raise Stopped
