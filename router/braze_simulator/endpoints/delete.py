"""POST /users/delete (Braze docs: users/delete). The answer counts the users queued for deletion, known or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.braze_simulator.calls import Answer, JsonObject
from router.braze_simulator.endpoints.prioritization import VALUES, prioritization_error
from router.braze_simulator.intake import TOO_MANY_IDS, TOO_MANY_USERS, Acceptance, Intake, refused
from router.braze_simulator.profiles.identifiers import alias_problem

KINDS: Mapping[str, str] = {
    "external_ids": "external_id",
    "user_aliases": "user_alias",
    "braze_ids": "braze_id",
    "email_addresses": "email",
    "phone_numbers": "phone",
}
"""Field of the request → the identifier that its entries are."""

ONE_KIND = (
    "Exactly one of 'external_ids', 'user_aliases', 'braze_ids', 'email_addresses' or 'phone_numbers' is required"
)
_PRIORITIES = tuple(value for value in VALUES if value != "least_recently_updated")


def accept_delete(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 50 users, named by one kind of identifier."""
    present = [name for name in KINDS if document.get(name)]
    if len(present) != 1 or not isinstance(document[present[0]], list):
        return refused(400, ONE_KIND)
    field = present[0]
    entries = document[field]
    if len(entries) > intake.config.limits.entries:
        return refused(400, TOO_MANY_IDS if field == "braze_ids" else TOO_MANY_USERS)
    error = next((error for entry in entries if (error := _error(field, entry))), None)
    if error is not None:
        return refused(400, error)
    operations = [intake.operation("delete", _identifier(field, entry), index) for index, entry in enumerate(entries)]
    answer = Answer(status=intake.config.delete_status, body={"deleted": len(entries)})
    return Acceptance(answer=answer, operations=operations)


def _identifier(field: str, entry: Any) -> JsonObject:
    return {KINDS[field]: entry} if field in {"external_ids", "braze_ids", "user_aliases"} else dict(entry)


def _error(field: str, entry: Any) -> str | None:
    if field == "user_aliases":
        return "'user_aliases' must be an array of alias objects" if alias_problem(entry) else None
    if field in {"external_ids", "braze_ids"}:
        return None if isinstance(entry, str) and entry else f"'{field}' must be an array of strings"
    name = KINDS[field]
    if not isinstance(entry, dict) or not isinstance(entry.get(name), str) or not entry[name]:
        return f"'{field}' must be an array of objects with '{name}'"
    return prioritization_error(entry.get("prioritization"), _PRIORITIES)
