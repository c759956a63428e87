"""Device calls in the spelling of the local Braze's SDK entry, which knows one name for what the platforms name differently."""

from typing import Any

from router.devices import Call
from router.simulation.through_braze.lives import TimedCall
from router.simulation.through_braze.timeline import Flush
from router.simulation.through_braze.timing import is_web

NAMES = {
    "user.setCustomAttribute": "user.setCustomUserAttribute",
    "user.setCustomAttributeArray": "user.setCustomUserAttribute",
}
"""Methods of some platform, as the local Braze knows them."""
_DATE = "$time"


def sdk_body(flush: Flush) -> dict[str, Any]:
    """The body of a POST to `/_sim/sdk`."""
    sdk = flush.device.sdk
    return {
        "device_id": flush.device.id,
        "app_id": flush.device.app_id,
        "sdk": "web" if is_web(sdk.code) else sdk.id,
        "calls": [_entry(call) for call in flush.calls],
    }


def _entry(timed: TimedCall) -> dict[str, Any]:
    method, *arguments = timed.call
    return {"method": NAMES.get(method, method), "args": _dates_as_text(arguments), "time": timed.time}


def _dates_as_text(arguments: Call) -> list[Any]:
    """A native date is `{"$time": ISO 8601}` in a call list."""
    return [value[_DATE] if isinstance(value, dict) and value.keys() == {_DATE} else value for value in arguments]
