"""What a plan says of a switch: moved, lost, doubled, and what the traffic did not hold."""

from typing import Any

import msgspec
import pytest

from policies.connection import Workspace, with_modes
from router.simulation.plan.planning import plan
from router.simulation.plan.report import Plan, Row
from tests.simulation.plan.lines import line, one_source, ping


def switched(before: str, after: str, *lines: bytes, **config: Any) -> Plan:
    """The plan of a web source's switch."""
    return plan(one_source(mode=before, **config), one_source(mode=after, **config), lines)


def moves(rows: tuple[Row, ...]) -> list[tuple[str, str | None, str, str, int]]:
    """Rows in short."""
    return [(row.type, row.event, row.before, row.after, row.events) for row in rows]


MOVES = [
    ("hybrid", "device", "track", "cloud", "device"),
    ("device", "hybrid", "track", "device", "cloud"),
    ("cloud", "device", "group", "cloud", "neither"),
    ("device", "cloud", "identify", "device", "cloud"),
    ("hybrid", "cloud", "page", "cloud", "cloud"),
    ("device", "hybrid", "group", "neither", "cloud"),
]


@pytest.mark.parametrize(("before", "after", "kind", "path_now", "path_then"), MOVES)
def test_each_event_has_its_path_before_and_after(
    before: str, after: str, kind: str, path_now: str, path_then: str
) -> None:
    made = switched(before, after, line(kind, event="Ping", userId="u-1"))
    assert [(row.before, row.after) for row in made.rows] == [(path_now, path_then)]
    assert made.summary.changed == (path_now != path_then)


def test_rows_are_grouped_by_source_type_and_name_with_three_distinct_message_ids() -> None:
    lines = [line(event=name, userId="u-1", messageId=f"{name}-{n // 2}") for n in range(10) for name in ("A", "B")]
    made = switched("hybrid", "device", *lines, lines[0])
    assert moves(made.moved) == [("track", "A", "cloud", "device", 11), ("track", "B", "cloud", "device", 10)]
    assert [row.samples for row in made.moved] == [("A-0", "A-1", "A-2"), ("B-0", "B-1", "B-2")]


def test_what_is_lost_then_is_told_from_what_is_lost_already() -> None:
    made = switched("hybrid", "device", line("group", userId="u-1"), line("reset", userId="u-1"), ping())
    assert moves(made.lost) == [("group", None, "cloud", "neither", 1)]
    assert moves(made.lost_already) == [("reset", None, "neither", "neither", 1)]
    assert made.lost[0].rules_after == ("device/type-unsupported", "cloud/device-mode")
    assert (made.summary.lost, made.summary.lost_already) == (1, 1)


def test_what_is_doubled_then_is_told_from_what_is_doubled_already() -> None:
    def doubling(mode: str) -> Workspace:
        base = one_source("iosSwift", mode)
        old_sdk = [msgspec.structs.replace(source, sdk="iosSwift-v2") for source in base.sources]
        return msgspec.structs.replace(
            base,
            ruleset="rudderstack",
            sources=tuple(old_sdk),
            connections=tuple(msgspec.structs.replace(each, source=old_sdk[0]) for each in base.connections),
            revision=mode,
        )

    made = plan(doubling("device"), doubling("hybrid"), [ping()])
    assert moves(made.doubled) == [("track", "Ping", "device", "both", 1)]
    assert (made.summary.doubled, made.summary.doubled_already) == (1, 0)
    again = plan(doubling("hybrid"), doubling("hybrid"), [ping()])
    assert (again.summary.doubled, again.summary.doubled_already) == (0, 1)


def test_a_hybrid_identify_on_web_goes_by_cloud_though_the_device_switches_its_user() -> None:
    made = switched("device", "hybrid", line("identify", userId="u-1"))
    assert moves(made.moved) == [("identify", None, "device", "cloud", 1)]
    assert made.moved[0].rules_after[0] == "device/hybrid-identity"


def test_a_mode_that_the_source_type_does_not_support_blocks_both_paths() -> None:
    old = one_source("flutter", "cloud")
    made = plan(old, with_modes(old, {"flutter": "hybrid"}), [ping()])
    assert made.lost[0].rules_after == ("device/mode-unsupported", "cloud/mode-unsupported")
    assert [(each.before, each.after, each.supported) for each in made.modes] == [("cloud", "hybrid", False)]


def test_a_connection_that_is_taken_out_loses_what_it_carried() -> None:
    old = one_source(mode="cloud")
    made = plan(old, msgspec.structs.replace(old, connections=(), revision="none"), [ping()])
    assert [(row.before, row.after, row.rules_after) for row in made.rows] == [("cloud", "neither", ())]


