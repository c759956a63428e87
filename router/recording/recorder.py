"""What one gateway process does about recordings: it follows which are ordered, and hands in what it took, masked.

Off, a request pays for one look at an empty tuple. On, events are masked before they are held, and what is held is bounded.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import msgspec
import structlog
import xxhash

from router.errors import StoreUnavailable
from router.recording.masking import Mask
from router.recording.recording import Recording
from router.store.layout import Incoming
from router.store.recordings import Recordings

FOLLOW_SECONDS = 0.4
"""Every process notices an order within a second."""

MOST_HELD = 2_000
"""Events that a process holds between two hand-ins; what is more is not taken, and counted."""

LARGEST_EVENT = 64_000
"""Bytes of a masked event beyond which it is not taken."""

log = structlog.get_logger()


class Taking:
    """One recording in this process."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.held: list[bytes] = []
        self.skipped = 0
        self._mask = Mask(recording.masking, recording.secret)

    def take(self, messages: Sequence[Incoming]) -> None:
        """Take the events of chosen devices."""
        for message in messages:
            if message.suppressed or not self._is_chosen(message.identity):
                continue
            event = self._masked(message) if len(self.held) < MOST_HELD else None
            if event is None or len(event) > LARGEST_EVENT:
                self.skipped += 1
            else:
                self.held.append(event)

    def _is_chosen(self, identity: str) -> bool:
        share = xxhash.xxh3_64_intdigest(self.recording.secret + identity.encode()) / 2**64
        return share < self.recording.rate

    def _masked(self, message: Incoming) -> bytes | None:
        """The envelope; None for the rare event that the gateway takes and that is nested or spelt too oddly for this."""
        try:
            masked = self._mask.event(msgspec.json.decode(message.message), kind=message.type)
            masked |= {"messageId": message.message_id, "receivedAt": message.received_at}
            return msgspec.json.encode({"source": message.source, "message": masked})
        except (ValueError, RecursionError):
            return None


class Recorder:
    """`active` as of the last look at the store; `run` keeps looking."""

    def __init__(self, recordings: Recordings, *, clock: Callable[[], float] = time.time) -> None:
        self.active: tuple[Taking, ...] = ()
        self._recordings = recordings
        self._clock = clock

    def take(self, source: str, messages: Sequence[Incoming]) -> None:
        """Take what the recordings of this source ask for of a request that was accepted."""
        now = self._clock()
        for taking in self.active:
            if taking.recording.source == source and now < taking.recording.until:
                taking.take(messages)

    async def refresh(self) -> None:
        """Hand in what is held, and learn what is ordered; raises StoreUnavailable."""
        for taking in self.active:
            await self._hand_in(taking)
        known = {taking.recording.id: taking for taking in self.active}
        ordered = await self._recordings.open(now=self._clock())
        self.active = tuple(known.get(recording.id) or Taking(recording) for recording in ordered)

    async def _hand_in(self, taking: Taking) -> None:
        held, skipped = taking.held, taking.skipped
        if not (held or skipped):
            return
        taking.held, taking.skipped = [], 0
        try:
            await self._recordings.add(taking.recording, held, skipped=skipped)
        except StoreUnavailable:
            taking.held = [*held, *taking.held][:MOST_HELD]
            taking.skipped += skipped
            raise

    async def run(self, stopping: asyncio.Event) -> None:
        """Refresh until `stopping` is set, and once more then."""
        while True:
            try:
                await self.refresh()
            except StoreUnavailable as error:
                log.warning("recordings not followed", reason=str(error))
            except Exception as error:  # a defect must not end recordings for ever
                log.error("recordings not followed because of a defect", exc_info=error)
            if stopping.is_set():
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FOLLOW_SECONDS):
                    await stopping.wait()
