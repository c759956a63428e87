"""Properties of events and purchases: reserved keys, sizes, and what Braze leaves out.

Braze docs: event object, purchase object.
"""

from __future__ import annotations

from router.braze_simulator.attributes.nested import json_size
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.operations import Operation
from router.braze_simulator.problems import BAD_PROPERTIES, Problem
from router.braze_simulator.workspace import Workspace

RESERVED_IN_EVENTS = frozenset({"time", "event_name"})
RESERVED_IN_PURCHASES = frozenset({"time", "product_id", "quantity", "event_name", "price", "currency"})
_KEY_CHARS = 255


def properties_problem(properties: object, reserved: frozenset[str], limit: int) -> Problem | None:
    """What is wrong with a `properties` field; nothing when it is absent or null."""
    if properties is None:
        return None
    if not isinstance(properties, dict) or not reserved.isdisjoint(properties):
        return BAD_PROPERTIES
    return BAD_PROPERTIES if json_size(properties) > limit else None


def kept_properties(workspace: Workspace, operation: Operation, properties: JsonObject | None) -> JsonObject | None:
    """The properties that Braze keeps: those with legal names, the first 256; the rest is noted as discarded."""
    if not properties:
        return properties
    limits = workspace.config.limits
    kept = {key: value for key, value in properties.items() if 0 < len(key) <= _KEY_CHARS and key[0] != "$"}
    for key in [key for key in properties if key not in kept]:
        workspace.discard(operation, "property-dropped", key=key)
    if len(kept) > limits.properties:
        workspace.discard(operation, "properties-truncated", detail=f"{len(kept)} properties")
        kept = dict(list(kept.items())[: limits.properties])
    return kept if limits.truncate == "off" else _truncated(kept, limits.truncate)


def property_points(workspace: Workspace, name: str, properties: JsonObject | None) -> dict[str, int]:
    """Data points of properties that are enabled for segmentation on this event or product."""
    enabled = workspace.config.segmentable_event_props.get(name, ())
    return {f"{name}.{key}": 1 for key in enabled if properties and key in properties}


def _truncated(properties: JsonObject, chars: int) -> JsonObject:
    return {key: value[:chars] if isinstance(value, str) else value for key, value in properties.items()}
