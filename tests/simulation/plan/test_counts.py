"""What a plan counts is what simulating every event by itself counts."""

import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from policies.capabilities import Mode, SourceType
from policies.connection import Workspace, with_modes
from router.benchmarks.measure import measure
from router.demo import CONNECTIONS
from router.simulation.plan.counting import count
from router.simulation.plan.engines import count_traffic
from router.simulation.plan.planning import plan_of
from router.simulation.plan.question import ask
from router.simulation.plan.report import Plan
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


@pytest.mark.soak
def test_a_plan_costs_less_than_parsing_the_traffic(quickstart: Workspace, tmp_path: Path) -> None:
    """Two thirds of a `json.loads` of the same lines on a quiet machine; the rest is room for a busy one."""
    lines = write_traffic(tmp_path / "traffic.jsonl", 10_000).read_bytes().splitlines(keepends=True)
    question = ask(quickstart, with_modes(quickstart, {"web": "device"}))
    cost = measure(lambda: count(question, lines), documents=lines, events=len(lines))
    assert cost.j < 1.0


@pytest.mark.soak
def test_a_plan_for_1_000_000_events_stays_small_and_counts_what_a_naive_recount_counts(
    quickstart: Workspace, tmp_path: Path
) -> None:
    traffic = write_traffic(tmp_path / "traffic.jsonl", 1_000_000)
    command = [sys.executable, "-m", "router.cli.main", "plan", str(traffic), "-c", str(CONNECTIONS)]
    peak = 0
    with (tmp_path / "plan.json").open("wb") as out:
        planning = subprocess.Popen([*command, "--to", "web=device", "--format", "json"], stdout=out)
        while planning.poll() is None:
            peak = max(peak, memory_of(planning.pid))
            time.sleep(0.05)
    plan = msgspec.json.decode((tmp_path / "plan.json").read_bytes(), type=Plan)
    assert plan.summary.events == 1_000_000
    assert peak < 300_000_000
    assert units_of(plan) == recount(quickstart, with_modes(quickstart, {"web": "device"}), envelopes_of(traffic))


def memory_of(pid: int) -> int:
    """Bytes that a process and its children hold together, shared pages once."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_full_info().pss for member in family)
    except psutil.NoSuchProcess:
        return 0
