"""Texts, numbers and dates as Java spells and reads them."""

from typing import Any

import pytest

from router.devices.java import day_of, double_of, long_of, seconds_of, text_of

TEXTS: list[tuple[Any, str]] = [
    (None, "null"),
    (True, "true"),
    (12, "12"),
    (12.0, "12.0"),
    (0.001, "0.001"),
    (0.0001, "1.0E-4"),
    (12345678.0, "1.2345678E7"),
    (-1e21, "-1.0E21"),
    ("x", "x"),
    ([1, None], "[1, null]"),
    ({"a": 1, "b": "c"}, "{a=1, b=c}"),
]


@pytest.mark.parametrize(("value", "text"), TEXTS)
def test_string_value_of(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" 1.5 ", 1.5),
        ("1e3", 1000.0),
        (".5f", 0.5),
        ("1.D", 1.0),
        ("0x10", None),
        ("NaN", None),
        ("1e999", None),
        ("", None),
    ],
)
def test_double_value_of(text: str, number: float | None) -> None:
    assert double_of(text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), (" -12 ", -12), ("2.5", None), ("9" * 19, None), ("9" * 5000, None), ("", None)]
)
def test_long_value_of(text: str, number: int | None) -> None:
    assert long_of(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2000-10-23", (2000, 10, 23)),
        ("2000-1-5 and more", (2000, 1, 5)),
        ("2000-14-00", (2001, 1, 31)),
        ("x2000-10-23", None),
        ("10/23/2000", None),
        ("0-1-1", None),
        ("9" * 5000 + "-1-1", None),
    ],
)
def test_a_day_is_read_leniently_from_the_start_of_a_text(text: str, day: tuple[int, int, int] | None) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:01:00.999Z", 60),
        ("1969-12-31T23:59:59.000Z", -1),
        ("1970-01-01T00:01:00Z", None),
        ("1970-01-01", None),
    ],
)
def test_a_moment_is_read_to_the_second(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds
