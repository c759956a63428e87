"""The decision table of spec/device.md 1.3 as each SDK lives it: from the config that it received to the calls on Braze.

`tests/policies/test_mode_table.py` holds both columns of the table; here the device's column is followed to its end. Cloud mode has
no rows: a destination in cloud mode is not in the config that an SDK downloads.
"""

from typing import Any

import pytest

from router import devices
from router.devices.replay import Answer, Case, Step, replay

KINDS = ("identify", "track", "page", "screen", "group", "alias")
WEB = ("web", "web-v1.1")
MOBILE = ("android", "ios", "androidKotlin", "iosSwift")
WRAPPERS = ("reactnative-android", "reactnative-ios", "flutter-android", "flutter-ios")

Json = dict[str, Any]

ROWS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    # SDKs, mode: identify track page screen group alias; D = calls on Braze, u = the user switch alone
    (WEB, "device", "D D D – – –"),
    (WEB, "hybrid", "u – – – – –"),
    (MOBILE, "device", "D D – – – –"),
    (MOBILE, "hybrid", "– – – – – –"),
    (("iosSwift-v2",), "device", "D D – – – –"),
    (("iosSwift-v2",), "hybrid", "D D – – – –"),
    (WRAPPERS, "device", "D D – – – –"),
    (WRAPPERS, "hybrid", "– – – – – –"),
)
CELLS = [
    (sdk, mode, kind, cell)
    for names, mode, cells in ROWS
    for sdk in names
    for kind, cell in zip(KINDS, cells.split(), strict=True)
]
WORKING = {"appKey": "k", "dataCenter": "US-03", "supportDedup": False}


def event(kind: str, **more: Any) -> Json:
    names = {"track": {"event": "Tent Viewed"}, "page": {"name": "Home"}, "screen": {"name": "Home"}}
    traits = {"traits": {"email": "a@x.io", "plan": "pro"}}
    return {"type": kind, "userId": "u-1", "anonymousId": "a-1", "context": traits, **names.get(kind, {}), **more}


def answer(sdk: str, said: Json, **config: Any) -> Answer:
    (step,) = replay(Case(sdk=sdk, config={**WORKING, **config}, steps=[Step(event=said)]), devices).steps
    assert isinstance(step, Answer)
    return step


@pytest.mark.parametrize(("sdk", "mode", "kind", "cell"), CELLS)
def test_each_cell_ends_in_the_calls_that_the_table_means(sdk: str, mode: str, kind: str, cell: str) -> None:
    found = answer(sdk, event(kind), connectionMode=mode)
    assert found.verdict == {"D": "deliver", "u": "identity", "–": "block"}[cell]
    methods = [call[0] for call in found.calls]
    if cell == "–":
        assert methods == []
    elif cell == "u":
        assert found.calls == [["changeUser", "u-1"]]
    elif kind == "identify":
        assert ("changeUser" in methods, "user.setEmail" in methods) == (True, True)
    else:
        assert methods == ["logCustomEvent"]


@pytest.mark.parametrize(("sdk", "mode"), [(sdk, mode) for names, mode, _ in ROWS for sdk in names])
def test_the_braze_sdk_starts_and_carries_its_own_events_in_device_and_in_hybrid_mode(sdk: str, mode: str) -> None:
    own = event("track", event="users.behaviors.app.SessionStart", context={"origin": "auto"})
    story = replay(Case(sdk=sdk, config={**WORKING, "connectionMode": mode}, steps=[Step(event=own)]), devices)
    assert story.init
    assert [(step.verdict, step.rule) for step in story.steps if isinstance(step, Answer)] == [
        ("deliver", "device/auto-generated")
    ]


NOTES: list[tuple[str, tuple[str, ...], str, Json, Json, str]] = [
    # what, SDKs, mode, event, config, verdict
    ("1: an anonymous track on web", WEB, "device", event("track", userId=""), {}, "block"),
    ("1: with trackAnonymousUser", WEB, "device", event("track", userId=""), {"trackAnonymousUser": True}, "deliver"),
    (
        "1: a track without a name on web",
        WEB,
        "device",
        event("track", event=""),
        {"trackAnonymousUser": True},
        "block",
    ),
    ("1: page does not ask", WEB, "device", event("page", userId=""), {}, "deliver"),
    ("1: identify does not ask", WEB, "device", event("identify", userId=""), {}, "deliver"),
    ("1: nobody asks on mobile", MOBILE, "device", event("track", userId=""), {}, "deliver"),
    ("3: nobody to switch to on web", WEB, "hybrid", event("identify", userId=""), {}, "block"),
]


@pytest.mark.parametrize(
    ("sdk", "mode", "said", "config", "verdict"),
    [
        pytest.param(sdk, mode, said, config, verdict, id=f"{what}, {sdk}")
        for what, names, mode, said, config, verdict in NOTES
        for sdk in names
    ],
)
def test_the_notes_under_the_table(sdk: str, mode: str, said: Json, config: Json, verdict: str) -> None:
    found = answer(sdk, said, connectionMode=mode, **config)
    assert (found.verdict, bool(found.calls)) == (verdict, verdict == "deliver")
