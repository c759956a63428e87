"""POST /users/identify (Braze docs: users/identify)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.endpoints.prioritization import prioritization_error
from router.braze_simulator.intake import TOO_MANY_USERS, Acceptance, Intake, entry_error, refused, with_errors
from router.braze_simulator.operations import Kind, Operation
from router.braze_simulator.problems import Problem
from router.braze_simulator.profiles.identifiers import alias_problem, external_id_problem


class Array(msgspec.Struct, frozen=True):
    """One of the three arrays: the kind of its work, its counter in the answer, its contact field."""

    kind: Kind
    counter: str
    contact: Literal["user_alias", "email", "phone"]


ARRAYS: Mapping[str, Array] = {
    "aliases_to_identify": Array("identify_alias", "aliases_processed", "user_alias"),
    "emails_to_identify": Array("identify_email", "emails_processed", "email"),
    "phone_numbers_to_identify": Array("identify_phone", "phone_numbers_processed", "phone"),
}
NOTHING_TO_IDENTIFY = (
    "Valid data must be provided in the 'aliases_to_identify', 'emails_to_identify' or"
    " 'phone_numbers_to_identify' fields."
)


def accept_identify(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 50 entries over the three arrays; invalid ones are listed in `errors[]`."""
    present = {name: document[name] for name in ARRAYS if isinstance(document.get(name), list)}
    if sum(map(len, present.values())) > intake.config.limits.entries:
        return refused(400, TOO_MANY_USERS)
    operations: list[Operation] = []
    errors: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for name, entries in present.items():
        before = len(operations)
        for index, entry in enumerate(entries):
            error = entry_problem(entry, ARRAYS[name], intake.config)
            if error is None:
                operations.append(intake.operation(ARRAYS[name].kind, _with_behavior(entry, document), index))
            else:
                errors.append(entry_error("user_identifiers", index, error))
        counts[ARRAYS[name].counter] = len(operations) - before
    if not operations:
        return refused(400, NOTHING_TO_IDENTIFY, errors=errors)
    return Acceptance(answer=intake.success(with_errors(counts, errors)), operations=operations)


def entry_problem(entry: Any, array: Array, config: SimulatorConfig) -> str | None:
    """What is wrong with one entry, as a sentence."""
    if not isinstance(entry, dict):
        return "'external_id' is required"
    problem = external_id_problem(entry.get("external_id"), config)
    if problem is not None:
        return problem.text(config.error_style)
    if array.contact == "user_alias":
        missing: Problem | None = alias_problem(entry.get("user_alias"))
        return missing.text(config.error_style) if missing else None
    if not isinstance(entry.get(array.contact), str) or not entry[array.contact]:
        return f"'{array.contact}' is required"
    return prioritization_error(entry.get("prioritization"))


def _with_behavior(entry: JsonObject, document: JsonObject) -> JsonObject:
    """The old `merge_behavior` stands beside the arrays; it goes with every entry."""
    behavior = document.get("merge_behavior")
    return entry if behavior is None else {**entry, "merge_behavior": behavior}
