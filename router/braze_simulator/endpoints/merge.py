"""POST /users/merge (Braze docs: users/merge; the error messages are Braze's)."""

from __future__ import annotations

from typing import Any

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.endpoints.prioritization import prioritization_error
from router.braze_simulator.intake import Acceptance, Intake, refused
from router.braze_simulator.profiles.identifiers import alias_problem

SIDES = frozenset({"identifier_to_merge", "identifier_to_keep"})
NOT_OBJECTS = "'merge_updates' must be an array of objects"
TOO_MANY = "a single request may not contain more than 50 merge updates"
WRONG_SIDES = "'merge_updates' must only have 'identifier_to_merge' and 'identifier_to_keep'"
BAD_IDENTIFIER = (
    "identifiers must be objects with an 'external_id' property that is a string, 'user_alias' property that is an"
    " object, 'email' property that is a string, or 'phone' property that is a string"
)


def accept_merge(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 50 pairs; one bad pair refuses the request."""
    updates = document.get("merge_updates")
    problem = _problem(updates, intake.config.limits.entries)
    if problem is not None or not isinstance(updates, list):
        return refused(400, problem or NOT_OBJECTS)
    operations = [intake.operation("merge", update, index) for index, update in enumerate(updates)]
    return Acceptance(answer=intake.success(status=202), operations=operations)


def _problem(updates: Any, limit: int) -> str | None:
    if not isinstance(updates, list) or not all(isinstance(update, dict) for update in updates) or not updates:
        return NOT_OBJECTS
    if len(updates) > limit:
        return TOO_MANY
    if any(update.keys() != SIDES for update in updates):
        return WRONG_SIDES
    sides = [side for update in updates for side in update.values()]
    return next((problem for side in sides if (problem := identifier_error(side))), None)


def identifier_error(identifier: Any) -> str | None:
    """What is wrong with one side of a merge."""
    if not isinstance(identifier, dict):
        return BAD_IDENTIFIER
    named = [name for name in ("external_id", "user_alias", "email", "phone") if name in identifier]
    if len(named) != 1:
        return BAD_IDENTIFIER
    value = identifier[named[0]]
    if named[0] == "user_alias":
        return BAD_IDENTIFIER if alias_problem(value) else None
    if not isinstance(value, str) or not value:
        return BAD_IDENTIFIER
    return prioritization_error(identifier.get("prioritization"))
