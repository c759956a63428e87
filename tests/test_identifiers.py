"""Ids as RudderStack's gateway cleans them."""

from typing import Any

import pytest

from router.identifiers import clean_text, id_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("u-1", "u-1"),
        ("  a b  ", "a b"),
        ("\u200bü\ufeff", "ü"),
        ("a\x00b\tc", "abc"),
        ("\u00a0\u3164", ""),
        ("", ""),
        (None, ""),
        (456, "456"),
        (1.5, "1.5"),
        (False, "false"),
        ({"id": 456}, '{"id":456}'),
        (["a"], '["a"]'),
    ],
)
def test_an_id_is_its_visible_text_or_its_json(value: Any, text: str) -> None:
    assert id_text(value) == text


def test_inner_spaces_stay() -> None:
    assert clean_text("Jane  Doe") == "Jane  Doe"
