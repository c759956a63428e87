"""Clients that still hold the old config, by the formula that the plan states."""

from typing import Any

import pytest

from router.simulation.plan.client_lag import FORMULA, Lag
from router.simulation.plan.planning import plan
from router.simulation.plan.report import Plan
from tests.simulation.plan.lines import line, one_source, ping

DAY = Lag(seconds=86_400, offline_share=0.05)


def switched(before: str, after: str, *lines: bytes, lag: Lag = DAY) -> Plan:
    """The plan of a web source's switch, with lagging clients."""
    return plan(one_source(mode=before), one_source(mode=after), lines, lag=lag)


def hourly(count: int, **more: Any) -> list[bytes]:
    """One event an hour; the window is from the first to the last minute."""
    return [ping(n, timestamp=f"2026-05-{4 + n // 24:02}T{n % 24:02}:00:00Z", **more) for n in range(count)]


CASES = [
    ("device", "hybrid", "track", "doubled"),
    ("device", "cloud", "track", "doubled"),
    ("hybrid", "device", "track", "lost"),
    ("cloud", "device", "track", "lost"),
    ("hybrid", "cloud", "track", None),
    ("cloud", "hybrid", "track", None),
    ("hybrid", "device", "group", None),
]


@pytest.mark.parametrize(("before", "after", "kind", "result"), CASES)
def test_the_old_device_path_meets_the_new_cloud_path(before: str, after: str, kind: str, result: str | None) -> None:
    made = switched(before, after, line(kind, event="Ping", userId="u-1"))
    assert made.client_lag is not None
    assert [(each.result, each.exposed) for each in made.client_lag.rows] == ([(result, 1)] if result else [])


def test_the_estimate_is_exposed_times_lag_over_window_times_share() -> None:
    made = switched("device", "hybrid", *hourly(48))
    window = 47 * 3600 + 60
    assert made.client_lag is not None
    (row,) = made.client_lag.rows
    assert (row.source, row.result, row.exposed) == ("web-shop", "doubled", 48)
    assert row.expected == pytest.approx(48 * 86_400 / window * 0.05)
    assert (made.client_lag.estimate, made.client_lag.formula, made.client_lag.window_seconds) == (
        True,
        FORMULA,
        window,
    )


def test_without_times_there_is_no_estimate() -> None:
    made = switched("device", "hybrid", ping(timestamp=None))
    assert made.client_lag is not None
    assert [each.expected for each in made.client_lag.rows] == [None]


def test_the_model_is_off_unless_asked_for() -> None:
    assert plan(one_source(mode="device"), one_source(mode="hybrid"), [ping()]).client_lag is None
