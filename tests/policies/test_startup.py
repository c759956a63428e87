"""Whether an SDK starts Braze, with which app key, and which host it talks to."""

from typing import Any

import pytest

from policies.sdks import CODES, Code
from policies.startup import app_key, is_hybrid, is_non_cloud, platform_key, sdk_endpoint, trouble_at_start

WEB: tuple[Code, ...] = ("web", "web-v1.1")
LEGACY: tuple[Code, ...] = ("android", "ios")
CURRENT: tuple[Code, ...] = ("kotlin", "swift")
NATIVE: tuple[Code, ...] = ("android", "ios", "kotlin", "swift")

ENDPOINTS: list[tuple[tuple[Code, ...], Any, str | None]] = [
    (CODES, "US-03", "sdk.iad-03.braze.com"),
    ((*WEB, *NATIVE), "EU-01", "sdk.fra-01.braze.eu"),
    (("swift-v2",), "EU-01", "sdk.fra-01.braze.com"),
    ((*WEB, *NATIVE), "US-07", "sdk.iad-07.braze.com"),
    (("swift-v2",), "US-07", None),
    ((*WEB, *NATIVE), "AU-01", "sdk.au-01.braze.com"),
    (("swift-v2",), "AU-01", None),
    (WEB, "EU-03", "sdk.fra-03.braze.eu"),
    ((*NATIVE, "swift-v2"), "EU-03", None),
    (WEB, "JP-01", "sdk.iad-01.braze.com"),
    (NATIVE, "JP-01", None),
    ((*WEB, *LEGACY), " US-03 ", "sdk.iad-03.braze.com"),
    ((*CURRENT, "swift-v2"), " US-03 ", None),
    ((*WEB, *CURRENT), "us-03", "sdk.iad-03.braze.com"),
    ((*LEGACY, "swift-v2"), "us-03", None),
    (WEB, "US", "sdk.iad-undefined.braze.com"),
    (CODES, None, None),
    (CODES, 3, None),
]


@pytest.mark.parametrize(
    ("code", "data_center", "host"), [(code, center, host) for codes, center, host in ENDPOINTS for code in codes]
)
def test_each_sdk_knows_its_own_data_centres(code: Code, data_center: Any, host: str | None) -> None:
    assert sdk_endpoint(code, data_center) == host


PLATFORM = {"appKey": "shared", "webApiKey": "web", "androidApiKey": "android", "iOSApiKey": "ios"}
OWN: dict[Code, str] = {
    "web": "web",
    "web-v1.1": "web",
    "android": "android",
    "kotlin": "android",
    "ios": "ios",
    "swift": "ios",
    "swift-v2": "ios",
}


@pytest.mark.parametrize("code", CODES)
def test_platform_keys_count_only_when_they_are_on(code: Code) -> None:
    assert app_key(code, PLATFORM) == "shared"
    assert app_key(code, {**PLATFORM, "usePlatformSpecificApiKeys": True}) == OWN[code]


@pytest.mark.parametrize("code", CODES)
def test_an_empty_platform_key_falls_back(code: Code) -> None:
    config = {"appKey": "shared", "usePlatformSpecificApiKeys": True, platform_key(code): ""}
    assert app_key(code, config) == "shared"


@pytest.mark.parametrize("code", CODES)
def test_only_legacy_mobile_sdks_take_the_text_true_for_on(code: Code) -> None:
    config = {**PLATFORM, "usePlatformSpecificApiKeys": "true"}
    assert app_key(code, config) == (OWN[code] if code in LEGACY else "shared")


GOOD = {"appKey": "k", "dataCenter": "US-03", "supportDedup": False, "connectionMode": "device"}
TROUBLES: list[tuple[str, tuple[Code, ...], dict[str, Any], str | None]] = [
    ("all is there", CODES, GOOD, None),
    ("web starts with nothing", WEB, {}, None),
    ("no app key", (*NATIVE, "swift-v2"), {**GOOD, "appKey": ""}, "appKey"),
    ("app key that is no text", LEGACY, {**GOOD, "appKey": 5}, "appKey"),
    ("unknown data centre", (*NATIVE, "swift-v2"), {**GOOD, "dataCenter": "EU-03"}, "dataCenter"),
    ("no data centre", LEGACY, {"appKey": "k"}, "dataCenter"),
    ("legacy needs neither flag", LEGACY, {"appKey": "k", "dataCenter": "US-03"}, None),
    ("Kotlin and Swift need supportDedup", CURRENT, {**GOOD, "supportDedup": None}, "supportDedup"),
    ("Kotlin and Swift need a mode", CURRENT, {**GOOD, "connectionMode": None}, "connectionMode"),
    ("Kotlin and Swift know no cloud mode", CURRENT, {**GOOD, "connectionMode": "cloud"}, "connectionMode"),
    (
        "Kotlin and Swift need appKey beside a platform key",
        CURRENT,
        {**GOOD, "appKey": None, "usePlatformSpecificApiKeys": True, "androidApiKey": "a", "iOSApiKey": "i"},
        "appKey",
    ),
    ("legacy starts in any mode", LEGACY, {**GOOD, "connectionMode": "cloud"}, None),
]


@pytest.mark.parametrize(
    ("what", "code", "config", "key"),
    [(what, code, config, key) for what, codes, config, key in TROUBLES for code in codes],
)
def test_what_keeps_an_sdk_from_starting(what: str, code: Code, config: dict[str, Any], key: str | None) -> None:
    trouble = trouble_at_start(code, config)
    assert (trouble.key if trouble else None) == key, what


@pytest.mark.parametrize(
    ("config", "non_cloud", "hybrid"),
    [
        ({"connectionMode": "cloud"}, False, False),
        ({"connectionMode": "device"}, True, False),
        ({"connectionMode": "hybrid"}, True, True),
        ({"connectionMode": "Hybrid"}, True, False),
        ({}, True, False),
        ({"connectionMode": "cloud", "useNativeSDK": True}, True, False),
        ({"connectionMode": "cloud", "useNativeSDKToSend": True}, True, True),
        ({"connectionMode": "cloud", "useNativeSDKToSend": "true"}, False, False),
    ],
)
def test_how_the_web_sdk_sorts_destinations(config: dict[str, Any], non_cloud: bool, hybrid: bool) -> None:
    assert (is_non_cloud(config), is_hybrid(config)) == (non_cloud, hybrid)
