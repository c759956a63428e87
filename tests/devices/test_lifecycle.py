"""Start-up calls of every SDK, sessions and flushes."""

from typing import Any

import pytest

from policies.sdks import SDKS
from router.devices import background, flush, foreground, startup

CONFIG = {"appKey": "A", "dataCenter": "EU-01", "supportDedup": False, "connectionMode": "hybrid"}
KEYS = CONFIG | {"usePlatformSpecificApiKeys": True, "webApiKey": "W", "androidApiKey": "D", "iOSApiKey": "I"}
ALIAS = ["user.addAlias", "anon", "rudder_id"]
OPTIONS = {"enableLogging": False, "baseUrl": "sdk.fra-01.braze.eu", "allowUserSuppliedJavascript": False}

STARTS: list[tuple[str, dict[str, Any], list[Any]]] = [
    (
        "web",
        CONFIG,
        [
            ["initialize", "A", OPTIONS],
            ["automaticallyShowInAppMessages"],
            ["openSession"],
            ["addSdkMetadata", ["CDN"]],
            ALIAS,
            ["requestImmediateDataFlush"],
        ],
    ),
    (
        "web",
        {"enableBrazeLogging": True, "enablePushNotification": True, "allowUserSuppliedJavascript": True},
        [
            ["initialize", "", {"enableLogging": True, "baseUrl": "", "allowUserSuppliedJavascript": True}],
            ["automaticallyShowInAppMessages"],
            ["requestPushPermission"],
            ["openSession"],
            ["addSdkMetadata", ["CDN"]],
            ALIAS,
            ["requestImmediateDataFlush"],
        ],
    ),
    (
        "web-v1.1",
        CONFIG,
        [
            ["initialize", "A", OPTIONS],
            ["automaticallyShowInAppMessages"],
            ["changeUser", "u1"],
            ["openSession"],
            ["addSdkMetadata", ["CDN"]],
            ALIAS,
            ["requestImmediateDataFlush"],
        ],
    ),
    ("android", KEYS, [["configure", "D", "sdk.fra-01.braze.eu"], ALIAS]),
    ("androidKotlin", CONFIG, [["configure", "A", "sdk.fra-01.braze.eu"], ALIAS]),
    ("ios", KEYS, [["init", "I", "sdk.fra-01.braze.eu"], ALIAS]),
    ("iosSwift", CONFIG, [["init", "A", "sdk.fra-01.braze.eu"], ALIAS]),
    ("iosSwift-v2", CONFIG, [["start", "A", "sdk.fra-01.braze.com"]]),
    ("reactnative-ios", CONFIG, [["init", "A", "sdk.fra-01.braze.eu"], ALIAS]),
    ("flutter", CONFIG, [["configure", "A", "sdk.fra-01.braze.eu"], ALIAS]),
    ("android", CONFIG | {"dataCenter": "EU-03"}, []),
    ("android", {"dataCenter": "EU-01"}, []),
    ("iosSwift", {"appKey": "A", "dataCenter": "EU-01"}, []),
    ("unity", CONFIG, []),
]


@pytest.mark.parametrize(("sdk", "config", "expected"), STARTS)
def test_start_up(sdk: str, config: dict[str, Any], expected: list[Any]) -> None:
    assert startup(sdk, config, anonymous_id="anon", user_id="u1") == expected


@pytest.mark.parametrize("sdk", SDKS)
def test_an_unknown_anonymous_id_gives_no_alias(sdk: str) -> None:
    methods = [method for method, *_ in startup(sdk, CONFIG, anonymous_id=None)]
    assert methods
    assert "user.addAlias" not in methods


@pytest.mark.parametrize("sdk", SDKS)
def test_only_android_sdks_open_and_close_sessions_with_activities(sdk: str) -> None:
    opens = sdk in ("android", "androidKotlin", "reactnative-android", "flutter-android")
    assert (foreground(sdk), background(sdk)) == (([["openSession"]], [["closeSession"]]) if opens else ([], []))


@pytest.mark.parametrize("sdk", [*SDKS, "cordova"])
def test_mobile_sdks_pass_a_flush_on(sdk: str) -> None:
    assert flush(sdk) == ([] if sdk in ("web", "web-v1.1", "cordova") else [["requestImmediateDataFlush"]])
