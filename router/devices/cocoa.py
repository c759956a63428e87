"""How Foundation reads and spells values on iOS: `NSString` conversions, `NSDecimalNumber`, `boolValue`, ISO 8601 dates.

Source: Apple's Foundation documentation. JSON's null is NSNull, its numbers and booleans are NSNumbers.
"""

import re
from datetime import UTC, datetime
from typing import Any

from router.braze.transform.javascript import number_text

Json = Any

_INTEGER_PREFIX = re.compile(r"\s*([+-]?\d+)", re.ASCII)
_DECIMAL_PREFIX = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_TRUE_TEXT = re.compile(r"\s*[+-]?0*[YyTt1-9]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:?\d\d)", re.ASCII)
_INT32 = 2**31


def text_of(value: Json) -> str:
    """`%@` of a value: 12 → "12", true → "1", null → "<null>"."""
    if value is None:
        return "<null>"
    if isinstance(value, bool):
        return str(int(value))
    return number_text(value) if isinstance(value, int | float) else str(value)


def int_value(text: str) -> int:
    """`intValue`: the integer that a text begins with, else 0; held within 32 bits."""
    found = _INTEGER_PREFIX.match(text)
    return max(-_INT32, min(int(found[1][:20]), _INT32 - 1)) if found else 0


def decimal_value(value: Json) -> float | None:
    """A price as NSDecimalNumber; None for null and for what is neither text nor number.

    A text that begins with no number gives NSDecimalNumber.notANumber, which is NaN here.
    """
    if isinstance(value, str):
        found = _DECIMAL_PREFIX.match(value)
        return float(found[1]) if found else float("nan")
    return float(value) if isinstance(value, int | float) else None


def flag(value: Json) -> bool:
    """`boolValue` of a config value."""
    return bool(_TRUE_TEXT.match(value)) if isinstance(value, str) else bool(isinstance(value, int | float) and value)


def moment_of(text: str) -> str | None:
    """What ISO8601DateFormatter reads with internet date, time and fractional seconds: in UTC, to the millisecond; else None."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
