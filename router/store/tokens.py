"""Admin tokens as the store keeps them: by name, with the hash of the token and never the token."""

from datetime import UTC, datetime
from typing import Literal

import msgspec
import structlog

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


def read_token(name: str, raw: bytes) -> StoredToken | None:
    """A token of the store; None for a record that this version does not understand, which opens nothing."""
    try:
        return msgspec.json.decode(raw, type=StoredToken)
    except msgspec.DecodeError as error:
        log.warning("a token of the store is not readable and opens nothing", name=name, reason=str(error))
        return None
