"""Compares what was accepted with what is in Braze: lost, out of order, doubled, and doubled without a mark."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run."""

    accepted: int
    in_braze: int
    lost: list[str]
    out_of_order: list[str]
    doubled: list[str]
    doubled_without_mark: list[str]


def judge(accepted: Mapping[str, Sequence[str]], arrived: Sequence[str], ambiguous: set[str]) -> Verdict:
    """`accepted`: names per device in order; `arrived`: names in the order in which Braze applied them; names are messageIds.

    What is sent again must be in order too: a value that arrives once more after a later one ends as the user's value.
    """
    counts = Counter(arrived)
    names = [name for sent in accepted.values() for name in sent]
    places = list(enumerate(arrived))
    first, last = {name: place for place, name in reversed(places)}, {name: place for place, name in places}
    doubled = sorted(name for name, count in counts.items() if count > 1)
    return Verdict(
        accepted=len(names),
        in_braze=len(counts),
        lost=[name for name in names if name not in counts],
        out_of_order=[
            f"{before} and {after}"
            for sent in accepted.values()
            for before, after in itertools.pairwise(sent)
            if before in first and after in first and not (first[before] < first[after] and last[before] < last[after])
        ],
        doubled=doubled,
        doubled_without_mark=[name for name in doubled if name not in ambiguous],
    )
