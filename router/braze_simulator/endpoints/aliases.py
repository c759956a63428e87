"""POST /users/alias/new and /users/alias/update (Braze docs)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.intake import TOO_MANY_USERS, Acceptance, Intake, entry_error, refused, with_errors
from router.braze_simulator.operations import Kind, Operation
from router.braze_simulator.problems import BAD_ALIAS
from router.braze_simulator.profiles.identifiers import alias_problem


def accept_alias_new(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 50 aliases, each for an existing external id or for a new alias-only user."""
    return _accept(intake, document.get("user_aliases"), "user_aliases", "alias_new", _new_error)


def accept_alias_update(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 50 new names. The body of the answer is not documented; it is assumed to be that of alias/new."""
    return _accept(intake, document.get("alias_updates"), "alias_updates", "alias_update", _update_error)


def _accept(
    intake: Intake, entries: Any, array: str, kind: Kind, error_of: Callable[[Intake, Any], str | None]
) -> Acceptance:
    if not isinstance(entries, list) or not entries:
        return refused(400, f"'{array}' must be an array of objects")
    if len(entries) > intake.config.limits.entries:
        return refused(400, TOO_MANY_USERS)
    operations: list[Operation] = []
    errors: list[dict[str, Any]] = []
    for index, entry in enumerate(entries):
        error = error_of(intake, entry)
        if error is None:
            operations.append(intake.operation(kind, entry, index))
        else:
            errors.append(entry_error(array, index, error))
    if not operations:
        return refused(400, f"Valid data must be provided in the '{array}' field.", errors=errors)
    answer = intake.success(with_errors({"aliases_processed": len(operations)}, errors))
    return Acceptance(answer=answer, operations=operations)


def _new_error(intake: Intake, entry: Any) -> str | None:
    problem = alias_problem(entry)
    if problem is not None:
        return problem.text(intake.config.error_style)
    external_id = entry.get("external_id")
    return None if external_id is None or isinstance(external_id, str) else "'external_id' is not valid"


def _update_error(intake: Intake, entry: Any) -> str | None:
    fields = ("alias_label", "old_alias_name", "new_alias_name")
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) and entry[name] for name in fields):
        return BAD_ALIAS.text(intake.config.error_style)
    alias = (entry["alias_label"], entry["new_alias_name"])
    taken = intake.config.alias_update_taken == "error" and alias in intake.workspace.directory.by_alias
    return "'new_alias_name' is already in use" if taken else None
