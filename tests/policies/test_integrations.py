"""The event's `integrations` object, as every SDK and the server read it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from policies.integrations import device_lets_through, server_lets_through
from policies.sdks import CODES, Code

OBJECTS: list[tuple[Any, str, str, str, str]] = [
    # integrations, web, legacy mobile, Kotlin and Swift, server (+ = lets through)
    ({}, "+", "+", "+", "+"),
    ({"All": True}, "+", "+", "+", "+"),
    ({"All": False}, "-", "-", "-", "-"),
    ({"All": None}, "+", "-", "+", "-"),
    ({"All": "x"}, "+", "-", "+", "-"),
    ({"All": 0}, "-", "-", "+", "-"),
    ({"All": ""}, "-", "-", "+", "-"),
    ({"Braze": False}, "-", "-", "-", "-"),
    ({"Braze": True}, "+", "+", "+", "+"),
    ({"All": False, "Braze": True}, "+", "+", "+", "+"),
    ({"All": True, "Braze": False}, "-", "-", "-", "-"),
    ({"All": True, "Braze": ""}, "-", "-", "+", "+"),
    ({"All": True, "Braze": None}, "-", "-", "+", "+"),
    ({"All": True, "Braze": {"appId": "a"}}, "+", "-", "+", "+"),
    ({"All": False, "Braze": {"appId": "a"}}, "+", "-", "-", "+"),
    ({"All": False, "Braze": {}}, "+", "-", "-", "+"),
    ({"All": False, "Braze": "yes"}, "+", "-", "-", "-"),
    ({"All": False, "Braze": []}, "+", "-", "-", "-"),
    ({"All": "x", "Braze": True}, "+", "+", "+", "-"),
    ({"All": False, "BRAZE": True}, "-", "-", "-", "-"),
    ({"BRAZE": False, "braze": False}, "+", "+", "+", "+"),
    ([], "+", "+", "+", "-"),
    (None, "+", "+", "+", "-"),
    (UNSET, "+", "+", "+", "+"),
]
COLUMN: dict[Code, int] = {"web": 0, "web-v1.1": 0, "android": 1, "ios": 1, "kotlin": 2, "swift": 2, "swift-v2": 2}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("integrations", "web", "legacy", "current", "server"), OBJECTS)
def test_each_sdk_reads_the_object_its_own_way(
    code: Code, integrations: Any, web: str, legacy: str, current: str, server: str
) -> None:
    assert device_lets_through(code, integrations) is ((web, legacy, current)[COLUMN[code]] == "+")


@pytest.mark.parametrize(("integrations", "web", "legacy", "current", "server"), OBJECTS)
def test_the_server_reads_the_object_its_own_way(
    integrations: Any, web: str, legacy: str, current: str, server: str
) -> None:
    assert server_lets_through(integrations) is (server == "+")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["All", "Braze", "x"]), inner),
)


@given(_json)
def test_any_json_gets_an_answer(integrations: Any) -> None:
    assert isinstance(server_lets_through(integrations), bool)
    assert {type(device_lets_through(code, integrations)) for code in CODES} == {bool}
