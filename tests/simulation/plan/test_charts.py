"""The charts of a plan's page: ticks that are no rounded figures, a time axis that ends where the traffic does, and room on a
narrow page."""

import re

import pytest

from router.simulation.plan.charts import pace_chart
from router.simulation.plan.counting import count
from router.simulation.plan.engines import Total
from router.simulation.plan.planning import plan_of
from router.simulation.plan.question import ask
from router.simulation.plan.report import Pace, Window
from router.simulation.plan.reports.html import render
from tests.simulation.plan.lines import line, one_source

WINDOW = Window(oldest="2026-05-04T08:00", newest="2026-05-04T09:39", seconds=100 * 60)


def pace(most: float) -> Pace:
    """Two steps of different length: of 70 minutes and of 30."""
    return Pace(
        destination="braze",
        events_before=1,
        events_after=1,
        peak_before=None,
        peak_after=None,
        limit_per_minute=1,
        limit="",
        exceeded=False,
        series=(("2026-05-04T08:00", most, 0.0), ("2026-05-04T09:10", 0.0, most)),
    )


def texts(chart: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", chart)


@pytest.mark.parametrize(
    ("most", "tick"),
    [
        (0.0, "1"),
        (0.004, "0.005"),
        (0.17, "0.2"),
        (0.43, "0.5"),
        (1.0, "1"),
        (1.2, "2"),
        (7.5, "10"),
        (4321.0, "5,000"),
    ],
)
def test_the_top_of_the_scale_is_a_round_figure_above_every_rate(most: float, tick: str) -> None:
    assert texts(pace_chart(pace(most), WINDOW))[:2] == [tick, "0"]


def test_the_time_axis_ends_where_the_traffic_does_and_a_short_last_step_is_drawn_short() -> None:
    chart = pace_chart(pace(1.0), WINDOW)
    assert texts(chart)[2:] == ["2026-05-04T08:00Z", "2026-05-04T09:39Z"]
    points = re.search(r'points="([^"]*)"', chart)
    assert points is not None
    left, first, second, right = [float(point.split(",")[0]) for point in points[1].split()]
    assert first == second
    assert (first - left) / (right - left) == pytest.approx(0.7, abs=0.001)


def test_charts_scale_with_the_page_moments_stay_whole_and_figures_stand_right() -> None:
    traffic = [
        line(event="A", userId="u", messageId="m", timestamp=f"2026-05-04T{hour}:00:00Z") for hour in ("08", "11")
    ]
    question = ask(one_source(mode="cloud"), one_source(mode="device"), source_type=None)
    page = render(plan_of(question, Total(tally=count(question, traffic), troubles=[])))
    assert "min-width: 46rem" not in page
    moment = '<time datetime="2026-05-04T{}:00Z">2026-05-04T{}:00Z</time>'
    assert f"from {moment.format('08', '08')} to {moment.format('11', '11')}" in page
    assert '<th scope="col" class="number">events</th>' in page
    assert '<td class="number">2</td>' in page
