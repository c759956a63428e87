"""What each platform's RudderStack SDK and its Braze integration would call on the Braze SDK for an event."""

from router.devices.integrations import calls, device_calls
from router.devices.lifecycle import background, flush, foreground, startup
from router.devices.sdk_calls import Call, SdkError
from router.devices.state import DeviceState

__all__ = [
    "Call",
    "DeviceState",
    "SdkError",
    "background",
    "calls",
    "device_calls",
    "flush",
    "foreground",
    "startup",
]
