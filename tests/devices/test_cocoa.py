"""Texts, numbers, switches and dates as Foundation spells and reads them."""

import math
from typing import Any

import pytest

from router.devices.cocoa import decimal_value, flag, int_value, moment_of, text_of


@pytest.mark.parametrize(
    ("value", "text"), [(None, "<null>"), (True, "1"), (False, "0"), (12, "12"), (12.5, "12.5"), ("x", "x")]
)
def test_the_description_of_a_value(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" -3x", -3), ("2.9", 2), ("x", 0), ("9" * 5000, 2**31 - 1), ("-" + "9" * 12, -(2**31))],
)
def test_int_value(text: str, number: int) -> None:
    assert int_value(text) == number


@pytest.mark.parametrize(
    ("value", "number"), [("1e2", 100.0), (" .5 EUR", 0.5), (3, 3.0), (True, 1.0), (None, None), ([1], None)]
)
def test_decimal_value(value: Any, number: float | None) -> None:
    assert decimal_value(value) == number


def test_a_text_without_number_is_no_number() -> None:
    assert math.isnan(decimal_value("free") or 0)


@pytest.mark.parametrize(
    ("value", "on"),
    [
        (True, True),
        (False, False),
        (1, True),
        ("true", True),
        ("YES", True),
        ("007", True),
        ("no", False),
        ("0", False),
        (None, False),
    ],
)
def test_bool_value(value: Any, *, on: bool) -> None:
    assert flag(value) == on


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-15T10:30:45.123Z", "2024-01-15T10:30:45.123Z"),
        ("2024-01-15T10:30:45.1+02:00", "2024-01-15T08:30:45.100Z"),
        ("2024-01-15T10:30:45Z", None),
        ("2024-01-15", None),
        ("2024-13-15T10:30:45.123Z", None),
        ("0001-01-01T00:00:00.000+02:00", None),
    ],
)
def test_a_moment_needs_fractional_seconds(text: str, moment: str | None) -> None:
    assert moment_of(text) == moment
