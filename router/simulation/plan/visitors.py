"""Counts visitors who meet a risk, with bounded memory: exactly up to a limit, then from a sample of them that their ids choose.

The sample is the visitors whose hashed id ends in `depth` zero bits (adaptive sampling, Wegman 1984): which ones are in it hangs on
the visitors alone, never on the order of the events or on how the traffic was divided among processes.
"""

import msgspec
import xxhash

MOST_VISITORS = 200_000

ANONYMOUS_BEFORE = 1
"""The visitor has an event without userId that goes by cloud while the Braze SDK runs on the device: in the old workspace."""
ANONYMOUS_AFTER = 2
"""The same in the new workspace."""
IDENTIFIED = 4
"""The visitor has an event with a userId."""


class Visitors(msgspec.Struct):
    """The sampled visitors of one source: what each has met, as bits."""

    depth: int = 0
    met: dict[int, int] = {}

    def note(self, anonymous_id: str, bits: int) -> None:
        """The visitor has met this."""
        number = xxhash.xxh3_64_intdigest(anonymous_id.encode("utf-8", "replace"))
        if not number & ((1 << self.depth) - 1):
            self.met[number] = self.met.get(number, 0) | bits
            if len(self.met) > MOST_VISITORS:
                self._thin(self.depth + 1)

    def merge(self, other: "Visitors") -> None:
        """Take in what another part of the traffic has seen."""
        self._thin(max(self.depth, other.depth))
        mask = (1 << self.depth) - 1
        for number, bits in other.met.items():
            if not number & mask:
                self.met[number] = self.met.get(number, 0) | bits
        while len(self.met) > MOST_VISITORS:
            self._thin(self.depth + 1)

    def count(self, bits: int, *, without: int = 0) -> int:
        """How many visitors have met all of `bits` and none of `without`; an estimate where `exact` is false."""
        return sum(1 for each in self.met.values() if each & bits == bits and not each & without) << self.depth

    @property
    def exact(self) -> bool:
        """Whether every visitor is counted."""
        return self.depth == 0

    def _thin(self, depth: int) -> None:
        if depth == self.depth:
            return
        mask = (1 << depth) - 1
        self.depth = depth
        self.met = {number: bits for number, bits in self.met.items() if not number & mask}
