"""Which bearer tokens are good: the one of the settings, and those of the store, looked up again at most a second later.

Tokens of the store have 256 random bits, so a plain SHA-256 of them is as good as a slow hash; nothing else of them is kept.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable

import msgspec

from router.control.caller import Role
from router.store.store import Store
from router.store.tokens import StoredToken, Tokens

BOOTSTRAP = "bootstrap"
"""Name of the token that the settings give; nobody else may have it."""
_REFRESH_SECONDS = 1.0


class Holder(msgspec.Struct, frozen=True):
    """Whose token it is."""

    name: str
    role: Role


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    """A token nobody can guess; its prefix lets scanners find one that leaked."""
    return "hrt_" + secrets.token_urlsafe(32)


class Keyring:
    """Finds the holder of a token."""

    def __init__(self, store: Store, *, bootstrap: Callable[[], str | None], clock: Callable[[], float]) -> None:
        self._kept = Tokens(store)
        self._bootstrap = bootstrap
        self._clock = clock
        self._tokens: tuple[StoredToken, ...] = ()
        self._read_at: float | None = None

    async def holder(self, token: str) -> Holder | None:
        """Who holds this token now; None = it is not good (any more). Raises StoreUnavailable."""
        digest = digest_of(token)
        if (own := self._bootstrap()) is not None and hmac.compare_digest(own, digest):
            return Holder(BOOTSTRAP, "admin")
        now = self._clock()
        found = [item for item in await self.tokens() if hmac.compare_digest(item.digest, digest)]
        return next((Holder(item.name, item.role) for item in found if not item.expired(now)), None)

    async def is_empty(self) -> bool:
        """Whether there is no token at all, good or expired: then the admin API is off."""
        return self._bootstrap() is None and not await self.tokens()

    async def has_admin(self) -> bool:
        """Whether anybody could use the whole API."""
        now = self._clock()
        return self._bootstrap() is not None or any(
            item.role == "admin" and not item.expired(now) for item in await self.tokens()
        )

    async def tokens(self) -> tuple[StoredToken, ...]:
        """The store's tokens, at most a second old."""
        now = self._clock()
        if self._read_at is None or not 0 <= now - self._read_at < _REFRESH_SECONDS:
            self._tokens = await self._kept.all()
            self._read_at = now
        return self._tokens

    def forget(self) -> None:
        """Read the store at the next look-up: this process has just changed it."""
        self._read_at = None
