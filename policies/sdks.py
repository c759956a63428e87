"""The RudderStack SDKs that can hand events to a Braze SDK, and whose code each of them runs.

SDKs of one source type may differ: the web SDK has two generations, iOS Swift two Braze plug-ins, and React Native and
Flutter run the legacy Android or iOS code. Source: rudder-sdk-react-native and rudder-sdk-flutter register native factories only.
"""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from policies.capabilities import SourceType

SdkId = Literal[
    "web",
    "web-v1.1",
    "android",
    "androidKotlin",
    "ios",
    "iosSwift",
    "iosSwift-v2",
    "reactnative-android",
    "reactnative-ios",
    "flutter-android",
    "flutter-ios",
]
Code = Literal["web", "web-v1.1", "android", "kotlin", "ios", "swift", "swift-v2"]
CODES: tuple[Code, ...] = get_args(Code)
WEB: frozenset[Code] = frozenset({"web", "web-v1.1"})
"""Code that runs in a browser; all other runs in a mobile app."""


class Sdk(msgspec.Struct, frozen=True):
    """One SDK: the source type it belongs to and the code that it runs on a device."""

    id: SdkId
    source_type: SourceType
    code: Code


SDKS: Mapping[str, Sdk] = {
    sdk.id: sdk
    for sdk in (
        Sdk("web", "web", "web"),
        Sdk("web-v1.1", "web", "web-v1.1"),
        Sdk("android", "android", "android"),
        Sdk("androidKotlin", "androidKotlin", "kotlin"),
        Sdk("ios", "ios", "ios"),
        Sdk("iosSwift", "iosSwift", "swift"),
        Sdk("iosSwift-v2", "iosSwift", "swift-v2"),
        Sdk("reactnative-android", "reactnative", "android"),
        Sdk("reactnative-ios", "reactnative", "ios"),
        Sdk("flutter-android", "flutter", "android"),
        Sdk("flutter-ios", "flutter", "ios"),
    )
}
"""Every SDK by id; the first one of a source type is its default."""


def sdks_of(source_type: SourceType) -> tuple[Sdk, ...]:
    """The SDKs of a source type, the default first; none where no SDK carries Braze."""
    return tuple(sdk for sdk in SDKS.values() if sdk.source_type == source_type)


def default_sdk(source_type: SourceType) -> Sdk | None:
    """The current SDK of a source type (React Native and Flutter: on Android)."""
    return next(iter(sdks_of(source_type)), None)


def find_sdk(name: str) -> Sdk | None:
    """The SDK of that id, or the default one of the source type of that name."""
    return SDKS.get(name) or next((sdk for sdk in SDKS.values() if sdk.source_type == name), None)
