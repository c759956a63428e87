"""What RudderStack's Braze destination can do for each source type: connection modes and message types.

Facts: rudder-integrations-config, `braze/db-config.json` (supportedConnectionModes, supportedMessageTypes, hybridModeCloudEventsFilter).
"""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

SourceType = Literal[
    "web",
    "android",
    "androidKotlin",
    "ios",
    "iosSwift",
    "reactnative",
    "flutter",
    "unity",
    "cordova",
    "amp",
    "shopify",
    "warehouse",
    "cloud",
]
Mode = Literal["cloud", "device", "hybrid"]
MessageType = Literal["identify", "track", "page", "screen", "group", "alias"]

SOURCE_TYPES: tuple[SourceType, ...] = get_args(SourceType)
MODES: tuple[Mode, ...] = get_args(Mode)
MESSAGE_TYPES: tuple[MessageType, ...] = get_args(MessageType)


class Capability(msgspec.Struct, frozen=True):
    """What one source type supports: its connection modes, and the message types its device SDK hands to Braze."""

    modes: tuple[Mode, ...]
    device_types: tuple[MessageType, ...]


_ALL_MODES = Capability(modes=("cloud", "device", "hybrid"), device_types=("identify", "track"))
_WRAPPER = Capability(modes=("cloud", "device"), device_types=("identify", "track"))
_CLOUD_ONLY = Capability(modes=("cloud",), device_types=())

CAPABILITIES: Mapping[SourceType, Capability] = {
    "web": Capability(modes=("cloud", "device", "hybrid"), device_types=("identify", "track", "page")),
    "android": _ALL_MODES,
    "androidKotlin": _ALL_MODES,
    "ios": _ALL_MODES,
    "iosSwift": _ALL_MODES,
    "reactnative": _WRAPPER,
    "flutter": _WRAPPER,
    "unity": _CLOUD_ONLY,
    "cordova": _CLOUD_ONLY,
    "amp": _CLOUD_ONLY,
    "shopify": _CLOUD_ONLY,
    "warehouse": _CLOUD_ONLY,
    "cloud": _CLOUD_ONLY,
}

CLOUD_TYPES: frozenset[str] = frozenset(MESSAGE_TYPES)
"""Message types the cloud path takes (supportedMessageTypes.cloud)."""

HYBRID_TYPES: frozenset[str] = frozenset({"identify", "track", "page", "screen", "group"})
"""User-generated types that hybrid mode moves from the device to the cloud. Alias is not among them: no device ever sends it."""

HYBRID_CLOUD_FILTER: Mapping[SourceType, frozenset[str]] = {"web": frozenset({"identify", "track", "page"})}
"""Types that RudderStack's server lets through in hybrid mode, where it filters at all (hybridModeCloudEventsFilter)."""
