"""JavaScript's property access, key order and equality."""

from typing import Any

import pytest
from msgspec import UNSET

from router.devices.javascript import either, entries, is_equal, is_same, member, optional_member
from router.devices.sdk_calls import SdkError

EQUALITY: list[tuple[Any, Any, bool, bool]] = [
    (1, 1.0, True, True),
    (1, True, False, False),
    ("1", 1, False, False),
    (None, UNSET, False, False),
    (UNSET, UNSET, True, True),
    ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}, True, False),
    ({"a": 1}, {"a": 1, "b": 2}, False, False),
    ([1, 2], [2, 1], False, False),
    ([1], [1, 2], False, False),
    ([], {}, False, False),
]


@pytest.mark.parametrize(("left", "right", "equal", "same"), EQUALITY)
def test_equality_is_typed_and_sameness_excludes_objects(left: Any, right: Any, *, equal: bool, same: bool) -> None:
    assert (is_equal(left, right), is_same(left, right)) == (equal, same)


@pytest.mark.parametrize(("value", "shown"), [(None, "null"), (UNSET, "undefined")])
def test_a_member_of_nothing_throws(value: Any, shown: str) -> None:
    with pytest.raises(SdkError, match=f"Cannot read properties of {shown} \\(reading 'a'\\)"):
        member(value, "a")


@pytest.mark.parametrize(
    ("value", "found"), [({"a": 1}, 1), ({}, UNSET), ("a", UNSET), ([1], UNSET), (5, UNSET), (None, UNSET)]
)
def test_an_optional_member(value: Any, found: Any) -> None:
    assert optional_member(value, "a") is found or optional_member(value, "a") == found


def test_integer_keys_come_first() -> None:
    keys = ["b", "10", "01", "-1", "9", "4294967295", "a", "4294967294"]
    assert [key for key, _ in entries(dict.fromkeys(keys))] == [
        "9",
        "10",
        "4294967294",
        "b",
        "01",
        "-1",
        "4294967295",
        "a",
    ]


@pytest.mark.parametrize(
    ("value", "expected"), [("ab", [("0", "a"), ("1", "b")]), ([5], [("0", 5)]), (5, []), (None, [])]
)
def test_entries_of_what_is_no_object(value: Any, expected: list[Any]) -> None:
    assert list(entries(value)) == expected


@pytest.mark.parametrize(
    ("first", "second", "chosen"), [("a", "b", "a"), ("", "b", "b"), (0, UNSET, UNSET), ([], "b", [])]
)
def test_or_takes_the_first_truthy_value(first: Any, second: Any, chosen: Any) -> None:
    assert either(first, second) == chosen
