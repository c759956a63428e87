"""The race of the two paths to Braze: who comes first decides whether a visitor of hybrid mode has one profile or two."""

import asyncio

import pytest

from policies.workspace import parse_workspace
from router.simulation.through_braze.report import Report
from router.simulation.through_braze.simulation import run_through_braze
from tests.simulation.through_braze_story import own, run, said, user, workspace_document

IDENTIFY = said(40, "identify", userId="u-1", context={"traits": {"email": "a@x.io"}})
OPENED = said(0, event="Application Opened", sent=8)
"""The app's first event; RudderStack's SDK sends it after 8 s, Braze's SDK its alias after 11 s."""


def split_of(report: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    (split,) = report.splits
    return split.profiles, split.orphans


@pytest.mark.parametrize(("latency", "splits"), [(0.2, 1), (2.9, 1), (3.1, 0), (60, 0)])
def test_an_apps_first_event_splits_its_user_unless_braze_hears_of_the_alias_first(latency: float, splits: int) -> None:
    report = run(workspace_document("hybrid", "android"), OPENED, IDENTIFY, latency=latency)
    assert (report.totals.splits, report.totals.orphans) == (splits, splits)


def test_the_split_app_user_has_events_here_and_sessions_there_for_ever() -> None:
    report = run(
        workspace_document("hybrid", "android"), OPENED, own(20, "users.messages.inappmessage.Click"), IDENTIFY
    )
    assert split_of(report) == (("u-1", "device app/a-1"), ("device app/a-1",))
    assert (user(report, "u-1").events, user(report, "u-1").sessions) == ({"Application Opened": {"cloud": 1}}, {})
    orphan = user(report, "device app/a-1")
    assert orphan.sessions == {"session_start": {"device": 1}, "session_end": {"device": 1}}
    assert orphan.engagement == {"users.messages.inappmessage.Click": {"device": 1}}
    assert [(row.reason, row.user, row.detail) for row in report.discards] == [
        ("alias-taken", "device:app/a-1", "rudder_id:a-1")
    ]


def test_without_a_race_everything_is_on_one_profile() -> None:
    report = run(workspace_document("hybrid", "android"), OPENED, IDENTIFY, latency=5)
    assert report.splits == []
    (whole,) = report.users
    assert (whole.user, whole.aliases, whole.devices) == ("u-1", ("rudder_id:a-1",), ("app/a-1",))
    assert set(whole.sessions) == {"session_start", "session_end"}


def test_a_browser_is_split_until_its_user_is_identified_because_the_web_sdk_still_switches_the_user() -> None:
    hybrid = workspace_document("hybrid", "web")
    page = said(0, "page", name="Home")
    assert split_of(run(hybrid, page)) == (("device app/a-1", "rudder_id:a-1"), ())
    healed = run(hybrid, page, IDENTIFY)
    assert (healed.splits, healed.totals.profiles) == ([], 1)
    assert [row.reason for row in healed.discards] == ["alias-taken"]


@pytest.mark.parametrize("source_type", ["web", "android", "ios", "androidKotlin", "iosSwift"])
@pytest.mark.parametrize("mode", ["cloud", "device"])
def test_one_path_alone_never_splits(mode: str, source_type: str) -> None:
    report = run(workspace_document(mode, source_type, supportDedup=False), OPENED, IDENTIFY)
    assert (report.splits, report.totals.profiles) == ([], 1)


def test_two_users_of_one_device_are_no_split() -> None:
    report = run(
        workspace_document("device", "web"),
        said(0, "identify", userId="u-1"),
        said(60, "identify", userId="u-2"),
        said(70, event="Hello", userId="u-2"),
    )
    assert (report.splits, report.totals.identified) == ([], 2)
    assert user(report, "u-2").events == {"Hello": {"device": 1}}


def test_the_sdk_keeps_its_user_after_a_reset_so_the_next_persons_events_land_on_the_last_one() -> None:
    phone = {"device": {"id": "phone-1"}}
    report = run(
        workspace_document("device", "android"),
        said(0, event="Application Opened", context=phone),
        said(20, "identify", userId="u-1", context=phone),
        said(40, event="Somebody Else", anonymousId="a-2", context=phone),
    )
    assert user(report, "u-1").events == {"Application Opened": {"device": 1}, "Somebody Else": {"device": 1}}
    assert report.totals.profiles == 1


DOUBLE = workspace_document("hybrid", "iosSwift", sdk="iosSwift-v2", ruleset="rudderstack")


def test_the_old_swift_plug_in_doubles_in_hybrid_mode_and_the_report_says_by_which_paths() -> None:
    report = run(DOUBLE, OPENED, said(20, event="Hello", properties={"a": 1}), IDENTIFY)
    assert report.carried.by["both"] == 3
    assert [(row.user, row.name, row.count, row.paths) for row in report.duplicates] == [
        ("u-1", "Hello", 2, ("cloud", "device"))
    ]


def test_current_sdks_double_nothing_in_hybrid_mode() -> None:
    report = run(
        workspace_document("hybrid", "iosSwift", supportDedup=False), OPENED, said(20, event="Hello"), IDENTIFY
    )
    assert (report.carried.by["both"], report.duplicates) == (0, [])


def test_a_resent_message_counts_once_on_both_paths() -> None:
    for mode in ("cloud", "device"):
        report = run(
            workspace_document(mode, "web", trackAnonymousUser=True),
            said(5, event="Hello", messageId="m-1"),
            said(5, event="Hello", messageId="m-1", sent=30),
        )
        assert (report.carried.repeated, report.duplicates) == (1, [])
        assert report.totals.occurrences["event"] == {mode: 1}


def test_a_user_who_was_known_before_the_recording_is_one_profile_in_hybrid_mode() -> None:
    for source_type in ("web", "android", "ios"):
        report = run(
            workspace_document("hybrid", source_type),
            said(0, event="Application Opened", userId="u-1", properties={"from_background": True}),
        )
        assert ([each.user for each in report.users], report.splits) == (["u-1"], [])


def test_what_the_transform_or_braze_refuses_is_lost_and_told() -> None:
    report = run(
        workspace_document("cloud", "web"),
        said(0, event=""),
        said(1, event="$bad", userId="u-1"),
        said(2, event="Good", userId="u-1"),
    )
    assert [(row.index, row.path) for row in report.lost] == [(0, "cloud"), (1, "cloud")]
    assert report.lost[0].reason == "Event name is required"
    assert report.lost[1].reason.startswith("/users/track events: ")
    assert user(report, "u-1").events == {"Good": {"cloud": 1}}


def test_what_braze_drops_in_silence_is_told() -> None:
    identify = said(0, "identify", userId="u-1", context={"traits": {"plan": "pro", "bad": {"a": None}}})
    report = run(workspace_document("device", "web"), identify)
    assert [(row.reason, row.key, row.would_bill) for row in report.discards] == [("nested-null", "bad", 1)]
    assert user(report, "u-1").custom_attributes == {"plan": "pro"}


@pytest.mark.parametrize("source_type", ["ios", "iosSwift"])
def test_names_and_dates_of_the_apple_sdks_reach_braze(source_type: str) -> None:
    traits = {"plan": "pro", "since": "2026-01-02T03:04:05.000Z", "birthday": "1990-05-06T00:00:00.000Z"}
    report = run(
        workspace_document("device", source_type, supportDedup=False),
        said(0, "identify", userId="u-1", context={"traits": traits}),
    )
    assert report.discards == []
    assert user(report, "u-1").custom_attributes["plan"] == "pro"
    assert user(report, "u-1").custom_attributes["since"] == "2026-01-02T03:04:05.000Z"


def test_each_destination_has_its_own_braze_and_report() -> None:
    document = workspace_document("cloud", "web")
    document["destinations"].append({**document["destinations"][0], "id": "second"})
    document["connections"].append({"source": "app", "destination": "second"})
    events = [said(0, event="Hello", userId="u-1"), said(1, event="Hi", userId="u-2", source="server")]
    first, second = asyncio.run(run_through_braze(parse_workspace(document), events))
    assert [(report.run.destination, [each.user for each in report.users]) for report in (first, second)] == [
        ("braze", ["u-1", "u-2"]),
        ("second", ["u-1"]),
    ]


def test_trait_dedup_saves_what_braze_has_already_and_changes_no_profile() -> None:
    events = [
        said(at, "identify", userId="u-1", context={"traits": {"plan": plan, "country": "DE"}})
        for at, plan in enumerate(["pro", "pro", "free", "pro", "pro"])
    ]
    plain, saving = (run(workspace_document("cloud", "web", supportDedup=flag), *events) for flag in (False, True))
    assert (plain.carried.updates_saved, saving.carried.updates_saved) == (0, 2)
    assert user(saving, "u-1").custom_attributes == user(plain, "u-1").custom_attributes == {"plan": "pro"}
    points = [report.totals.data_points["cloud"] for report in (plain, saving)]
    assert points[0] - points[1] == 2


def test_an_event_of_which_trait_dedup_leaves_nothing_is_counted() -> None:
    events = [said(at, "identify", anonymousId=None, userId="u-1", traits={"plan": "pro"}) for at in (0, 1)]
    report = run(workspace_document("cloud", "web", supportDedup=True), *events)
    assert (report.carried.filtered, report.carried.updates_saved) == (1, 1)
    assert report.totals.data_points["cloud"] == 1


def test_a_refused_update_is_not_remembered_as_one_that_braze_has() -> None:
    events = [
        said(0, "identify", anonymousId=None, userId="u-1", traits={"plan": "pro", "email": "not an address"}),
        said(1, "identify", anonymousId=None, userId="u-1", traits={"plan": "pro"}),
    ]
    report = run(workspace_document("cloud", "web", supportDedup=True), *events)
    assert ([row.index for row in report.lost], report.carried.updates_saved) == ([0], 0)
    assert user(report, "u-1").custom_attributes == {"plan": "pro"}
