"""Where parts are counted: in this process, in a process for each core, or on a Dask cluster.

All give the same tally: the parts are the same, and their tallies are added up in the order of the traffic.
"""

import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, TypeVar

import msgspec

from router.collector import tune_collector
from router.errors import RouterError, ServiceUnreachable
from router.simulation.plan.bill import Bills, add_bills
from router.simulation.plan.costing import PARTITIONS, Share, cost_of
from router.simulation.plan.counting import Counting
from router.simulation.plan.question import Question
from router.simulation.plan.tally import MOST_TROUBLES, Tally, Trouble
from router.simulation.plan.traffic import Part, lines_of

Watch = Callable[[int], None]
"""Told the size of each part that has been counted."""

ENOUGH_FOR_PROCESSES = 16_000_000
"""Bytes below which starting processes takes longer than counting."""

ENOUGH_FOR_COSTING = 1_000_000
"""The same for transforming."""

BYTES_OF_A_SHARE = 500_000_000
"""Traffic beyond which the users are shared among more tasks than cores, so that fewer are remembered at a time."""

DASK_SECONDS = 5
"""How long a Dask scheduler may take to answer."""

T = TypeVar("T")
R = TypeVar("R")


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
    small = sum(part.size for part in parts) < ENOUGH_FOR_PROCESSES
    if any(part.kind == "stdin" for part in parts):
        return _total(parts, map(work, parts), watch)
    return _total(parts, _map(work, parts, engine=engine, small=small), watch)


def count_costs(question: Question, parts: Sequence[Part], *, engine: str = "") -> Bills:
    """Bill every user's events on an engine; the users are shared among as many tasks as cores, or more where there is much traffic."""
    shares = min(PARTITIONS, max(cores(), sum(part.size for part in parts) // BYTES_OF_A_SHARE))
    work = partial(cost_of, question, tuple(parts))
    tasks = [Share(number, shares) for number in range(shares)]
    bills: Bills = {}
    for each in _map(work, tasks, engine=engine, small=sum(part.size for part in parts) < ENOUGH_FOR_COSTING):
        add_bills(bills, each)
    return bills


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _map(work: Callable[[T], R], tasks: Sequence[T], *, engine: str, small: bool) -> Iterator[R]:
    if engine:
        return _on_dask(work, tasks, address=engine)
    workers = min(cores(), len(tasks))
    return map(work, tasks) if small or workers < 2 else _in_processes(work, tasks, workers)


def _in_processes(work: Callable[[T], R], tasks: Sequence[T], workers: int) -> Iterator[R]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=tune_collector) as pool:
        yield from _in_order(lambda task: pool.submit(work, task), tasks, ahead=workers * 2)


def _on_dask(work: Callable[[T], R], tasks: Sequence[T], *, address: str) -> Iterator[R]:
    """Every worker needs this package, and sees the files under the same paths."""
    with _client(address) as client:
        ahead = max(2, 2 * len(client.ncores()))
        yield from _in_order(lambda task: client.submit(work, task, pure=False), tasks, ahead=ahead)


def _client(address: str) -> Any:
    if not address.startswith("dask://"):
        raise RouterError(f"`{address}` is no engine: write dask://HOST:PORT")
    try:
        from distributed import Client
    except ImportError as error:
        raise RouterError("`--engine dask://…` needs `pip install 'hybrid-router[dask]'`") from error
    scheduler = address.replace("dask://", "tcp://", 1)
    try:
        return Client(scheduler, set_as_default=False, timeout=DASK_SECONDS)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ServiceUnreachable(f"no Dask scheduler answers at `{address}` within {DASK_SECONDS} s") from error


def _in_order(submit: Callable[[T], Any], tasks: Iterable[T], *, ahead: int) -> Iterator[Any]:
    """Results in the order of the tasks, few of them waiting at a time."""
    left = iter(tasks)
    waiting = deque(submit(task) for task in itertools.islice(left, ahead))
    while waiting:
        result = waiting.popleft().result()
        waiting.extend(submit(task) for task in itertools.islice(left, 1))
        yield result


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
