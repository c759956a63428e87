"""Which types an SDK handles, what the device remembers, and the stateless form that `simulate` uses."""

from typing import Any

import pytest

from policies.capabilities import CAPABILITIES
from policies.sdks import SDKS
from router.devices import DeviceState, SdkError, calls, device_calls
from router.devices.integrations import INTEGRATIONS, raw_event
from router.events import decode_message

CONFIG = {"connectionMode": "device", "appKey": "A", "dataCenter": "US-03", "supportDedup": True}


@pytest.mark.parametrize("sdk", SDKS.values(), ids=SDKS.keys())
def test_integrations_handle_the_types_that_the_capabilities_name(sdk: Any) -> None:
    assert set(INTEGRATIONS[sdk.code].handlers) == set(CAPABILITIES[sdk.source_type].device_types)


@pytest.mark.parametrize("sdk", [*SDKS, "unity", "cloud"])
@pytest.mark.parametrize("kind", ["group", "alias", "screen", None])
def test_no_sdk_handles_other_types(sdk: str, kind: Any) -> None:
    state = DeviceState(user_id="u1")
    assert calls(sdk, CONFIG, state, {"type": kind, "userId": "u2"}, verdict="deliver") == ([], state)


@pytest.mark.parametrize("sdk", SDKS)
def test_the_device_knows_its_user_after_an_identify(sdk: str) -> None:
    _, state = calls(
        sdk, CONFIG, DeviceState(), {"type": "identify", "userId": "u1", "context": {"traits": {}}}, verdict="deliver"
    )
    assert state.user_id == "u1"
    assert state.after_reset().after_restart().user_id == "u1"


@pytest.mark.parametrize("nobody", ["", None, "__undefined__"])
def test_a_switch_to_nobody_leaves_the_user(nobody: Any) -> None:
    assert DeviceState(user_id="u1").after([["changeUser", nobody]]).user_id == "u1"


def test_a_numeric_user_is_known_by_its_text() -> None:
    assert DeviceState().after([["changeUser", 7]]).user_id == "7"


def test_start_up_gives_the_alias() -> None:
    state = DeviceState().after([["configure", "A", "e"], ["user.addAlias", "anon", "rudder_id"]])
    assert state.alias == "anon"


STATELESS: list[tuple[str, str, bytes, list[dict[str, Any]]]] = [
    (
        "web",
        "deliver",
        b'{"type":"identify","userId":"u1","context":{"traits":{"plan":null,"address":{"city":"Rome"}}}}',
        [
            {"method": "changeUser", "args": ["u1"]},
            {"method": "user.setCountry", "args": ["__undefined__"]},
            {"method": "user.setHomeCity", "args": ["Rome"]},
            {"method": "user.setCustomUserAttribute", "args": ["plan", None]},
        ],
    ),
    (
        "web",
        "identity",
        b'{"type":"identify","userId":"u1","context":{"traits":{"email":"e"}}}',
        [{"method": "changeUser", "args": ["u1"]}],
    ),
    ("web", "block", b'{"type":"track","event":"X","userId":"u1"}', []),
    (
        "ios",
        "deliver",
        b'{"type":"identify","context":{"externalId":[{"type":"brazeExternalId","id":"x"}]}}',
        [{"method": "changeUser", "args": ["x"]}],
    ),
    (
        "flutter",
        "deliver",
        b'{"type":"track","event":"X","properties":{"a":1}}',
        [{"method": "logCustomEvent", "args": ["X", {"a": 1}]}],
    ),
    ("cordova", "deliver", b'{"type":"track","event":"X"}', []),
    ("web", "deliver", b'{"type":"page","context":"odd"}', [{"method": "logCustomEvent", "args": ["Page View", {}]}]),
]


@pytest.mark.parametrize(("sdk", "verdict", "message", "expected"), STATELESS)
def test_the_calls_of_a_fresh_device(sdk: str, verdict: str, message: bytes, expected: list[dict[str, Any]]) -> None:
    assert device_calls(sdk, CONFIG, decode_message(message), verdict) == expected


def test_the_stateless_form_tells_when_the_sdk_throws() -> None:
    message = decode_message(
        b'{"type":"track","event":"Order Completed","userId":"u1","properties":{"products":[null]}}'
    )
    with pytest.raises(SdkError):
        device_calls("web", CONFIG, message, "deliver")


def test_a_message_becomes_json_again_without_its_nulls() -> None:
    raw = b'{"type":"track","userId":null,"context":{"traits":{"a":null},"externalId":null},"properties":{"b":null}}'
    assert raw_event(decode_message(raw)) == {
        "type": "track",
        "context": {"traits": {"a": None}},
        "properties": {"b": None},
    }
