"""The shop's day through a local Braze, once in each mode: the reports, byte for byte, and why they differ as they do.

Renew the golden files with the command in docs/through-braze.md, and read the difference before you believe it.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from policies.capabilities import Mode
from policies.connection import Workspace, with_modes
from router.cli.simulate import simulate
from router.simulation.envelopes import read_envelopes
from router.simulation.through_braze.report import Report, User
from router.simulation.through_braze.simulation import run_through_braze
from tests.simulation.through_braze_story import user

FIXTURES = Path(__file__).parents[2] / "fixtures"
EVENTS = FIXTURES / "events" / "shop.jsonl"
QUICKSTART = FIXTURES / "connections" / "quickstart.yaml"
MODES: tuple[Mode, ...] = ("cloud", "device", "hybrid")

Json = dict[str, Any]
Count = tuple[str, str, str]
"""Person, what happened, path."""


def in_mode(workspace: Workspace, mode: Mode, *, latency: float = 0.2) -> Report:
    everywhere = with_modes(workspace, {"web": mode, "android": mode, "ios": mode})
    envelopes = [envelope for _, envelope in read_envelopes(str(EVENTS))]
    (report,) = asyncio.run(run_through_braze(everywhere, envelopes, cloud_latency=latency))
    return report


@pytest.fixture
def reports(quickstart: Workspace) -> dict[Mode, Report]:
    return {mode: in_mode(quickstart, mode) for mode in MODES}


@pytest.mark.parametrize("mode", MODES)
def test_the_report_of_each_mode_is_the_recorded_one(mode: Mode) -> None:
    modes = [flag for kind in ("web", "android", "ios") for flag in ("--mode", f"{kind}={mode}")]
    printed = CliRunner().invoke(
        simulate, [str(EVENTS), "-c", str(QUICKSTART), "--through-braze", "--format", "jsonl", *modes]
    )
    assert printed.exit_code == 0, printed.output
    golden = (FIXTURES / "golden" / f"through-braze-{mode}.jsonl").read_text(encoding="utf-8")
    assert printed.output.splitlines() == golden.splitlines()


# What the specs say, in a table of its own: spec/device.md 1.3 under the rule set `documented`.
WEB, MOBILE, SERVER = "web", "mobile", "server"
CARRIES: Mapping[tuple[str, Mode], Mapping[str, str]] = {
    (WEB, "cloud"): dict.fromkeys(("track", "page", "identify", "group"), "cloud"),
    (MOBILE, "cloud"): dict.fromkeys(("track", "screen", "identify", "group"), "cloud"),
    (WEB, "device"): dict.fromkeys(("track", "page", "identify", "auto"), "device"),
    (MOBILE, "device"): dict.fromkeys(("track", "identify", "auto"), "device"),
    (WEB, "hybrid"): {**dict.fromkeys(("track", "page", "group", "identify"), "cloud"), "auto": "device"},
    (MOBILE, "hybrid"): {**dict.fromkeys(("track", "screen", "group", "identify"), "cloud"), "auto": "device"},
}
KIND_OF_SOURCE = {"web-shop": WEB, "android-app": MOBILE, "ios-app": MOBILE, "shop-server": SERVER}
MERGED = {"guest-7731": "u-1142"}
"""Whom the recording's one alias event merges into whom."""


def messages() -> list[tuple[str, Json]]:
    """Source and message of every event that counts: without the resent one and the one without a name."""
    lines = [json.loads(line) for line in EVENTS.read_text(encoding="utf-8").splitlines()]
    first = {line["message"]["messageId"]: line for line in reversed(lines)}
    kept = [line for line in reversed(first.values()) if line["message"].get("event") != ""]
    return [(line["source"], line["message"]) for line in kept]


MESSAGES = messages()


def kind_of(message: Json) -> str:
    return "auto" if message["context"].get("origin") == "auto" else str(message["type"])


def path_of(source: str, message: Json, mode: Mode) -> str | None:
    kind = KIND_OF_SOURCE[source]
    return "cloud" if kind == SERVER else CARRIES[kind, mode].get(kind_of(message))


def occurrences(message: Json) -> list[str]:
    """What a carried event adds to a profile's log."""
    if kind_of(message) == "auto" or message["type"] in ("identify", "group", "alias"):
        return []
    name = message.get("name") or message["event"]
    if name == "Order Completed":
        return [f"purchase {product['product_id']}" for product in message["properties"]["products"]]
    return [f"event {name}"]


PEOPLE = {message.get("anonymousId"): message["userId"] for _, message in MESSAGES if message.get("userId")}
"""Who an anonymousId turned out to be."""


def person_of(message: Json) -> str:
    known = message.get("userId") or PEOPLE.get(message["anonymousId"]) or f"rudder_id:{message['anonymousId']}"
    return MERGED.get(known, known)


def expected(mode: Mode) -> Counter[Count]:
    return Counter(
        (person_of(message), what, path)
        for source, message in MESSAGES
        if (path := path_of(source, message, mode)) is not None
        for what in occurrences(message)
    )


