"""What an object or an SDK call costs in Braze's data points (braze.com/docs, data points): 1 for an attribute, event or purchase,
1 for each leaf of a nested value; contact preferences, subscription groups, tokens and recommended e-commerce events cost nothing.

A price, no ledger: what Braze would discard is priced too, and enabled event properties and sessions are not.
"""

from typing import Any

from router.braze.objects import Item
from router.braze.trait_values import is_attribute
from router.braze_simulator.activity.commerce_schema import COMMERCE_EVENTS
from router.braze_simulator.attributes.arrays import is_array_operation
from router.braze_simulator.attributes.nested import leaf_count
from router.braze_simulator.attributes.objects import is_object_operation, operation_cost, well_formed
from router.braze_simulator.attributes.standard import FREE_OF_CHARGE, READINGS
from router.simulation.outcome import DeviceCall

_SETS_ATTRIBUTE = frozenset(
    {
        "setCustomUserAttribute",
        "setCustomAttribute",
        "setCustomAttributeArray",
        "setCustomUserAttributeToSecondsFromEpoch",
        "incrementCustomUserAttribute",
        "addToCustomAttributeArray",
        "addToCustomUserAttributeArray",
        "removeFromCustomAttributeArray",
        "removeFromCustomUserAttributeArray",
    }
)
"""Methods whose first argument names the attribute and whose second is its value."""
_COST_ONE = frozenset(
    {
        "setEmail",
        "setFirstName",
        "setLastName",
        "setPhoneNumber",
        "setCountry",
        "setHomeCity",
        "setLanguage",
        "setAvatarImageUrl",
        "setGender",
        "setDateOfBirth",
        "setLastKnownLocation",
        "logPurchase",
    }
)


def points_of(item: Item) -> int:
    """The data points of one object of the cloud path."""
    if item.kind == "attributes":
        return sum(attribute_points(name, value) for name, value in item.body.items() if is_attribute(name))
    if item.kind == "events":
        return int(item.body.get("name") not in COMMERCE_EVENTS)
    return int(item.kind == "purchases")


def attribute_points(name: str, value: Any) -> int:
    """The data points of setting one attribute."""
    if name in FREE_OF_CHARGE or name == "push_token_import":
        return 0
    if name in READINGS or name in ("email", "phone"):
        return 1
    if isinstance(value, list):
        return sum(map(leaf_count, value)) if any(isinstance(each, dict) for each in value) else 1
    return _object_points(value) if isinstance(value, dict) else 1


def call_points(call: DeviceCall) -> int:
    """The data points of one call of the Braze SDK."""
    method = call.method.removeprefix("user.")
    if method in _COST_ONE:
        return 1
    if method == "logCustomEvent":
        return int(not (call.args and call.args[0] in COMMERCE_EVENTS))
    if method in _SETS_ATTRIBUTE:
        return attribute_points(str(call.args[0]), call.args[1]) if len(call.args) > 1 else 1
    return 0


def _object_points(value: dict[str, Any]) -> int:
    if value.keys() == {"inc"} or value.keys() == {"$time"}:
        return 1
    if is_array_operation(value):
        added = value.get("add", [])
        return (len(added) if isinstance(added, list) else 1) + ("remove" in value)
    if is_object_operation(value):
        return operation_cost(value) if well_formed(value) else leaf_count(value)
    return leaf_count(value)
