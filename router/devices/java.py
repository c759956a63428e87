"""How Java, Gson and Android's SimpleDateFormat read and spell values: legacy Android and, for dates, Kotlin.

Sources: Java SE docs, `Double.parseDouble`, `Double.toString`, `SimpleDateFormat` (lenient); the device's zone is taken to be UTC.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from router.devices.javascript_dates import Day
from router.devices.sdk_calls import SdkError

Json = Any

_DOUBLE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?", re.ASCII)
_LONG = re.compile(r"[+-]?\d+", re.ASCII)
_DAY = re.compile(r"[ \t]*(\d+)-[ \t]*(\d+)-[ \t]*(\d+)", re.ASCII)
_MOMENT = re.compile(_DAY.pattern + r"T[ \t]*(\d+):[ \t]*(\d+):[ \t]*(\d+)\.[ \t]*(\d+)Z", re.ASCII)
_BLANKS = "".join(map(chr, range(0x21)))
LARGEST_LONG = 2**63 - 1


def text_of(value: Json) -> str:
    """`String.valueOf`: null → "null", 5.0 → "5.0", {"a": 1} → "{a=1}"."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, float):
        return _double_text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={text_of(item)}' for key, item in value.items())}}}"
    return str(value)


def double_of(text: str) -> float | None:
    """`Double.valueOf` (white space around it aside); None where that throws or gives no finite number."""
    trimmed = text.strip(_BLANKS)
    number = float(trimmed.rstrip("fFdD")) if _DOUBLE.fullmatch(trimmed) else float("inf")
    return number if abs(number) != float("inf") else None


def long_of(text: str) -> int | None:
    """`Long.valueOf` of the trimmed text; None where that throws."""
    trimmed = text.strip(_BLANKS)
    number = int(trimmed) if len(trimmed) < 21 and _LONG.fullmatch(trimmed) else LARGEST_LONG + 1
    return number if -LARGEST_LONG - 1 <= number <= LARGEST_LONG else None


def flag(value: Json) -> bool:
    """A switch of the config: true, or the text "true" in any case."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def string(value: Json, what: str) -> str | None:
    """A cast to String; raises SdkError where that throws."""
    if value is None or isinstance(value, str):
        return value
    raise SdkError(f"{what} cannot be cast to java.lang.String")


def day_of(text: str) -> Day | None:
    """The day that a text begins with in `yyyy-MM-dd`; a month or day that is too large runs over."""
    found = _DAY.match(text)
    moment = _moment([*found.groups(), "0", "0", "0", "0"]) if found else None
    return Day(moment.year, moment.month, moment.day) if moment else None


def seconds_of(text: str) -> int | None:
    """Seconds since 1970 of a text that begins with `yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`."""
    found = _MOMENT.match(text)
    moment = _moment([*found.groups()]) if found else None
    return int(moment.timestamp() // 1) if moment else None


def _moment(parts: list[str]) -> datetime | None:
    try:
        year, month, day, hour, minute, second, millisecond = map(int, parts)
        first = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
        return first + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second, milliseconds=millisecond)
    except (ValueError, OverflowError):
        return None


def _double_text(number: float) -> str:
    """`Double.toString`: plain from 0.001 to 10,000,000, else as `1.0E7`."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    first, rest = str(digits[0]), "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{first}.{rest}E{int(exponent) + len(digits) - 1}"
