"""Every engine gives the plan that this process gives."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from policies.connection import Workspace, with_modes
from router.errors import ServiceUnreachable
from router.simulation.plan.engines import count_costs, count_traffic
from router.simulation.plan.planning import plan_of
from router.simulation.plan.question import ask
from router.simulation.plan.traffic import parts_of
from tests.simulation.plan.recount import write_traffic


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Dask scheduler with two workers."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=False, host="127.0.0.1", protocol="tcp", dashboard_address=None
    ) as started:
        yield str(started.scheduler_address).replace("tcp://", "dask://")


def test_a_dask_cluster_gives_the_plan_that_this_machine_gives(
    cluster: str, quickstart: Workspace, tmp_path: Path
) -> None:
    traffic = write_traffic(tmp_path / "traffic.jsonl", 3_000)
    traffic.write_bytes(traffic.read_bytes() + b"{broken\n")
    question = ask(quickstart, with_modes(quickstart, {"web": "device"}))
    parts = parts_of([str(traffic)], part_bytes=400_000)
    assert len(parts) > 4
    local = plan_of(question, count_traffic(question, parts), bills=count_costs(question, parts))
    remote = plan_of(
        question, count_traffic(question, parts, engine=cluster), bills=count_costs(question, parts, engine=cluster)
    )
    assert local == remote
    assert [each.place for each in remote.undecided] == [f"{traffic}:3001"]


def test_a_scheduler_that_does_not_answer_is_said_so(quickstart: Workspace, tmp_path: Path) -> None:
    traffic = write_traffic(tmp_path / "traffic.jsonl", 10)
    question = ask(quickstart, quickstart)
    with pytest.raises(ServiceUnreachable, match=r"dask://127.0.0.1:1"):
        count_traffic(question, parts_of([str(traffic)]), engine="dask://127.0.0.1:1")


def test_a_question_travels_without_keys(quickstart: Workspace) -> None:
    question = ask(quickstart, quickstart)
    assert [each.rest_api_key for each in (*question.old.destinations, *question.new.destinations)] == [None, None]
    assert question.old.revision == quickstart.revision
