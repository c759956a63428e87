"""Calls that no event causes: when the SDK starts Braze, when the app comes and goes, when it flushes.

Sources: the start-up code of each Braze integration, as in `policies.startup`, which knows keys, data centres and what keeps an SDK
from starting. On every SDK but the old Swift one start-up gives the current Braze user the alias `rudder_id` = anonymousId.
"""

from collections.abc import Mapping
from typing import Any

from policies.javascript import truthy
from policies.sdks import Code, find_sdk
from policies.startup import app_key, sdk_endpoint, trouble_at_start
from router.devices.sdk_calls import RUDDER_ALIAS, Call, call

Config = Mapping[str, Any]

_START: Mapping[Code, str] = {
    "android": "configure",
    "kotlin": "configure",
    "ios": "init",
    "swift": "init",
    "swift-v2": "start",
}
_ANDROID: frozenset[Code] = frozenset({"android", "kotlin"})
_WEB: frozenset[Code] = frozenset({"web", "web-v1.1"})


def startup(sdk: str, config: Config, *, anonymous_id: str | None, user_id: str | None = None) -> list[Call]:
    """The calls of an SDK that starts Braze, in order; none where it does not start with this config.

    An anonymousId that is not known (None) gives no alias. Only the v1.1 web SDK knows the user (`user_id`) at start.
    """
    found = find_sdk(sdk)
    if found is None or trouble_at_start(found.code, config):
        return []
    alias = [call("user.addAlias", anonymous_id, RUDDER_ALIAS)] if anonymous_id else []
    if found.code in _WEB:
        return (
            _web_start(found.code, config, user_id=user_id) + alias + [call("requestImmediateDataFlush")] * len(alias)
        )
    key, endpoint = app_key(found.code, config), sdk_endpoint(found.code, config.get("dataCenter"))
    return [call(_START[found.code], key, endpoint), *(alias if found.code != "swift-v2" else ())]


def foreground(sdk: str) -> list[Call]:
    """An activity starts; on other platforms the Braze SDK opens sessions by itself (web: at start)."""
    return [call("openSession")] if _code(sdk) in _ANDROID else []


def background(sdk: str) -> list[Call]:
    """An activity stops."""
    return [call("closeSession")] if _code(sdk) in _ANDROID else []


def flush(sdk: str) -> list[Call]:
    """RudderStack's flush(): mobile integrations pass it on in every mode, the web one has no handler."""
    return [call("requestImmediateDataFlush")] if _code(sdk) not in {None, *_WEB} else []


def _code(sdk: str) -> Code | None:
    found = find_sdk(sdk)
    return found.code if found else None


def _web_start(code: Code, config: Config, *, user_id: str | None) -> list[Call]:
    """`addSdkMetadata` follows once the Braze SDK has loaded."""
    switch = [call("changeUser", user_id)] if user_id and code == "web-v1.1" else []
    push = [call("requestPushPermission")] if truthy(config.get("enablePushNotification")) else []
    return [
        call("initialize", app_key(code, config), _web_options(code, config)),
        call("automaticallyShowInAppMessages"),
        *switch,
        *push,
        call("openSession"),
        call("addSdkMetadata", ["CDN"]),
    ]


def _web_options(code: Code, config: Config) -> dict[str, Any]:
    return {
        "enableLogging": _value_or_false(config.get("enableBrazeLogging")),
        "baseUrl": sdk_endpoint(code, config.get("dataCenter")) or "",
        "allowUserSuppliedJavascript": _value_or_false(config.get("allowUserSuppliedJavascript")),
    }


def _value_or_false(value: Any) -> Any:
    return value if truthy(value) else False
