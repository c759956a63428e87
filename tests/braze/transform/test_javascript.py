"""JavaScript's truth, text and numbers. Expected values were read off ECMA-262 and a JavaScript engine's console."""

from typing import Any

import pytest

from router.braze.transform.javascript import (
    first_of,
    number_of,
    number_text,
    parse_float,
    parse_int,
    text_of,
    trim,
    truthy,
)


@pytest.mark.parametrize("value", [True, 1, -0.5, "0", " ", [], {}, [0]])
def test_truthy_values(value: Any) -> None:
    assert truthy(value) is True


@pytest.mark.parametrize("value", [None, False, 0, 0.0, ""])
def test_falsy_values(value: Any) -> None:
    assert truthy(value) is False


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([None, "", "a"], "a"),
        ([None, False, "a"], False),
        ([0, "a"], 0),
        (["", []], []),
        (["", None], None),
        ([], None),
    ],
)
def test_the_first_of_several_skips_only_null_and_empty_text(values: list[Any], first: Any) -> None:
    assert first_of(values) is first or first_of(values) == first


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5, "5"),
        (-7, "-7"),
        (5.0, "5"),
        (-0.0, "0"),
        (5.5, "5.5"),
        (0.1, "0.1"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (1e-7, "1e-7"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1.25e300, "1.25e+300"),
        (9007199254740993, "9007199254740992"),
        (123456789012345678901234567890, "1.2345678901234568e+29"),
        (10**400, "Infinity"),
        (-(10**400), "-Infinity"),
    ],
)
def test_numbers_as_text(number: float, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ([], ""),
        ([1, None, "x", [2, 3]], "1,,x,2,3"),
        ({"a": 1}, "[object Object]"),
        (12.0, "12"),
    ],
)
def test_values_as_text(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.50", 12.5),
        ("7€", 7),
        ("\ufeff\n 7.5 ", 7.5),
        ("1e2", 100),
        ("1e", 1),
        (".5", 0.5),
        ("5.", 5),
        ("+3", 3),
        ("-0.25", -0.25),
        ("1_000", 1),
        (9.5, 9.5),
        (3, 3),
        ([4], 4),
        ("€7", None),
        ("", None),
        ("Infinity", None),
        ("1e999", None),
        ("nan", None),
        (True, None),
        ([], None),
        ({"n": 1}, None),
        (10**400, None),
    ],
)
def test_the_number_at_the_start_of_a_value(value: Any, number: float | None) -> None:
    assert parse_float(value) == number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("2.9", 2),
        (1.9, 1),
        (" 5", 5),
        ("-3x", -3),
        ("1e3", 1),
        (1e21, 1),
        (0, 0),
        ("٣", None),
        ("x", None),
        (False, None),
        ("9" * 400, None),
    ],
)
def test_the_integer_at_the_start_of_a_value(value: Any, number: float | None) -> None:
    assert parse_int(value) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("39.5", 39.5),
        (" 1e3 ", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("0O17", 15),
        ("+7.", 7),
        (".5", 0.5),
        ("-0x1F", None),
        ("0x", None),
        ("1_000", None),
        ("7€", None),
        ("Infinity", None),
        ("nan", None),
        ("1e999", None),
        ("0x" + "f" * 300, None),
    ],
)
def test_text_as_a_number(text: str, number: float | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("value", ["12.0", "1e3", 7])
def test_whole_numbers_are_sent_without_a_fraction(value: Any) -> None:
    assert type(parse_float(value)) is int


def test_trim_knows_javascripts_white_space() -> None:
    assert trim("\ufeff\u3000\t a \u2028") == "a"
    assert trim("\x1ca\x85") == "\x1ca\x85"
