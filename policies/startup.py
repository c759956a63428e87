"""Whether the RudderStack SDK starts the Braze SDK from the config it received: app key, data centre, mode, required keys.

Sources: rudder-sdk-js `Braze/browser.js`; rudder-integration-braze-android `BrazeIntegrationFactory.java`; rudder-integration-braze-ios
`RudderBrazeIntegration.m`; rudder-sdk-kotlin `BrazeIntegration.kt`; integration-swift-braze and rudder-integration-braze-swift.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from policies.sdks import WEB, Code

_WIDELY_KNOWN = {
    **{f"US-0{number}": f"sdk.iad-0{number}.braze.com" for number in range(1, 9)},
    "EU-01": "sdk.fra-01.braze.eu",
    "EU-02": "sdk.fra-02.braze.eu",
    "AU-01": "sdk.au-01.braze.com",
}
_OLD_SWIFT = {
    **{name: host for name, host in _WIDELY_KNOWN.items() if name not in ("US-07", "AU-01", "EU-01", "EU-02")},
    "EU-01": "sdk.fra-01.braze.com",
    "EU-02": "sdk.fra-02.braze.com",
}
"""The old Swift plug-in lacks two data centres and writes EU hosts with `.com`."""
_REQUIRED = ("appKey", "dataCenter", "supportDedup", "connectionMode")
"""Keys without which the Kotlin and Swift plug-ins cannot read their config, whichever app key they then use."""
_PLATFORM_KEYS: Mapping[Code, str] = {
    "web": "webApiKey",
    "web-v1.1": "webApiKey",
    "android": "androidApiKey",
    "kotlin": "androidApiKey",
    "ios": "iOSApiKey",
    "swift": "iOSApiKey",
    "swift-v2": "iOSApiKey",
}


class Trouble(NamedTuple):
    """Why the Braze SDK does not start: a reason, and the config key at fault."""

    why: str
    key: str


def trouble_at_start(code: Code, config: Mapping[str, Any]) -> Trouble | None:
    """What keeps the SDK from starting Braze, or None. The web SDK starts with whatever it finds."""
    if code in WEB:
        return None
    return _missing_key(code, config) or _unreadable_mode(code, config) or _unknown_place(code, config)


def app_key(code: Code, config: Mapping[str, Any]) -> str:
    """The app key that the SDK hands to Braze: the platform's own when these are on and it is set, else `appKey`."""
    on = config.get("usePlatformSpecificApiKeys")
    if on is True or (code in ("android", "ios") and on == "true"):
        return _text(config.get(_PLATFORM_KEYS[code])) or _text(config.get("appKey"))
    return _text(config.get("appKey"))


def platform_key(code: Code) -> str:
    """The config key of the platform's own app key."""
    return _PLATFORM_KEYS[code]


def sdk_endpoint(code: Code, data_center: Any) -> str | None:
    """The Braze host that the SDK talks to, or None where its code knows no such data centre."""
    if not isinstance(data_center, str):
        return None
    if code in WEB:
        return _web_endpoint(data_center)
    if code == "swift-v2":
        return _OLD_SWIFT.get(data_center)
    return _WIDELY_KNOWN.get(data_center.upper() if code in ("kotlin", "swift") else data_center.strip())


def _web_endpoint(data_center: str) -> str:
    """Web takes any number, and any region but EU and AU for a US one."""
    region, _, rest = data_center.strip().lower().partition("-")
    number = rest.partition("-")[0] or "undefined"
    if region == "eu":
        return f"sdk.fra-{number}.braze.eu"
    return f"sdk.au-{number}.braze.com" if region == "au" else f"sdk.iad-{number}.braze.com"


def _missing_key(code: Code, config: Mapping[str, Any]) -> Trouble | None:
    if code in ("kotlin", "swift"):
        missing = next((key for key in _REQUIRED if config.get(key) is None), None)
        if missing:
            return Trouble(f"this SDK cannot read a Braze config without `{missing}`", missing)
    if not app_key(code, config):
        return Trouble("there is no app key for this platform", "appKey")
    return None


def _unreadable_mode(code: Code, config: Mapping[str, Any]) -> Trouble | None:
    if code in ("kotlin", "swift") and config["connectionMode"] not in ("device", "hybrid"):
        return Trouble("this SDK reads no connection mode but `device` and `hybrid`", "connectionMode")
    return None


def _unknown_place(code: Code, config: Mapping[str, Any]) -> Trouble | None:
    if sdk_endpoint(code, config.get("dataCenter")) is None:
        return Trouble("this SDK does not know the data centre", "dataCenter")
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def is_non_cloud(config: Mapping[str, Any]) -> bool:
    """Whether the web SDK loads its device plug-ins for a destination (utilities/destinations.ts)."""
    flags = config.get("useNativeSDKToSend") is True or config.get("useNativeSDK") is True
    return config.get("connectionMode") != "cloud" or flags


def is_hybrid(config: Mapping[str, Any]) -> bool:
    """Whether the web SDK may hold back its queue for a destination (utilities/destinations.ts)."""
    return config.get("connectionMode") == "hybrid" or config.get("useNativeSDKToSend") is True
