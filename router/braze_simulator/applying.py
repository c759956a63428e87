"""From the backlog to the profiles: what is due is applied, batch by batch, object by object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from router.braze_simulator.activity.events import apply_event
from router.braze_simulator.activity.purchases import apply_purchase
from router.braze_simulator.aliases import apply_alias_new, apply_alias_update
from router.braze_simulator.attributes.nested import nested_problem
from router.braze_simulator.attributes.objects import is_object_operation
from router.braze_simulator.attributes.update import apply_attributes
from router.braze_simulator.device.methods import apply_sdk_call
from router.braze_simulator.identities import identify_alias, identify_email, identify_phone
from router.braze_simulator.merges import apply_delete, apply_merge
from router.braze_simulator.operations import Batch, Kind, Operation, user_key
from router.braze_simulator.subscription_changes import apply_subscription
from router.braze_simulator.workspace import Workspace

_APPLY: Mapping[Kind, Callable[[Workspace, Operation], object]] = {
    "event": apply_event,
    "purchase": apply_purchase,
    "identify_alias": identify_alias,
    "identify_email": identify_email,
    "identify_phone": identify_phone,
    "alias_new": apply_alias_new,
    "alias_update": apply_alias_update,
    "merge": apply_merge,
    "delete": apply_delete,
    "subscription": apply_subscription,
    "sdk_call": apply_sdk_call,
}


def apply_due(workspace: Workspace) -> None:
    """Apply every batch whose time has come."""
    apply_batches(workspace, workspace.backlog.take_due(workspace.now()))


def settle(workspace: Workspace) -> int:
    """Apply everything that waits, whatever its time; the number of batches."""
    batches = workspace.backlog.take_all()
    apply_batches(workspace, batches)
    return len(batches)


def apply_batches(workspace: Workspace, batches: Iterable[Batch]) -> None:
    """Apply batches in the given order."""
    for batch in batches:
        apply_operations(workspace, batch.operations)
        workspace.requests.applied(batch.request_id, workspace.now())


def apply_operations(workspace: Workspace, operations: list[Operation]) -> None:
    """Apply the objects of one request in their order."""
    spoilt = _spoilt(workspace, operations)
    for operation in operations:
        if operation.kind == "attributes":
            apply_attributes(workspace, operation, _dropped(workspace, spoilt, operation))
        else:
            _APPLY[operation.kind](workspace, operation)


def _spoilt(workspace: Workspace, operations: list[Operation]) -> set[tuple[str, str]]:
    """(user, attribute) of nested values that Braze drops, with all their siblings in the request."""
    return {
        (user_key(operation.body), name)
        for operation in operations
        if operation.kind == "attributes"
        for name, value in operation.body.items()
        if isinstance(value, dict) and name != "user_alias" and _breaks_siblings(workspace, value)
    }


def _breaks_siblings(workspace: Workspace, value: dict[str, object]) -> bool:
    if is_object_operation(value):
        return False
    return nested_problem(value, workspace.config, "merge") in {"nested-null", "nested-time"}


def _dropped(workspace: Workspace, spoilt: set[tuple[str, str]], operation: Operation) -> frozenset[str]:
    if not spoilt:
        return frozenset()
    scope = workspace.config.nested_drop_scope
    user = user_key(operation.body)
    names = {name for spoilt_user, name in spoilt if scope == "request" or spoilt_user == user}
    return frozenset(name for name in names if not _is_spoilt_itself(workspace, operation, name))


def _is_spoilt_itself(workspace: Workspace, operation: Operation, name: str) -> bool:
    value = operation.body.get(name)
    return isinstance(value, dict) and _breaks_siblings(workspace, value)
