"""The check of `prioritization` arrays (Braze docs: users/identify, users/merge, users/delete)."""

from __future__ import annotations

from typing import Any

VALUES = ("identified", "unidentified", "most_recently_updated", "least_recently_updated")
BOTH_UPDATED = (
    "Request can not contain both of 'most_recently_updated' and 'least_recently_updated' values in the"
    " 'prioritization' array"
)
"""As captured by Segment's tests."""

BOTH_IDENTIFIED = "Request can not contain both of 'identified' and 'unidentified' values in the 'prioritization' array"


def prioritization_error(value: Any, allowed: tuple[str, ...] = VALUES) -> str | None:
    """What is wrong with a prioritization; an absent one is fine."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(item in allowed for item in value):
        return f"'prioritization' must be an array of {', '.join(allowed)}"
    if "most_recently_updated" in value and "least_recently_updated" in value:
        return BOTH_UPDATED
    return BOTH_IDENTIFIED if "identified" in value and "unidentified" in value else None
