"""Writes settlements of one lane to the store, for as long as it takes."""

from datetime import UTC, datetime

import structlog

from router.delivery.outlet import Outlet
from router.errors import StoreUnavailable
from router.store.store import Settlement
from router.timestamps import format_time

_AGAIN_SECONDS = 0.5

log = structlog.get_logger()


class Settling:
    """The settlements of one lane, under its lease token."""

    def __init__(self, outlet: Outlet, *, partition: int, token: str) -> None:
        self._outlet = outlet
        self._partition = partition
        self._token = token
        self._held_at = float("-inf")

    async def settle(self, settlement: Settlement) -> None:
        """A settlement that the store did not take is tried again: giving it up would send the request twice. Raises LeaseLost."""
        while True:
            started = self._outlet.ticks()
            try:
                await self._outlet.store.settle(
                    self._partition, self._outlet.destination, token=self._token, settlement=settlement
                )
                self._held_at = started
                self._report(settlement)
                return
            except StoreUnavailable as error:
                log.warning("settlement not stored yet", partition=self._partition, reason=str(error))
                await self._outlet.wait(_AGAIN_SECONDS)

    def held_for(self) -> float:
        """Seconds since the store last said that the lease is this lane's."""
        return self._outlet.ticks() - self._held_at

    def _report(self, settlement: Settlement) -> None:
        if units := sum(n for name, n in settlement.counters.items() if name.startswith("delivered|")):
            self._outlet.activity.delivered(units)

    def now(self) -> str:
        """The moment, as settlements write it."""
        return format_time(datetime.fromtimestamp(self._outlet.clock(), UTC))
