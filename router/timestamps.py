"""Times as RudderStack and Braze write them: ISO 8601 in UTC with milliseconds."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def format_time(moment: datetime) -> str:
    """`2026-05-04T08:15:30.250Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(value: Any) -> datetime | None:
    """A time in UTC from ISO 8601, an e-mail date or epoch digits (seconds, or milliseconds from 12 digits on); else None."""
    if not isinstance(value, str) or not (text := value.strip()):
        return None
    for parse in (datetime.fromisoformat, _parse_epoch, parsedate_to_datetime):
        try:
            moment = parse(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def is_iso(value: Any) -> bool:
    """Whether a value is a text that ISO 8601 readers understand as it is."""
    if not isinstance(value, str) or value[:4].isdigit() is False or "-" not in value[4:5]:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _parse_epoch(text: str) -> datetime:
    if not (text.isascii() and text.isdigit() and 9 <= len(text) <= 13):
        raise ValueError(text)
    seconds = int(text) / (1000 if len(text) >= 12 else 1)
    return datetime.fromtimestamp(seconds, UTC)


def skew_corrected(received: datetime, *, sent: datetime | None, original: datetime | None) -> datetime:
    """When the event happened by the server's clock: received − (sent − original), absent ones standing for `received`."""
    try:
        return received - ((sent or received) - (original or received))
    except (OverflowError, ValueError):
        return received
