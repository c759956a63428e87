"""What a plan counts is what simulating every event by itself counts."""

from pathlib import Path

import pytest

from policies.capabilities import Mode, SourceType
from policies.connection import Workspace, with_modes
from router.simulation.plan.engines import count_traffic
from router.simulation.plan.planning import plan_of
from router.simulation.plan.question import ask
from router.simulation.plan.traffic import parts_of
from tests.simulation.plan.recount import envelopes_of, recount, units_of, write_traffic

SWITCHES: list[dict[SourceType, Mode]] = [{"web": "device"}, {"android": "hybrid"}, {"web": "cloud", "cloud": "hybrid"}]


def test_a_plan_for_50_000_events_in_several_processes_counts_what_a_naive_recount_counts(
    quickstart: Workspace, tmp_path: Path
) -> None:
    traffic = write_traffic(tmp_path / "traffic.jsonl", 50_000)
    new = with_modes(quickstart, {"web": "device", "android": "cloud"})
    question = ask(quickstart, new)
    parts = parts_of([str(traffic)], part_bytes=9_000_000)
    assert len(parts) > 5
    plan = plan_of(question, count_traffic(question, parts))
    assert plan.summary.events == 50_000
    assert units_of(plan) == recount(quickstart, new, envelopes_of(traffic))


@pytest.mark.parametrize("modes", SWITCHES, ids=str)
def test_every_switch_counts_what_a_naive_recount_counts(
    quickstart: Workspace, tmp_path: Path, modes: dict[SourceType, Mode]
) -> None:
    traffic = write_traffic(tmp_path / "traffic.jsonl", 2_000, seed=11)
    new = with_modes(quickstart, modes)
    question = ask(quickstart, new)
    plan = plan_of(question, count_traffic(question, parts_of([str(traffic)])))
    assert units_of(plan) == recount(quickstart, new, envelopes_of(traffic))
