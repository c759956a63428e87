"""A connection file that takes a destination with a backlog away is obeyed, and what stays behind is neither lost nor silent."""

from collections.abc import Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from policies.connection import Workspace, as_document
from policies.workspace import parse_workspace
from router.cli.admin.status import print_status
from tests.conftest import Running, RunRouter
from tests.control.operating import Operator
from tests.scripted_braze import settled

pytestmark = pytest.mark.anyio

KEYS = {"BRAZE_REST_KEY": "planted-rest-key"}


@pytest.fixture
def with_tv(quickstart: Workspace) -> Workspace:
    """The quickstart, and a destination of its own for a source more."""
    document = as_document(quickstart)
    document["sources"].append({"id": "tv", "name": "TV", "type": "cloud", "write_key": "wk-tv", "enabled": True})
    document["destinations"].append({**document["destinations"][0], "id": "braze-tv"})
    document["connections"].append({"source": "tv", "destination": "braze-tv", "enabled": True})
    return parse_workspace(document)


async def queue(running: Running) -> None:
    """Two units that wait for the paused destination."""
    await Operator(running).call("POST", "destinations/braze-tv/pause", {"reason": "so that they stay queued"})
    batch = [{"type": "track", "event": "Started", "userId": user} for user in ("u-1", "u-2")]
    answer = await running.client.post("/v1/batch", json={"batch": batch}, auth=("wk-tv", ""))
    assert answer.status_code == 200


def warnings(logged: list[Any]) -> list[Mapping[str, int]]:
    """What each warning says to be queued for nobody."""
    return [entry["queued"] for entry in logged if "destinations that the connections do not have" in entry["event"]]


async def test_a_file_that_takes_a_destination_with_a_backlog_away_is_obeyed_with_a_warning(
    run_router: RunRouter, quickstart: Workspace, with_tv: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    async with run_router(workspace=with_tv) as running:
        operator = Operator(running)
        await queue(running)
        with capture_logs() as logged:
            await running.service.reload(quickstart, KEYS)
        assert warnings(logged) == [{"braze-tv": 2}]
        status = await operator.get("status")
        assert (status["adds_up"], status["totals"]["queued"], status["revision"]) == (True, 2, quickstart.revision)
        found = {item["destination"]: item for item in status["destinations"]}
        assert (found["braze-tv"]["configured"], found["braze-tv"]["queued"]) == (False, 2)
        print_status(status)
        printed = capsys.readouterr().out
        assert "gone" in printed
        assert "2 units wait for braze-tv" in printed
        with capture_logs() as logged:
            await running.service.reload(with_tv, KEYS)
        assert warnings(logged) == []
        await operator.call("POST", "destinations/braze-tv/resume")
        totals = await settled(running)
        assert (totals.accepted, totals.delivered, totals.adds_up()) == (2, 2, True)


async def test_a_start_with_such_a_file_warns_too(
    run_router: RunRouter, quickstart: Workspace, with_tv: Workspace
) -> None:
    async with run_router(workspace=with_tv) as running:
        await queue(running)
    with capture_logs() as logged:
        async with run_router(workspace=quickstart) as running:
            assert (await Operator(running).get("status"))["adds_up"] is True
    assert warnings(logged) == [{"braze-tv": 2}]


async def test_a_start_with_nothing_left_behind_says_nothing(run_router: RunRouter) -> None:
    with capture_logs() as logged:
        async with run_router():
            pass
    assert warnings(logged) == []
