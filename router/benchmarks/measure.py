"""Times a function against `json.loads` over the same bytes, in turn, so that a drifting machine moves both."""

import json
import statistics
import time
from collections.abc import Callable, Sequence

import msgspec


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one event costs: microseconds of CPU, the same in J, and events a second of one core."""

    events: int
    microseconds: float
    j: float

    @property
    def events_per_second(self) -> float:
        """Events one core does in a second of CPU."""
        return 1e6 / self.microseconds


def measure(run: Callable[[], object], *, documents: Sequence[bytes], events: int, rounds: int = 5) -> Cost:
    """The median of `rounds` runs, each paired with a run of `json.loads` over `documents`."""
    ratios: list[float] = []
    spent: list[float] = []
    for _ in range(rounds):
        unit = _cpu(lambda: _loads(documents))
        mine = _cpu(run)
        ratios.append(mine / unit)
        spent.append(mine)
    return Cost(events=events, microseconds=statistics.median(spent) / events * 1e6, j=statistics.median(ratios))


def _loads(documents: Sequence[bytes]) -> None:
    """One after another: documents that are kept would make the garbage collector part of the unit."""
    for document in documents:
        json.loads(document)


def _cpu(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started
