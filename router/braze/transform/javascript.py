"""JavaScript's notions of truth, text and number, which RudderStack's transformer applies to free-form values.

ECMA-262: ToBoolean, ToString, ToNumber (StringToNumber), parseFloat, parseInt, String.prototype.trim.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

WHITE_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What `trim`, `Number` and the parse functions skip; Python's own idea of white space is another one."""

SAFE_INTEGER = 2**53 - 1
"""Number.MAX_SAFE_INTEGER: above it a double no longer tells integers apart."""

_DECIMAL = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_FLOAT_PREFIX = re.compile(rf"[+-]?{_DECIMAL}")
_INTEGER_PREFIX = re.compile(r"[+-]?[0-9]+")
_DECIMAL_NUMBER = re.compile(rf"[+-]?{_DECIMAL}")
_PREFIXED_NUMBER = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")


def truthy(value: Any) -> bool:
    """ToBoolean of a JSON value: empty arrays and objects are true."""
    return True if value else value is not None and isinstance(value, (dict, list))


def first_of(values: Iterable[Any]) -> Any:
    """The first value that is truthy, false or 0; None when there is none (RudderStack's lookup over several paths)."""
    return next((value for value in values if value is not None and value != ""), None)


def trim(text: str) -> str:
    """The text without white space around it."""
    return text.strip(WHITE_SPACE)


def text_of(value: Any) -> str:
    """ToString of a JSON value: `5.0` → "5", `[1, null]` → "1,", `{}` → "[object Object]"."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, list):
        return ",".join("" if element is None else text_of(element) for element in value)
    return "[object Object]" if isinstance(value, dict) else number_text(value)


def number_text(number: float) -> str:
    """ToString of a number: shortest digits, an exponent only below 1e-6 and from 1e21 on."""
    if isinstance(number, int) and abs(number) <= SAFE_INTEGER:
        return str(number)
    double = _double(number)
    if double in (float("inf"), float("-inf")):
        return "Infinity" if double > 0 else "-Infinity"
    if double == 0:
        return "0"
    if 1e-6 <= abs(double) < 1e21:
        plain = format(Decimal(repr(double)), "f")
        return plain.removesuffix(".0")
    return re.sub(r"e([+-])0+(?=[0-9])", r"e\1", repr(double))


def parse_float(value: Any) -> float | None:
    """parseFloat of a JSON value, its text's leading number (`"7€"` → 7); None for NaN and the infinities."""
    return _parsed(value, _FLOAT_PREFIX) if type(value) is not float else value


def parse_int(value: Any) -> float | None:
    """parseInt of a JSON value, its text's leading decimal integer (`"2.9"` → 2); None for NaN and the infinities."""
    return _parsed(value, _INTEGER_PREFIX)


def _parsed(value: Any, prefix: re.Pattern[str]) -> float | None:
    if type(value) is int and abs(value) <= SAFE_INTEGER:
        return value
    found = prefix.match(text_of(value).lstrip(WHITE_SPACE))
    return _finite(found[0]) if found else None


def number_of(text: str) -> float | None:
    """ToNumber of a text that is not blank (`"0x1f"` → 31); None where that is NaN or an infinity."""
    trimmed = trim(text)
    if _PREFIXED_NUMBER.fullmatch(trimmed):
        return _finite(str(_double(int(trimmed, 0))))
    return _finite(trimmed) if _DECIMAL_NUMBER.fullmatch(trimmed) else None


def _finite(text: str) -> float | None:
    """A finite number, as an int where a double would print without a fraction."""
    number = float(text)
    if number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() and abs(number) <= SAFE_INTEGER else number


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
