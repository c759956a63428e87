"""Identifiers that the workspace hands out. The same seed and the same work give the same ids in every run."""

from __future__ import annotations

import hashlib


class Ids:
    """Counters turned into Braze-looking ids."""

    def __init__(self, seed: int) -> None:
        self._prefix = hashlib.blake2b(str(seed).encode(), digest_size=10).hexdigest()
        self._seed = seed
        self.issued = 0

    def next(self) -> int:
        """The next number of the one counter behind all ids; also the order of arrival."""
        self.issued += 1
        return self.issued

    def braze_id(self) -> str:
        """24 hexadecimal digits, as Braze shows profile ids."""
        text = f"{self._seed}:{self.next()}".encode()
        return hashlib.blake2b(text, digest_size=12).hexdigest()

    def uuid(self) -> str:
        """A UUID-shaped id of one occurrence or request."""
        p = self._prefix
        return f"{p[:8]}-{p[8:12]}-4{p[12:15]}-8{p[15:18]}-{self.next():012x}"
