"""Client-side event filtering where it happens: on the device, by each SDK's own reading, and nowhere else (spec/device.md 3).

The table itself, row by row and by code, is in `tests/policies/test_event_filter.py`.
"""

from typing import Any

import pytest

from policies import decide
from policies.capabilities import Mode
from policies.connection import Connection, Destination, Source
from policies.facts import Facts
from policies.sdks import SDKS
from router import devices
from router.devices.replay import Answer, Case, Step, replay

MOBILE = tuple(name for name, sdk in SDKS.items() if sdk.source_type != "web")
WORKING = {"appKey": "k", "dataCenter": "US-03", "supportDedup": False, "connectionMode": "device"}


def allow(*names: str) -> dict[str, Any]:
    return {"eventFilteringOption": "whitelistedEvents", "whitelistedEvents": [{"eventName": name} for name in names]}


def deny(*names: str) -> dict[str, Any]:
    return {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": [{"eventName": name} for name in names]}


def rule(sdk: str, config: dict[str, Any], **parts: Any) -> str:
    event = {"type": "track", "userId": "u", "properties": {}, **parts}
    (answer,) = replay(Case(sdk=sdk, config={**WORKING, **config}, steps=[Step(event=event)]), devices).steps
    assert isinstance(answer, Answer)
    assert bool(answer.calls) == (answer.rule == "device/deliver")
    return answer.rule


@pytest.mark.parametrize("sdk", SDKS)
def test_what_the_filter_stops_makes_no_call_and_what_it_lets_through_does(sdk: str) -> None:
    assert rule(sdk, deny("Debug Ping"), event="Debug Ping") == "device/event-filter"
    assert rule(sdk, deny("Debug Ping"), event="Tent Viewed") == "device/deliver"
    assert rule(sdk, allow("Tent Viewed"), event="Tent Viewed") == "device/deliver"
    assert rule(sdk, allow("Tent Viewed"), event="Debug Ping") == "device/event-filter"


@pytest.mark.parametrize(
    ("sdk", "name", "expected"),
    [
        ("web", 5, "device/event-filter"),
        ("web", {"a": 1}, "device/event-filter"),
        ("web", None, "device/event-filter"),
        ("web-v1.1", 5, "device/sdk-error"),
        ("web-v1.1", None, "device/nothing-to-send"),
        ("android", None, "device/nothing-to-send"),
        ("ios", None, "device/nothing-to-send"),
        ("androidKotlin", None, "device/event-filter"),
        ("iosSwift", None, "device/event-filter"),
    ],
)
def test_an_allow_list_and_a_name_that_is_no_text(sdk: str, name: Any, expected: str) -> None:
    assert rule(sdk, allow("A"), event=name) == expected


@pytest.mark.parametrize("sdk", MOBILE)
@pytest.mark.parametrize("name", ["Application Installed", "Application Opened", "Application Backgrounded"])
def test_lifecycle_events_are_filtered_like_any_track(sdk: str, name: str) -> None:
    assert rule(sdk, deny(name), event=name) == "device/event-filter"


@pytest.mark.parametrize(
    ("sdk", "native"), [(name, sdk.code) for name, sdk in SDKS.items() if sdk.source_type in ("reactnative", "flutter")]
)
def test_wrappers_filter_as_the_native_code_does(sdk: str, native: str) -> None:
    assert rule(sdk, deny("A"), event="A\n") == rule(native, deny("A"), event="A\n")
    assert rule(sdk, {"eventFilteringOption": "whitelistedEvents"}, event="A") == rule(
        native, {"eventFilteringOption": "whitelistedEvents"}, event="A"
    )


@pytest.mark.parametrize("sdk", SDKS)
def test_identify_is_never_filtered(sdk: str) -> None:
    assert rule(sdk, allow(), type="identify", context={"traits": {"plan": "pro"}}) == "device/deliver"


@pytest.mark.parametrize("mode", ["cloud", "hybrid"])
def test_what_goes_by_the_cloud_is_not_filtered(mode: Mode) -> None:
    config = {**WORKING, "connectionMode": mode, **deny("A")}
    connection = Connection(source=Source(id="app", type="android"), destination=Destination(id="braze", config=config))
    decision = decide.compile(connection).decide(Facts(type="track", name="A", user_id="u"))
    assert decision.cloud.rule == "cloud/deliver"
