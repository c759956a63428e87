"""A recording that was ordered: whose events, how many, until when, how they are masked."""

import msgspec

from router.recording.masking import Masking

MOST_EVENTS = 100_000
LONGEST_SECONDS = 86_400
KEPT_SECONDS = 3_600
"""How long a finished recording can be fetched."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One order. `key` (hex) is its own: two recordings cannot be joined, and it is forgotten with the recording."""

    id: str
    source: str
    count: int
    until: float
    """Epoch seconds after which nothing more is recorded."""
    rate: float
    """Share of the devices whose events are taken, all of each: stories stay whole."""
    masking: Masking
    key: str
    ordered_by: str

    @property
    def secret(self) -> bytes:
        """The key of its hashes."""
        return bytes.fromhex(self.key)
