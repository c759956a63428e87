"""POST /users/track and /users/track/bulk: attributes, events and purchases (Braze docs: users/track, track/bulk)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from router.braze_simulator.activity.events import event_problems
from router.braze_simulator.activity.purchases import purchase_problems
from router.braze_simulator.attributes.validity import attribute_problems
from router.braze_simulator.calls import Answer, JsonObject
from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.intake import Acceptance, Intake, entry_error, refused, with_errors
from router.braze_simulator.operations import Kind, Operation, user_key
from router.braze_simulator.problems import NO_IDENTIFIER, Problem

Array = Literal["attributes", "events", "purchases"]

ARRAYS: tuple[Array, ...] = ("attributes", "events", "purchases")
"""In the order in which Braze applies them."""

NOTHING_VALID = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields."
TOO_MANY_OBJECTS = "Max Input Length Exceeded"

_CHECKS: Mapping[Array, Callable[[JsonObject, SimulatorConfig], list[Problem]]] = {
    "attributes": attribute_problems,
    "events": event_problems,
    "purchases": purchase_problems,
}
_KINDS: Mapping[Array, Kind] = {"attributes": "attributes", "events": "event", "purchases": "purchase"}


class Sorted(msgspec.Struct):
    """The objects of one request, sorted into accepted work and errors."""

    operations: list[Operation] = msgspec.field(default_factory=list)
    errors: list[dict[str, Any]] = msgspec.field(default_factory=list)
    accepted: Counter[str] = msgspec.field(default_factory=Counter)
    fatal: int = 0


def accept_track(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 75 objects (or what the workspace's limit model says)."""
    if _too_many(document, intake.config):
        return refused(400, TOO_MANY_OBJECTS)
    return accept_objects(intake, document)


def accept_bulk(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 1,000 objects, and at most 100 for one profile."""
    if not intake.config.bulk_enabled:
        return refused(403, "Forbidden")
    limits = intake.config.limits
    users = Counter(
        user_key(entry) for array in ARRAYS for entry in entries(document, array) if isinstance(entry, dict)
    )
    too_many_for_one = users and max(users.values()) > limits.bulk_objects_per_profile
    if too_many_for_one or sum(len(entries(document, array)) for array in ARRAYS) > limits.bulk_objects:
        return refused(400, TOO_MANY_OBJECTS)
    return accept_objects(intake, document)


def accept_objects(intake: Intake, document: JsonObject) -> Acceptance:
    """Check every object; the valid ones are work, the others are listed in `errors[]`."""
    found = sort_objects(intake, document)
    return Acceptance(
        answer=track_answer(intake, document, found),
        operations=found.operations,
        outcomes=_outcomes(found),
    )


def sort_objects(intake: Intake, document: JsonObject) -> Sorted:
    """Sort the objects of all arrays, in the order in which Braze applies them."""
    found = Sorted()
    for array in ARRAYS:
        check, kind = _CHECKS[array], _KINDS[array]
        for index, entry in enumerate(entries(document, array)):
            problems = check(entry, intake.config) if isinstance(entry, dict) else [NO_IDENTIFIER]
            injected = intake.partial.error_for(array, index) if intake.partial else None
            if injected is not None:
                found.errors.append(injected)
                found.fatal += 1
            elif problems:
                _reject(intake, found, problems, array=array, index=index)
            else:
                found.operations.append(intake.operation(kind, entry, index))
                found.accepted[array] += 1
    return found


def track_answer(intake: Intake, document: JsonObject, found: Sorted) -> Answer:
    """Success with counts of what was accepted; 400 when there was nothing valid."""
    schema_only = bool(found.errors) and found.fatal == 0 and intake.config.ecommerce_rejected == "success"
    if not found.operations and not schema_only:
        return Answer(status=400, body={"message": NOTHING_VALID, "errors": found.errors})
    counts = {f"{array}_processed": found.accepted[array] for array in ARRAYS if array in document}
    return intake.success(with_errors(counts, found.errors))


def entries(document: JsonObject, array: str) -> list[Any]:
    """One array of the request; anything that is no list counts as absent."""
    value = document.get(array)
    return value if isinstance(value, list) else []


def _reject(intake: Intake, found: Sorted, problems: list[Problem], *, array: Array, index: int) -> None:
    for problem in problems:
        shown = array if problem.fatal else intake.config.ecommerce_error_array
        found.errors.append(entry_error(shown, index, problem.text(intake.config.error_style)))
    found.fatal += any(problem.fatal for problem in problems)


def _too_many(document: JsonObject, config: SimulatorConfig) -> bool:
    sizes = [len(entries(document, array)) for array in ARRAYS]
    model = config.track_limit_model
    if model == "legacy75x3":
        return max(sizes) > 75
    limit = model if isinstance(model, int) else {"combined75": 75, "combined50": 50}[model]
    return sum(sizes) > limit


def _outcomes(found: Sorted) -> list[dict[str, Any]]:
    accepted = [{"array": op.kind, "index": op.index, "outcome": "accepted"} for op in found.operations]
    return accepted + [
        {"array": e.get("input_array"), "index": e.get("index"), "outcome": "rejected"} for e in found.errors
    ]
