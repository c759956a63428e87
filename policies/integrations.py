"""The event's `integrations` object: which destinations it lets through, on each SDK and on the server.

The key is the destination's display name, exactly `Braze`; `All` stands for every destination. An event without the
object goes everywhere (SDKs fill in `All: true`).
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from policies.javascript import truthy
from policies.sdks import Code

BRAZE = "Braze"


def device_lets_through(code: Code, integrations: Any) -> bool:
    """Whether an SDK hands the event to Braze. Source: the filter of each SDK core (rudder-sdk-js, -android, -ios, -kotlin, -swift)."""
    if not isinstance(integrations, dict):
        return True
    return _DEVICE[code](integrations)


def server_lets_through(integrations: Any) -> bool:
    """Whether the server sends the event to Braze. Source: rudder-server, processor/integrations.

    >>> server_lets_through({"All": False, "Braze": {"appId": "a"}})
    True
    """
    if integrations is msgspec.UNSET:
        return True
    if not isinstance(integrations, dict):
        return False
    everything = integrations.get("All", True)
    if not isinstance(everything, bool):
        return False
    named = integrations.get(BRAZE)
    return named if isinstance(named, bool) else everything or isinstance(named, dict)


def _web(integrations: Mapping[str, Any]) -> bool:
    if BRAZE in integrations:
        return truthy(integrations[BRAZE])
    everything = integrations.get("All")
    return everything is None or truthy(everything)


def _legacy_mobile(integrations: Mapping[str, Any]) -> bool:
    if BRAZE in integrations:
        return integrations[BRAZE] is True
    return integrations.get("All", True) is True


def _current_mobile(integrations: Mapping[str, Any]) -> bool:
    for key in (BRAZE, "All"):
        if isinstance(stated := integrations.get(key), bool):
            return stated
    return True


_DEVICE: Mapping[Code, Callable[[Mapping[str, Any]], bool]] = {
    "web": _web,
    "web-v1.1": _web,
    "android": _legacy_mobile,
    "ios": _legacy_mobile,
    "kotlin": _current_mobile,
    "swift": _current_mobile,
    "swift-v2": _current_mobile,
}
