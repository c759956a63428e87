"""Which partitions this process may deliver from: leases with fencing tokens, shared evenly among the processes that are alive.

Times are the store's own: a wrong clock on a host neither keeps nor loses a lease.
"""

from collections.abc import Callable

import structlog

from router.errors import StoreUnavailable
from router.store.store import Store

LEASE_MILLISECONDS = 6_000
RENEW_SECONDS = 1.5

log = structlog.get_logger()


class Leases:
    """The tokens held, by partition."""

    def __init__(self, store: Store, *, owner: str) -> None:
        self._store = store
        self._owner = owner
        self.tokens: dict[int, str] = {}
        self.wanted: frozenset[int] = frozenset()
        """This process's fair share; no new work is begun on a partition beyond it."""

    async def renew(self, *, busy: Callable[[int], bool]) -> None:
        """Renew what is held, give back what is more than a fair share (not while `busy`), take what is free up to it."""
        try:
            members, rank = await self._store.join(self._owner, milliseconds=LEASE_MILLISECONDS)
            self.wanted = fair_share(self._store.partitions, members, rank)
            await self._give_back({number for number in self.tokens if number not in self.wanted and not busy(number)})
            answers = await self._store.lease_some(
                self._owner, milliseconds=LEASE_MILLISECONDS, tokens=self.tokens, wanted=self.wanted
            )
        except StoreUnavailable as error:
            log.warning("leases not renewed", reason=str(error))
            return
        self.tokens = {partition: token for partition, token in answers.items() if token}

    def drop(self, partition: int, token: str) -> None:
        """The lease under this token is over; one taken since then is not."""
        if self.tokens.get(partition) == token:
            del self.tokens[partition]

    async def release(self) -> None:
        """Give every partition back and leave, so that another process need not wait for the leases to end."""
        try:
            await self._store.release(self.tokens)
            await self._store.leave(self._owner)
        except StoreUnavailable as error:
            log.warning("leases not given back", reason=str(error))
        self.tokens = {}

    async def _give_back(self, numbers: set[int]) -> None:
        if numbers:
            await self._store.release({number: self.tokens[number] for number in numbers})
            self.tokens = {number: token for number, token in self.tokens.items() if number not in numbers}


def fair_share(partitions: int, members: int, rank: int) -> frozenset[int]:
    """The partitions of the member at place `rank` (from 0): every member's, put together, are all, none twice."""
    return frozenset(range(rank, partitions, max(1, members)))
