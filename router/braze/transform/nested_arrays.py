"""Nested array operations: a trait `{"add": […], "update": […], "remove": […]}` becomes Braze's `$add`, `$update`, `$remove`.

cloud.md §4 with difference D11; operators: braze.com/docs, array of objects.
"""

from typing import Any

from router.braze.objects import Body
from router.braze.transform.javascript import truthy
from router.errors import InvalidEvent
from router.events import Message

_OPERATIONS = ("update", "remove", "add")
_OPERATION_NAMES = frozenset(_OPERATIONS)


def apply_operations(attributes: Body, *, traits: Body, message: Message, integration: Body) -> None:
    """Replace, in `attributes`, every trait that is an operation; raise InvalidEvent for a malformed one."""
    for name, value in traits.items():
        if isinstance(value, dict) and _is_operation(value):
            attributes[name] = operation = _operators(name, value)
            if "$update" in operation:
                attributes["_merge_objects"] = _merge_flag(message, integration)


def _is_operation(value: Body) -> bool:
    if _OPERATION_NAMES.isdisjoint(value):
        return False
    return any(isinstance(value.get(operation), list) for operation in _OPERATIONS)


def _operators(name: str, value: Body) -> Body:
    asked = {operation: value[operation] for operation in _OPERATIONS if truthy(value.get(operation))}
    return {f"${operation}": _operands(name, operation, items) for operation, items in asked.items()}


def _operands(name: str, operation: str, items: Any) -> list[Body]:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _malformed(name, f"{operation} must be an array of objects")
    if operation == "add":
        return items
    return [_operand(name, operation, item, index) for index, item in enumerate(items)]


def _operand(name: str, operation: str, item: Body, index: int) -> Body:
    identifier = item.get("identifier")
    if not isinstance(identifier, str) or not identifier:
        raise _malformed(name, f"{operation} item {index} has no identifier")
    operand: Body = {"$identifier_key": identifier}
    if identifier in item:
        operand["$identifier_value"] = item[identifier]
    if operation == "update":
        operand["$new_object"] = {key: item[key] for key in item if key not in ("identifier", identifier)}
    return operand


def _merge_flag(message: Message, integration: Body) -> Any:
    properties = message.properties if isinstance(message.properties, dict) else {}
    flags = (found.get("mergeObjectsUpdateOperation") for found in (properties, integration))
    return next((flag for flag in flags if flag is not None), False)


def _malformed(name: str, reason: str) -> InvalidEvent:
    return InvalidEvent(f"Invalid nested array operation for trait {name}: {reason}")
