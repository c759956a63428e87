"""What a device does and when its Braze SDK tells Braze: start, queue, flushes, sessions, restarts, what was before."""

from typing import Any

import pytest

from policies.workspace import parse_workspace
from router.simulation.envelopes import Envelope
from router.simulation.through_braze.devices import devices_of
from router.simulation.through_braze.lives import Life, live
from router.simulation.through_braze.recording import read_recording
from tests.simulation.through_braze_story import Json, own, said, workspace_document

START = 1777881600.0
"""08:00:00 of the stories' morning."""


def lives_of(document: Json, *events: Envelope) -> list[Life]:
    (recording,) = read_recording(parse_workspace(document), events).values()
    return [live(device) for device in devices_of(recording)]


def life_of(document: Json, *events: Envelope) -> Life:
    (life,) = lives_of(document, *events)
    return life


def told(life: Life) -> list[tuple[str, Any, float, float]]:
    """Method, first argument, time and moment of sending (both in seconds of the morning) of every call."""
    return [
        (call.call[0], call.call[1] if len(call.call) > 1 else None, call.time - START, call.sent - START)
        for call in life.calls
    ]


def methods(life: Life) -> list[str]:
    return [call.call[0] for call in life.calls]


def test_a_browser_starts_flushes_its_alias_at_once_and_the_rest_every_ten_seconds() -> None:
    life = life_of(
        workspace_document("device", "web", trackAnonymousUser=True),
        said(0, "page", name="Home"),
        said(3, event="Tent Viewed"),
        said(11, event="At The Tick"),
        said(11.5, event="Later"),
    )
    start = ["initialize", "automaticallyShowInAppMessages", "openSession", "addSdkMetadata", "user.addAlias"]
    assert [(method, sent) for method, _, _, sent in told(life)[:6]] == [
        *((method, 1.0) for method in start),
        ("requestImmediateDataFlush", 1.0),
    ]
    assert told(life)[6:] == [
        ("logCustomEvent", "Home", 1.0, 11.0),
        ("logCustomEvent", "Tent Viewed", 3.0, 11.0),
        ("logCustomEvent", "At The Tick", 11.0, 11.0),
        ("logCustomEvent", "Later", 11.5, 21.0),
    ]


@pytest.mark.parametrize(
    ("source_type", "start", "end"),
    [
        ("android", ["configure", "user.addAlias", "openSession"], "closeSession"),
        ("androidKotlin", ["configure", "user.addAlias", "openSession"], "closeSession"),
        ("ios", ["init", "user.addAlias", "users.behaviors.app.SessionStart"], "users.behaviors.app.SessionEnd"),
        ("iosSwift", ["init", "user.addAlias", "users.behaviors.app.SessionStart"], "users.behaviors.app.SessionEnd"),
    ],
)
def test_an_app_starts_waits_for_the_flush_and_ends_its_session_ten_seconds_after_it_was_left(
    source_type: str, start: list[str], end: str
) -> None:
    life = life_of(
        workspace_document("device", source_type, supportDedup=False),
        said(0, event="Application Opened", properties={"from_background": False}),
        said(4, event="Tent Viewed"),
    )
    assert told(life)[:3] == [
        (start[0], "app-key", 1.0, 11.0),
        (start[1], "a-1", 1.0, 11.0),
        (start[2], None, 1.0, 11.0),
    ]
    assert told(life)[3:] == [
        ("logCustomEvent", "Application Opened", 1.0, 11.0),
        ("logCustomEvent", "Tent Viewed", 4.0, 11.0),
        (end, None, 14.0, 21.0),
    ]


def test_an_event_of_brazes_own_proves_that_its_sdk_was_ready() -> None:
    life = life_of(
        workspace_document("device", "android"),
        own(0, "users.messages.pushnotification.Open", properties={"campaign": "c"}),
        said(0.5, event="Application Opened"),
    )
    assert told(life)[:4] == [
        ("configure", "app-key", 0.0, 10.0),
        ("user.addAlias", "a-1", 0.0, 10.0),
        ("openSession", None, 0.0, 10.0),
        ("users.messages.pushnotification.Open", {"campaign": "c"}, 0.0, 10.0),
    ]
    assert told(life)[4] == ("logCustomEvent", "Application Opened", 0.5, 10.0)


@pytest.mark.parametrize("mode", ["device", "hybrid"])
def test_a_recorded_session_is_believed_and_none_is_made_up_beside_it(mode: str) -> None:
    life = life_of(
        workspace_document(mode, "android"),
        own(0, "users.behaviors.app.SessionStart"),
        said(1, event="Application Opened"),
        own(20, "users.behaviors.app.SessionEnd"),
    )
    sessions = [method for method in methods(life) if "Session" in method]
    assert sessions == ["users.behaviors.app.SessionStart", "users.behaviors.app.SessionEnd"]


def test_a_browsers_session_ends_when_the_person_returns_and_bears_the_time_of_leaving() -> None:
    life = life_of(
        workspace_document("hybrid", "web"),
        said(0, "page", name="Home"),
        said(60, "page", name="Tents"),
        said(4000, "page", name="Home"),
    )
    ends = [row for row in told(life) if row[0] == "users.behaviors.app.SessionEnd"]
    assert ends == [("users.behaviors.app.SessionEnd", None, 60.0, 4001.0)]
    assert methods(life).count("openSession") == 2
    assert methods(life).count("initialize") == 2


