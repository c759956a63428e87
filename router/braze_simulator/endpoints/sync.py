"""POST /users/track/sync: one object, applied before the answer, whose result is the answer (Braze docs: track/sync).

It passes the queue, but what waits for the same user is applied first [inferred].
"""

from __future__ import annotations

from typing import Any

from router.braze_simulator.activity.events import apply_event
from router.braze_simulator.activity.purchases import apply_purchase
from router.braze_simulator.applying import apply_batches
from router.braze_simulator.attributes.update import apply_attributes
from router.braze_simulator.calls import Answer, JsonObject
from router.braze_simulator.endpoints.track import ARRAYS, TOO_MANY_OBJECTS, entries, sort_objects, track_answer
from router.braze_simulator.intake import Acceptance, Intake, refused
from router.braze_simulator.operations import Operation, user_key
from router.braze_simulator.profiles.profile import Profile, Tally
from router.braze_simulator.times import iso
from router.braze_simulator.workspace import Workspace

IDENTIFIERS = ("external_id", "user_alias", "braze_id", "email", "phone")
_CONTROL = frozenset({*IDENTIFIERS, "_update_existing_only", "_merge_objects", "push_token_import"})


def accept_sync(intake: Intake, document: JsonObject) -> Acceptance:
    """Exactly one attributes, events or purchases object."""
    if not intake.config.sync_enabled:
        return refused(403, "Forbidden")
    if sum(len(entries(document, array)) for array in ARRAYS) > 1:
        return refused(400, TOO_MANY_OBJECTS)
    found = sort_objects(intake, document)
    if not found.operations:
        return Acceptance(answer=track_answer(intake, document, found))
    operation = found.operations[0]
    profile = _apply_now(intake.workspace, operation)
    users = [] if profile is None else [_echo(profile, operation)]
    body = {"users": users, "message": "success"}
    return Acceptance(answer=Answer(status=intake.config.success_status, body=body))


def _apply_now(workspace: Workspace, operation: Operation) -> Profile | None:
    apply_batches(workspace, workspace.backlog.take_matching([user_key(operation.body)]))
    apply = {"attributes": apply_attributes, "event": apply_event, "purchase": apply_purchase}[operation.kind]
    return apply(workspace, operation)


def _echo(profile: Profile, operation: Operation) -> dict[str, Any]:
    """The identifier as sent, and the current values of what was sent."""
    body = operation.body
    identifier = next({name: body[name]} for name in IDENTIFIERS if body.get(name) is not None)
    if operation.kind == "event":
        return {**identifier, "custom_events": [_count("name", body["name"], profile.events)]}
    if operation.kind == "purchase":
        return {**identifier, "purchase_events": [_count("product_id", body["product_id"], profile.purchases)]}
    values = {**profile.standard, **profile.custom, "email": profile.email, "phone": profile.phone}
    return {**identifier, "custom_attributes": {name: values.get(name) for name in body if name not in _CONTROL}}


def _count(field: str, name: str, tallies: dict[str, Tally]) -> dict[str, Any]:
    entry = tallies[name]
    return {field: name, "first": iso(entry.first), "last": iso(entry.last), "count": entry.count}