def found(users: Iterable[User]) -> Counter[Count]:
    counts: Counter[Count] = Counter()
    for each in users:
        for kind, happened in (("event", each.events), ("purchase", each.purchases)):
            for name, paths in happened.items():
                for path, count in paths.items():
                    counts[each.user, f"{kind} {name}", path] += count
    return counts


@pytest.mark.parametrize("mode", MODES)
def test_everything_is_where_the_decision_table_says_and_nothing_else_is(quickstart: Workspace, mode: Mode) -> None:
    report = in_mode(quickstart, mode)
    assert found(report.users) == expected(mode)
    assert report.duplicates == []


def test_hybrid_is_cloud_plus_what_only_devices_know(reports: dict[Mode, Report]) -> None:
    cloud, hybrid = reports["cloud"], reports["hybrid"]
    shared = ("attributes", "custom_attributes", "subscriptions", "events", "purchases", "revenue")
    for before in cloud.users:
        after = user(hybrid, before.user)
        assert {name: getattr(after, name) for name in shared} == {name: getattr(before, name) for name in shared}
        assert after.data_points["cloud"] == before.data_points["cloud"]
    sessions = hybrid.totals.occurrences["session"]["device"]
    assert hybrid.totals.data_points == {"cloud": cloud.totals.data_points["cloud"], "device": sessions}
    assert cloud.totals.data_points["device"] == 0


def test_sessions_and_engagement_exist_where_the_sdk_is_loaded(reports: dict[Mode, Report]) -> None:
    own = {
        mode: {kind: dict(report.totals.occurrences.get(kind, {})) for kind in ("session", "engagement")}
        for mode, report in reports.items()
    }
    # Eight devices start or return once each and five apps end their session; a browser's session ends on return only.
    on_devices = {"session": {"device": 14}, "engagement": {"device": 7}}
    assert own == {"cloud": {"session": {}, "engagement": {}}, "device": on_devices, "hybrid": on_devices}


def test_device_mode_loses_screens_and_groups_and_their_subscriptions(reports: dict[Mode, Report]) -> None:
    lost = Counter(message["type"] for source, message in MESSAGES if path_of(source, message, "device") is None)
    assert lost == {"screen": 7, "group": 3}
    assert dict(reports["device"].carried.neither) == {
        "device/type-unsupported cloud/device-mode": 10,
        "device/nothing-to-send cloud/device-mode": 1,
    }
    subscribed = {mode: sum(bool(each.subscriptions) for each in report.users) for mode, report in reports.items()}
    assert subscribed == {"cloud": 3, "device": 0, "hybrid": 3}


def test_only_hybrid_splits_profiles(reports: dict[Mode, Report]) -> None:
    assert {mode: (report.totals.splits, report.totals.orphans) for mode, report in reports.items()} == {
        "cloud": (0, 0),
        "device": (0, 0),
        "hybrid": (5, 3),
    }
    for split in reports["hybrid"].splits:
        for orphan in split.orphans:
            profile = user(reports["hybrid"], orphan)
            assert (profile.events, profile.purchases, profile.aliases) == ({}, {}, ())
            assert profile.sessions


def test_without_hurry_in_the_cloud_hybrid_splits_nobody(quickstart: Workspace) -> None:
    patient = in_mode(quickstart, "hybrid", latency=15)
    assert (patient.totals.splits, patient.totals.identified) == (0, 9)
    assert found(patient.users) == expected("hybrid")


def test_events_by_carrier_add_up_to_the_recording(reports: dict[Mode, Report]) -> None:
    for report in reports.values():
        carried = report.carried
        assert (carried.recorded, carried.repeated) == (75, 1)
        assert sum(carried.by.values()) == 74
        assert sum(carried.neither.values()) == carried.by["neither"]


def test_data_points_of_the_users_add_up_to_those_of_the_run(reports: dict[Mode, Report]) -> None:
    for report in reports.values():
        by_path: Counter[str] = Counter()
        for each in report.users:
            by_path.update(each.data_points)
        assert by_path == Counter(report.totals.data_points)


def test_the_text_report_names_everyone_and_every_orphan(reports: dict[Mode, Report]) -> None:
    hybrid = [flag for kind in ("web", "android", "ios") for flag in ("--mode", f"{kind}=hybrid")]
    printed = CliRunner().invoke(simulate, [str(EVENTS), "-c", str(QUICKSTART), "--through-braze", *hybrid]).output
    headings = {line.removesuffix("  anonymous") for line in printed.splitlines()}
    assert {each.user for each in reports["hybrid"].users} <= headings
    assert printed.count("orphan device") == 3


def test_a_file_with_a_bad_line_is_named_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text('{"type":"track"}\n{oops\n')
    result = CliRunner().invoke(simulate, [str(file), "-c", str(QUICKSTART), "--through-braze"])
    assert str(result.exception).startswith(f"{file}:2: ")