def test_an_app_that_returns_from_the_background_opens_a_session_without_starting_again() -> None:
    life = life_of(
        workspace_document("hybrid", "android"),
        said(0, event="Application Opened"),
        said(30, event="Application Backgrounded"),
        said(100, event="Application Opened", properties={"from_background": True}),
    )
    assert methods(life) == ["configure", "user.addAlias", "openSession", "closeSession", "openSession", "closeSession"]
    assert [row[2:] for row in told(life)[3:]] == [(40.0, 41.0), (100.0, 110.0), (110.0, 110.0)]


def test_a_session_goes_on_when_the_person_is_back_within_ten_seconds() -> None:
    life = life_of(
        workspace_document("hybrid", "android"),
        said(0, event="Application Opened"),
        said(30, event="Application Backgrounded"),
        said(38, event="Application Opened", properties={"from_background": True}),
        said(50, event="Application Opened", properties={"from_background": False}),
    )
    assert methods(life).count("openSession") == 2
    assert methods(life).count("closeSession") == 2
    assert methods(life).count("configure") == 2


def test_of_the_events_before_the_sdk_is_ready_the_newest_hundred_are_kept() -> None:
    early = [said(index / 1000, event=f"e{index}") for index in range(103)]
    life = life_of(workspace_document("device", "web", trackAnonymousUser=True), *early, said(5, event="late"))
    names = [call.call[1] for call in life.calls if call.call[0] == "logCustomEvent"]
    assert names == [*(f"e{index}" for index in range(3, 103)), "late"]
    assert dict(life.lost) == dict.fromkeys(range(3), "too many events before Braze was ready")


TRAITS = {"traits": {"email": "a@x.io", "plan": "pro"}}


@pytest.mark.parametrize(
    ("source_type", "again", "repeated"),
    [
        ("android", [said(60, event="Tick")], 0),
        ("android", [said(50, event="Application Opened", properties={"from_background": True})], 0),
        ("android", [said(50, event="Application Opened", properties={"from_background": False})], 1),
        ("web", [said(4000, "page", name="Home")], 0),
    ],
    ids=["no restart", "from the background", "new process", "new page, the cookie stays"],
)
def test_a_restart_clears_the_dedup_memory_of_an_app_but_not_of_a_browser(
    source_type: str, again: list[Envelope], repeated: int
) -> None:
    life = life_of(
        workspace_document("device", source_type, supportDedup=True),
        said(0, event="Application Opened"),
        said(20, "identify", userId="u-1", context=TRAITS),
        *again,
        said(4020, "identify", userId="u-1", context=TRAITS),
    )
    assert methods(life).count("user.setEmail") == 1 + repeated


def test_after_a_reset_a_phone_is_the_same_device_and_keeps_its_user_and_alias() -> None:
    phone = {"device": {"id": "phone-1"}}
    life = life_of(
        workspace_document("device", "android"),
        said(0, event="Application Opened", context=phone),
        said(20, "identify", userId="u-1", context=phone),
        said(40, event="After Reset", anonymousId="a-2", context=phone),
    )
    assert life.device.id == "app/phone-1"
    assert [call.call for call in life.calls if call.call[0] == "user.addAlias"] == [
        ["user.addAlias", "a-1", "rudder_id"]
    ]


def test_browsers_are_told_apart_by_their_anonymous_id() -> None:
    lives = lives_of(
        workspace_document("hybrid", "web"),
        said(0, "page", context={"device": {"id": "same"}}),
        said(1, "page", anonymousId="a-2", context={"device": {"id": "same"}}),
    )
    assert [life.device.id for life in lives] == ["app/a-1", "app/a-2"]


@pytest.mark.parametrize(
    ("mode", "source_type", "switches", "tied"),
    [
        ("device", "web", True, ""),
        ("hybrid", "web", True, ""),
        ("device", "android", True, ""),
        ("hybrid", "android", False, "u-1"),
    ],
)
def test_a_device_whose_story_begins_with_a_known_user_has_started_before_and_told_braze_if_its_mode_tells(
    mode: str, source_type: str, switches: bool, tied: str
) -> None:
    life = life_of(
        workspace_document(mode, source_type),
        said(0, event="Application Opened", userId="u-1", properties={"from_background": True}),
    )
    before = [call.call for call in life.calls if call.sent < START]
    assert ["user.addAlias", "a-1", "rudder_id"] in before
    assert ("openSession" in [call[0] for call in before], ["changeUser", "u-1"] in before) == (False, switches)
    assert life.tied_before == tied


def test_a_device_that_begins_anonymous_or_with_an_identify_has_no_past() -> None:
    for first in (said(0, "page", name="Home"), said(0, "identify", userId="u-1")):
        life = life_of(workspace_document("device", "web"), first)
        assert [call for call in life.calls if call.sent < START] == []


def test_where_the_sdk_throws_the_calls_before_it_count_and_the_event_is_reported() -> None:
    life = life_of(
        workspace_document("device", "android"),
        said(0, event="Application Opened"),
        said(20, "identify", userId="u-1", context={"traits": {"email": 5}}),
    )
    assert [call.call for call in life.calls if call.call[0].startswith(("changeUser", "user.set"))] == [
        ["changeUser", "u-1"]
    ]
    assert list(life.lost) == [1]


@pytest.mark.parametrize(
    ("document", "devices"),
    [
        (workspace_document("cloud", "web"), 0),
        (workspace_document("hybrid", "flutter"), 0),
        (workspace_document("device", "android", appKey=""), 0),
        (workspace_document("device", "web"), 1),
    ],
    ids=["cloud mode", "a mode the source type lacks", "no app key", "device mode"],
)
def test_a_device_exists_where_its_sdk_starts_braze(document: Json, devices: int) -> None:
    assert len(lives_of(document, said(0, event="Hello"), said(0, event="Hello", source="server"))) == devices
