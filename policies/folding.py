"""Folding: a table with one outcome for every combination of values becomes a few blocks that say the same.

A block is a set of values for each dimension and the one outcome of all their combinations, or of those that no block before it
holds. Knows nothing of events or rules; sets of combinations are the bits of one integer.
"""

from collections.abc import Hashable, Iterator, Sequence
from functools import reduce
from itertools import product
from math import prod
from operator import and_, or_
from typing import Generic, NamedTuple, TypeVar

_T = TypeVar("_T", bound=Hashable)
_Box = tuple[tuple[int, ...], ...]


class Block(NamedTuple, Generic[_T]):
    """For each dimension the indexes of the values that it holds, in order, and what they lead to."""

    values: _Box
    outcome: _T


def fold_in_order(sizes: Sequence[int], outcomes: Sequence[_T]) -> list[Block[_T]]:
    """Fold a table into blocks of which the first that holds a combination decides, those with few conditions first.

    `outcomes` has one for each combination, in the order of `itertools.product` over `sizes`.
    """
    table = _Table(sizes, outcomes)
    blocks: list[Block[_T]] = []
    left = table.everything
    while left:
        block = table.best_block(left, others_may_hold=table.everything & ~left)
        blocks.append(block)
        left &= ~table.cells(block.values)
    return blocks


def fold_apart(sizes: Sequence[int], outcomes: Sequence[_T], but: _T) -> list[Block[_T]]:
    """Fold what differs from the outcome `but` into blocks that each are true by themselves; they may overlap."""
    table = _Table(sizes, outcomes)
    blocks: list[Block[_T]] = []
    left = table.everything & ~table.of_outcome.get(but, 0)
    while left:
        block = table.best_block(left, others_may_hold=0)
        blocks.append(block)
        left &= ~table.cells(block.values)
    return blocks


def unfold(sizes: Sequence[int], blocks: Sequence[Block[_T]]) -> Iterator[tuple[tuple[int, ...], _T | None]]:
    """Every combination with the outcome of the first block that holds it; None where none does."""
    for combination in product(*map(range, sizes)):
        holding = (
            block for block in blocks if all(at in held for at, held in zip(combination, block.values, strict=True))
        )
        yield combination, next((block.outcome for block in holding), None)


class _Table(Generic[_T]):
    def __init__(self, sizes: Sequence[int], outcomes: Sequence[_T]) -> None:
        self._sizes = sizes
        self.everything = (1 << prod(sizes)) - 1
        self.of_outcome: dict[_T, int] = {}
        self._of_value = [[0] * size for size in sizes]
        for cell, (combination, outcome) in enumerate(zip(product(*map(range, sizes)), outcomes, strict=True)):
            self.of_outcome[outcome] = self.of_outcome.get(outcome, 0) | 1 << cell
            for masks, at in zip(self._of_value, combination, strict=True):
                masks[at] |= 1 << cell

    def cells(self, box: _Box) -> int:
        """The combinations in a box."""
        return reduce(
            and_,
            (
                reduce(or_, (masks[at] for at in values))
                for masks, values in zip(self._of_value, box, strict=True)
                if len(values) < len(masks)
            ),
            self.everything,
        )

    def best_block(self, left: int, *, others_may_hold: int) -> Block[_T]:
        """The block with the fewest conditions, then the most of `left`; of other outcomes it holds only what it may."""
        blocks = list(self._whole_outcomes(left, others_may_hold)) or list(self._grown_cells(left, others_may_hold))
        return min(
            blocks, key=lambda block: (self._conditions(block.values), -(self.cells(block.values) & left).bit_count())
        )

    def _whole_outcomes(self, left: int, others_may_hold: int) -> Iterator[Block[_T]]:
        """For each outcome the box around all that is left of it, where no other outcome is in the way."""
        for outcome, cells in self.of_outcome.items():
            if wanted := cells & left:
                box = tuple(tuple(at for at, mask in enumerate(masks) if mask & wanted) for masks in self._of_value)
                if not self.cells(box) & ~(cells | others_may_hold):
                    yield Block(self._widened(box, cells | others_may_hold), outcome)

    def _grown_cells(self, left: int, others_may_hold: int) -> Iterator[Block[_T]]:
        """For each combination that is left the largest box around it."""
        for outcome, cells in self.of_outcome.items():
            wanted = cells & left
            while wanted:
                box = self._widened(self._place((wanted & -wanted).bit_length() - 1), cells | others_may_hold)
                yield Block(self._filled(box, cells | others_may_hold, wanted), outcome)
                wanted &= ~self.cells(box)

    def _widened(self, box: _Box, allowed: int) -> _Box:
        """The box without the conditions that it can do without, from the last dimension to the first."""
        for at in range(len(box) - 1, -1, -1):
            wider = (*box[:at], tuple(range(self._sizes[at])), *box[at + 1 :])
            box = box if self.cells(wider) & ~allowed else wider
        return box

    def _filled(self, box: _Box, allowed: int, wanted: int) -> _Box:
        """The box with every value that brings in more of what is wanted and nothing else."""
        for at in range(len(box)):
            slab = self.cells((*box[:at], tuple(range(self._sizes[at])), *box[at + 1 :]))
            more = (
                value
                for value, mask in enumerate(self._of_value[at])
                if value in box[at] or (slab & mask & wanted and not slab & mask & ~allowed)
            )
            box = (*box[:at], tuple(more), *box[at + 1 :])
        return box

    def _place(self, cell: int) -> _Box:
        place: list[tuple[int, ...]] = []
        for size in reversed(self._sizes):
            cell, at = divmod(cell, size)
            place.insert(0, (at,))
        return tuple(place)

    def _conditions(self, box: _Box) -> int:
        return sum(len(values) < size for values, size in zip(box, self._sizes, strict=True))