def test_a_source_that_is_taken_out_loses_what_it_sent_and_a_new_one_brings_it() -> None:
    full = one_source(mode="cloud")
    empty = msgspec.structs.replace(full, sources=(), connections=(), revision="empty")
    assert plan(full, empty, [ping()]).summary.lost == 1
    assert [(row.before, row.after) for row in plan(empty, full, [ping()]).rows] == [("neither", "cloud")]


def test_events_without_a_connection_are_counted_apart() -> None:
    old = msgspec.structs.replace(one_source(), connections=())
    made = plan(old, old, [ping(), ping(2)])
    assert (made.summary.events, made.summary.units, made.unconnected) == (2, 0, {"web-shop": 2})


def test_the_same_config_is_no_change() -> None:
    assert not switched("hybrid", "hybrid", ping()).changes
    assert switched("hybrid", "device").changes


def test_events_without_ids_or_time_are_counted() -> None:
    made = switched("hybrid", "device", line(event="Ping"), line(event="Ping", anonymousId="a", timestamp=None), ping())
    assert (made.summary.without_ids, made.summary.undated) == (1, 1)


def test_the_window_runs_from_the_oldest_minute_to_the_newest() -> None:
    times = ["2026-05-04T08:00:30.000Z", "2026-05-04T10:15:00+02:00", "Mon, 04 May 2026 07:30:00 GMT"]
    made = switched("hybrid", "device", *(ping(n, timestamp=time) for n, time in enumerate(times)))
    assert made.window is not None
    assert (made.window.oldest, made.window.newest, made.window.seconds) == (
        "2026-05-04T07:30",
        "2026-05-04T08:15",
        2760,
    )


def test_a_clock_that_is_years_off_does_not_stretch_the_window_of_much_traffic() -> None:
    usual = [ping(n, timestamp=f"2026-05-04T08:{n % 60:02}:00Z") for n in range(2000)]
    made = switched(
        "hybrid", "device", ping(timestamp="1970-01-01T00:00:00Z"), *usual, ping(timestamp="9999-01-01T00:00:00Z")
    )
    assert made.window is not None
    assert (made.window.oldest, made.window.newest, made.window.outside) == ("2026-05-04T08:00", "2026-05-04T08:59", 2)


ODD_TIMES = [
    "2026-13-45T99:99:00.000Z",
    "20260504T080000.000Z....",
    "yyyy-05-04T08:00:00Z",
    7,
    "0001-01-01T00:00:00+14:00",
]


@pytest.mark.parametrize("time", ODD_TIMES, ids=str)
def test_a_time_that_is_none_is_no_time(time: Any) -> None:
    made = switched("hybrid", "device", ping(timestamp=time), ping(2))
    assert (made.summary.undated, made.summary.events) == (1, 2)


def test_the_pace_is_that_of_the_busiest_minute_beside_the_limit() -> None:
    lines = [ping(n, timestamp=f"2026-05-04T08:0{0 if n < 40 else 3}:00Z") for n in range(200)]
    (pace,) = switched("device", "hybrid", *lines).pace
    assert (pace.events_before, pace.events_after) == (0, 200)
    assert pace.peak_before is None
    assert pace.peak_after is not None
    assert (pace.peak_after.minute, pace.peak_after.events) == ("2026-05-04T08:03", 160)
    assert (pace.peak_after.requests_least, pace.peak_after.requests_most) == (3, 160)
    assert [after for _, _, after in pace.series] == [40, 0, 0, 160]
    assert pace.series[0][0] == "2026-05-04T08:00"
    assert not pace.exceeded


def test_what_the_traffic_did_not_hold_is_named() -> None:
    filtered = {
        "eventFilteringOption": "blacklistedEvents",
        "blacklistedEvents": [{"eventName": "Ping"}, {"eventName": " Debug "}],
    }
    made = switched("hybrid", "device", ping(), **filtered)
    assert made.unexercised.types == (("web-shop", ("identify", "page", "screen", "group", "alias")),)
    assert made.unexercised.filtered_names == (("braze", (" Debug ",)),)
    assert "device/deliver" in made.unexercised.rules
    assert "device/event-filter" not in made.unexercised.rules


def test_a_source_without_events_is_named() -> None:
    assert switched("hybrid", "device").unexercised.sources == ("web-shop",)


def test_visitors_who_may_get_two_profiles_are_counted_once() -> None:
    anonymous = [ping(n, userId=None, anonymousId=f"a-{n % 5}") for n in range(20)]
    known = [ping(n, anonymousId=f"a-{n}") for n in range(3, 8)]
    (risk,) = switched("device", "hybrid", *anonymous, *known).identity
    assert (risk.before, risk.after, risk.after_identified, risk.heals, risk.exact) == (0, 5, 2, True, True)


def test_nobody_is_at_risk_of_two_profiles_where_one_path_carries_all() -> None:
    assert switched("device", "cloud", ping(userId=None)).identity == ()
