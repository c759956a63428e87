"""Braze's time formats: reading every documented one, writing the two that Braze answers with.

Formats: Braze docs, user attributes object and event object. A missing or invalid offset means UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_COLON_MILLIS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d):(\d{3})(Z|[+-]\d\d:?\d\d)?")
_PLAIN_START = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
_LOOKS_LIKE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?|\d\d/\d\d/\d{4}|[A-Z][a-z]{2} (?:\d\d|[A-Z][a-z]{2}) \d\d .*"
)
_OTHER_FORMATS = (
    "%m/%d/%Y",
    *(f"%a {month} %d %H:%M:%S{zone} %Y" for month in ("%m", "%b") for zone in (".%z", " %z", "")),
)
_LAST_YEAR = 3000


def parse_event_time(value: object) -> float | None:
    """Seconds since the epoch of an event's `time`: ISO 8601 or `yyyy-MM-ddTHH:mm:ss:SSSZ`; None for anything else."""
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        return _epoch(datetime.fromisoformat(value))
    except ValueError:
        return _colon_millis(value)


def parse_time(value: object) -> float | None:
    """Seconds since the epoch of a text in any format that Braze takes for attributes; None when it is no time."""
    if not isinstance(value, str) or not _LOOKS_LIKE_TIME.fullmatch(value):
        return None
    moment = parse_event_time(value)
    return _other_format(value) if moment is None else moment


def iso(moment: float) -> str:
    """ISO 8601 in UTC with milliseconds, as Braze exports event times."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text[:-6] + "Z"


def export_text(moment: float) -> str:
    """`2020-07-10 15:00:00.000 UTC`, the form of `created_at` in /users/export/ids."""
    return iso(moment).replace("T", " ").replace("Z", " UTC")


def _epoch(moment: datetime) -> float | None:
    if moment.year > _LAST_YEAR:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _colon_millis(value: str) -> float | None:
    match = _COLON_MILLIS.fullmatch(value)
    if match:
        return parse_event_time(f"{match[1]}.{match[2]}{match[3] or 'Z'}")
    plain = _PLAIN_START.match(value)
    invalid_offset = plain and value[plain.end() :].lstrip()[:1] in {"+", "-"}
    return parse_event_time(plain[0]) if plain and invalid_offset else None


def _other_format(value: str) -> float | None:
    for form in _OTHER_FORMATS:
        try:
            return _epoch(datetime.strptime(value, form))
        except ValueError:
            continue
    return None
