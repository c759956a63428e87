"""Which partitions this process may deliver from: leases with fencing tokens, renewed well before they end."""

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

    async def renew(self) -> None:
        """Renew what is held and take what is free; a store that does not answer ends every lease on our side too."""
        try:
            answers = await self._store.lease_all(self._owner, milliseconds=LEASE_MILLISECONDS, tokens=self.tokens)
        except StoreUnavailable as error:
            log.warning("leases not renewed", reason=str(error))
            return
        self.tokens = {partition: token for partition, token in answers.items() if token}

    def drop(self, partition: int) -> None:
        """Another process has it."""
        self.tokens.pop(partition, None)

    async def release(self) -> None:
        """Give every partition back, so that another process need not wait for the leases to end."""
        try:
            await self._store.release_all(self.tokens)
        except StoreUnavailable as error:
            log.warning("leases not given back", reason=str(error))
        self.tokens = {}
