"""Where parts are counted: in this process, in a process for each core, or on a Dask cluster.

All give the same tally: the parts are the same, and their tallies are added up in the order of the traffic.
"""

import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from typing import Any

import msgspec

from router.collector import tune_collector
from router.errors import RouterError
from router.simulation.plan.counting import Counting
from router.simulation.plan.question import Question
from router.simulation.plan.tally import MOST_TROUBLES, Tally, Trouble
from router.simulation.plan.traffic import Part, lines_of

Watch = Callable[[int], None]
"""Told the size of each part that has been counted."""

ENOUGH_FOR_PROCESSES = 16_000_000
"""Bytes below which starting processes takes longer than counting."""


class Counted(msgspec.Struct, frozen=True):
    """What one part gave, and how many lines it has."""

    tally: Tally
    lines: int


class Total(msgspec.Struct, kw_only=True):
    """The tally of everything, and where the troubles are."""

    tally: Tally
    troubles: list[Trouble]


def count_part(question: Question, part: Part) -> Counted:
    """Count one part: the pure function that every engine runs (its input is the part's file)."""
    counting = Counting(question)
    lines = 0
    for lines, line in enumerate(lines_of(part), 1):  # noqa: B007 - the number of the last one is wanted
        counting.add(line)
    return Counted(counting.finish(), lines)


def count_traffic(
    question: Question, parts: Sequence[Part], *, engine: str = "", watch: Watch = lambda size: None
) -> Total:
    """Count all parts on an engine: empty = this machine, `dask://host:port` = a Dask scheduler's workers."""
    work = partial(count_part, question)
    with_stdin = any(part.kind == "stdin" for part in parts)
    if engine and not with_stdin:
        return _total(parts, _on_dask(work, parts, address=engine), watch)
    if with_stdin or len(parts) < 2 or sum(part.size for part in parts) < ENOUGH_FOR_PROCESSES:
        return _total(parts, map(work, parts), watch)
    return _total(parts, _in_processes(work, parts), watch)


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_processes(work: Callable[[Part], Counted], parts: Sequence[Part]) -> Iterator[Counted]:
    workers = min(cores(), len(parts))
    if workers == 1:
        yield from map(work, parts)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=tune_collector) as pool:
        yield from _in_order(lambda part: pool.submit(work, part), parts, ahead=workers * 2)


def _on_dask(work: Callable[[Part], Counted], parts: Sequence[Part], *, address: str) -> Iterator[Counted]:
    """Every worker needs this package, and sees the files under the same paths."""
    try:
        from distributed import Client
    except ImportError as error:
        raise RouterError("`--engine dask://…` needs `pip install 'hybrid-router[dask]'`") from error
    scheduler = address.replace("dask://", "tcp://", 1)
    with Client(scheduler, set_as_default=False) as client:
        ahead = max(2, 2 * len(client.ncores()))
        yield from _in_order(lambda part: client.submit(work, part, pure=False), parts, ahead=ahead)


def _in_order(
    submit: Callable[[Part], "Future[Counted] | Any"], parts: Iterable[Part], *, ahead: int
) -> Iterator[Counted]:
    """Results in the order of the parts, few of them waiting at a time."""
    left = iter(parts)
    waiting = deque(submit(part) for part in itertools.islice(left, ahead))
    while waiting:
        counted: Counted = waiting.popleft().result()
        waiting.extend(submit(part) for part in itertools.islice(left, 1))
        yield counted


def _total(parts: Sequence[Part], results: Iterable[Counted], watch: Watch) -> Total:
    """Add up, and give every trouble its line in the file."""
    total = Total(tally=Tally(), troubles=[])
    before, file = 0, ""
    for part, counted in zip(parts, results, strict=True):
        before = before if part.file == file else 0
        room = MOST_TROUBLES - len(total.troubles)
        total.troubles += [
            Trouble(place=f"{part.place}{before + number}", why=why) for number, why in counted.tally.troubles[:room]
        ]
        total.tally.merge(counted.tally)
        before, file = before + counted.lines, part.file
        watch(part.size)
    return total
