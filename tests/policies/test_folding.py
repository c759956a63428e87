"""Folding a table and unfolding it gives the table back."""

from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.folding import Block, fold_apart, fold_in_order, unfold

TABLES = st.lists(st.integers(1, 3), min_size=1, max_size=4).flatmap(
    lambda sizes: st.tuples(
        st.just(sizes), st.lists(st.sampled_from("abc"), min_size=prod(sizes), max_size=prod(sizes))
    )
)


@given(TABLES)
@settings(deadline=None, max_examples=60)
def test_unfolding_what_was_folded_in_order_gives_the_table_back(table: tuple[list[int], list[str]]) -> None:
    sizes, outcomes = table
    assert [outcome for _, outcome in unfold(sizes, fold_in_order(sizes, outcomes))] == outcomes


@given(TABLES)
@settings(deadline=None, max_examples=60)
def test_every_block_folded_apart_is_true_by_itself_and_together_they_hold_all_that_differs(
    table: tuple[list[int], list[str]],
) -> None:
    sizes, outcomes = table
    truth = dict(zip(product(*map(range, sizes)), outcomes, strict=True))
    blocks = fold_apart(sizes, outcomes, "a")
    for block in blocks:
        assert {truth[place] for place in product(*block.values)} == {block.outcome}
    held = {place for block in blocks for place in product(*block.values)}
    assert held == {place for place, outcome in truth.items() if outcome != "a"}


@given(TABLES)
@settings(deadline=None, max_examples=60)
def test_a_fold_is_never_longer_than_the_table_and_always_the_same(table: tuple[list[int], list[str]]) -> None:
    sizes, outcomes = table
    blocks = fold_in_order(sizes, outcomes)
    assert len(blocks) <= len(outcomes)
    assert blocks == fold_in_order(sizes, outcomes)


@pytest.mark.parametrize(
    ("sizes", "outcomes", "blocks"),
    [
        ((2, 2), "xxxx", [Block(((0, 1), (0, 1)), "x")]),
        ((2, 2), "xxyy", [Block(((0,), (0, 1)), "x"), Block(((0, 1), (0, 1)), "y")]),
        ((3,), "xyx", [Block(((0, 2),), "x"), Block(((0,),), "y")]),
    ],
)
def test_a_dimension_that_makes_no_difference_is_no_condition(
    sizes: tuple[int, ...], outcomes: str, blocks: list[Block[str]]
) -> None:
    assert fold_in_order(sizes, outcomes)[0] == blocks[0]
    assert len(fold_in_order(sizes, outcomes)) == len(blocks)
