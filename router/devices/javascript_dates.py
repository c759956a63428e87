"""JavaScript's `new Date(value)`, as far as a birthday needs it: the day in UTC.

ECMA-262, Date Time String Format, then the other notations that V8 and the other engines take. The device's own zone is taken
to be UTC, so a date and time without offset names a UTC day.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from router.braze.transform.javascript import text_of

_MINUTE = 60_000
_DAY = 1440 * _MINUTE
_LARGEST = 8_640_000_000_000_000
"""Milliseconds from 1970 to either end of JavaScript's time."""
_LONGEST = 100
"""Characters above which a text is not searched for a date."""
_ERA_YEARS = 400
_ERA_DAYS = 146_097
_EPOCH = date(1970, 1, 1)

_ISO = re.compile(
    r"(?!-000000)(?P<year>\d{4}|[+-]\d{6})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_COMMENT = re.compile(r"\([^)]*\)")
_CLOCK = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d+))?)?"
    r"(?:\s+(?P<half>[ap]m))?(?P<offset>\s*[+-]\d\d?(?::?\d\d)?)?(?![a-y0-9:])",
    re.ASCII | re.IGNORECASE,
)
_ZONE = re.compile(
    r"(?<![a-z])(?P<name>UTC|GMT|UT|Z|[ECMP][SD]T)(?![a-z])(?P<offset>\s*[+-]\d\d?(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_HOURS_BEHIND = {"EDT": 4, "EST": 5, "CDT": 5, "CST": 6, "MDT": 6, "MST": 7, "PDT": 7, "PST": 8}
_WORDS = re.compile(r"[a-z]+\.?", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = re.compile(r"\d+", re.ASCII)
_SEPARATORS = re.compile(r"[\s,./-]*")


class Day(NamedTuple):
    """A calendar day; the month counts from 1."""

    year: int
    month: int
    day: int


def utc_day(value: Any) -> Day | None:
    """The UTC day of `new Date(value)` for a truthy JSON value; None for an invalid date."""
    moment = _moment(value)
    return None if moment is None or abs(moment) > _LARGEST else _day_of(int(moment) // _DAY)


def _moment(value: Any) -> float | None:
    """Milliseconds since 1970."""
    if isinstance(value, int | float):
        return value
    text = text_of(value)
    if len(text) > _LONGEST:
        return None
    found = _ISO.fullmatch(text.strip())
    moment = _iso_moment(found) if found else None
    return _loose_moment(text) if moment is None else moment


def _iso_moment(found: re.Match[str]) -> float | None:
    days = _days_of(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    clock = _clock(found.groupdict()) if found["hour"] else 0
    if days is None or clock is None:
        return None
    return days * _DAY + clock - _offset(found["zone"])


def _clock(parts: Mapping[str, str | None]) -> int | None:
    """Milliseconds since midnight; None for a time that no clock shows (24:00 is one)."""
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    milliseconds = int((parts["fraction"] or "0")[:3].ljust(3, "0"))
    total = ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds
    return total if minute < 60 and second < 60 and total <= _DAY else None


def _offset(zone: str | None) -> int:
    """Milliseconds that a zone (`+05:30`, `-0500`, `+2`, `Z`) is ahead of UTC."""
    digits = (zone or "").strip(" zZ").replace(":", "")
    if not digits:
        return 0
    hours, minutes = (digits[1:3], digits[3:]) if len(digits) > 2 else (digits[1:], "")
    ahead = int(hours) * 60 + int(minutes or 0)
    return (-ahead if digits[0] == "-" else ahead) * _MINUTE


def _loose_moment(text: str) -> float | None:
    """`10/23/2000`, `Oct 23, 2000 10:00 PM`, `Mon, 23 Oct 2000 10:00:00 GMT+0200` …"""
    zone, rest = _taken(_ZONE, _COMMENT.sub(" ", text))
    clock, rest = _taken(_CLOCK, rest)
    days = _loose_days(rest)
    time = _half_day(clock) if clock else 0
    if days is None or time is None:
        return None
    return days * _DAY + time - _ahead(zone, clock)


def _ahead(zone: re.Match[str] | None, clock: re.Match[str] | None) -> int:
    if zone is None:
        return _offset(clock["offset"]) if clock else 0
    return _offset(zone["offset"]) - _HOURS_BEHIND.get(zone["name"].upper(), 0) * 60 * _MINUTE


def _taken(pattern: re.Pattern[str], text: str) -> tuple[re.Match[str] | None, str]:
    found = pattern.search(text)
    return (found, text[: found.start()] + " " + text[found.end() :]) if found else (None, text)


def _half_day(found: re.Match[str]) -> int | None:
    half = found["half"]
    if half and not 1 <= int(found["hour"]) <= 12:
        return None
    clock = _clock(found.groupdict())
    if clock is None or not half:
        return clock
    noon = _DAY // 2
    return clock % noon + (noon if half.lower() == "pm" else 0)


def _loose_days(text: str) -> int | None:
    month, rest = _named_month(text)
    numbers = list(map(int, _PARTS.findall(rest)))
    if not _SEPARATORS.fullmatch(_PARTS.sub("", rest)) or not 1 <= len(numbers) <= (3 if month is None else 2):
        return None
    year, month, day = _ordered(numbers, month)
    return _days_of(year + _century(year), month, day)


def _named_month(text: str) -> tuple[int | None, str]:
    """The month that a word names, and the text without words; words before the first number are skipped."""
    found: int | None = None
    for word in _WORDS.finditer(text):
        if word[0][:3].lower() in _MONTHS:
            found = _MONTHS.index(word[0][:3].lower()) + 1
        elif any(character.isdigit() for character in text[: word.start()]):
            return None, "?"
    return found, _WORDS.sub(" ", text)


def _ordered(numbers: list[int], month: int | None) -> tuple[int, int, int]:
    """Year, month and day: missing numbers are 1, and a first one that can be no day is the year."""
    first, second, third = (*numbers, 1, 1)[:3]
    if month is not None:
        return (second, month, first) if _can_be_day(first) else (first, month, second)
    return (third, first, second) if _can_be_day(first) else (first, second, third)


def _can_be_day(number: int) -> bool:
    return 1 <= number <= 31


def _century(year: int) -> int:
    if 0 <= year < 50:
        return 2000
    return 1900 if 50 <= year < 100 else 0


def _days_of(year: int, month: int, day: int) -> int | None:
    """Days since 1970; a day past the end of its month runs into the next one."""
    if not (1 <= month <= 12 and 1 <= day <= 31) or abs(year) > 300_000:
        return None
    era, within = divmod(year - 1, _ERA_YEARS)
    return (date(within + 1, month, 1) - _EPOCH).days + day - 1 + era * _ERA_DAYS


def _day_of(days: int) -> Day:
    """The day that many days after 1970-01-01."""
    era, within = divmod(days + (_EPOCH - date(1, 1, 1)).days, _ERA_DAYS)
    found = date(1, 1, 1) + timedelta(days=within)
    return Day(found.year + era * _ERA_YEARS, found.month, found.day)
