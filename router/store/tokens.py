"""Admin tokens as the store keeps them: by name, with the hash of the token and never the token."""

from datetime import UTC, datetime
from typing import Literal

import msgspec
import structlog

from router.store import keys
from router.store.store import Store

log = structlog.get_logger()


class StoredToken(msgspec.Struct, frozen=True, kw_only=True):
    """One token, whatever it may still do."""

    name: str
    role: Literal["viewer", "operator", "admin"]
    digest: str
    """SHA-256 of the token, in hexadecimal digits."""
    created_at: datetime
    created_by: str
    """Name of the token that made it."""
    expires_at: datetime | None
    """None = never."""

    def expired(self, now: float) -> bool:
        """Whether it is no good any more at `now` (seconds since 1970)."""
        return self.expires_at is not None and self.expires_at <= datetime.fromtimestamp(now, UTC)


class Tokens:
    """The tokens of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> tuple[StoredToken, ...]:
        """Every token; a record that this version does not understand opens nothing."""
        found = await self._store.command("HGETALL", keys.TOKENS)
        return tuple(token for name, record in found.items() if (token := _token(name, record)))

    async def has(self, name: str) -> bool:
        """Whether the name is taken, be it by a record that this version does not understand."""
        return bool(await self._store.command("HEXISTS", keys.TOKENS, name))

    async def add(self, token: StoredToken) -> bool:
        """Keep a token; False when its name is taken."""
        return bool(await self._store.command("HSETNX", keys.TOKENS, token.name, msgspec.json.encode(token)))

    async def remove(self, name: str) -> bool:
        """Forget a token; False when there is none of that name."""
        return bool(await self._store.command("HDEL", keys.TOKENS, name))


def _token(name: bytes, record: bytes) -> StoredToken | None:
    try:
        return msgspec.json.decode(record, type=StoredToken)
    except msgspec.DecodeError as error:
        log.warning("a token of the store is not readable and opens nothing", name=name.decode(), reason=str(error))
        return None
