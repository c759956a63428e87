"""POST /subscription/status/set (v1) and /v2/subscription/status/set (Braze docs).

Both become the same work: one entry with `external_ids`, `emails` or `phones`. How v2 words its refusals is not
documented; a bad entry refuses the request.
"""

from __future__ import annotations

from typing import Any

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.intake import TOO_MANY_USERS, Acceptance, Intake, refused
from router.braze_simulator.profiles.addresses import is_phone

STATES = frozenset({"subscribed", "unsubscribed"})
LISTS = ("external_ids", "emails", "phones")
NOT_BOTH = "Either an email address or a phone number should be provided, but not both."
NOT_OBJECTS = "'subscription_groups' must be an array of objects"


def accept_set_v2(intake: Intake, document: JsonObject) -> Acceptance:
    """Several groups a call, at most 50 users in each list."""
    entries = document.get("subscription_groups")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        return refused(400, NOT_OBJECTS)
    return _accept(intake, entries)


def accept_set_v1(intake: Intake, document: JsonObject) -> Acceptance:
    """One group a call; each list may also be a single text."""
    names = {"external_id": "external_ids", "email": "emails", "phone": "phones"}
    entry = {name: value for name, value in document.items() if name not in names}
    for single, several in names.items():
        value = document.get(single)
        if value:
            entry[several] = [value] if isinstance(value, str) else value
    return _accept(intake, [entry])


def _accept(intake: Intake, entries: list[JsonObject]) -> Acceptance:
    limit = intake.config.limits.entries
    error = next((error for entry in entries if (error := _error(entry, limit))), None)
    if error is not None:
        return refused(400, error)
    operations = [intake.operation("subscription", entry, index) for index, entry in enumerate(entries)]
    return Acceptance(answer=intake.success(), operations=operations)


def _error(entry: JsonObject, limit: int) -> str | None:
    group = entry.get("subscription_group_id")
    if not isinstance(group, str) or not group:
        return "'subscription_group_id' is required"
    if entry.get("subscription_state") not in STATES:
        return "'subscription_state' must be 'subscribed' or 'unsubscribed'"
    return _users_error(entry, limit)


def _users_error(entry: JsonObject, limit: int) -> str | None:
    lists: dict[str, Any] = {name: entry[name] for name in LISTS if entry.get(name)}
    if not lists:
        return "'external_ids', 'emails' or 'phones' is required"
    if "emails" in lists and "phones" in lists:
        return NOT_BOTH
    for name, values in lists.items():
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            return f"'{name}' must be an array of strings"
        if len(values) > limit:
            return TOO_MANY_USERS
    bad = [phone for phone in lists.get("phones", []) if not is_phone(phone)]
    return f"'{bad[0]}' is not a valid E.164 phone number" if bad else None
