"""The cloud path of a run, where Braze does not simply take everything."""

import json
from collections.abc import Callable

import httpx
import pytest

from policies.workspace import parse_workspace
from router.braze.client import BrazeClient
from router.errors import ServiceUnreachable
from router.simulation.through_braze.cloud import CloudPath
from router.simulation.through_braze.recording import Recorded, read_recording
from tests.simulation.through_braze_story import run, said, user, workspace_document

pytestmark = pytest.mark.anyio


def recording(*names: str) -> list[Recorded]:
    events = [said(at, event=name, userId="u-1") for at, name in enumerate(names)]
    (found,) = read_recording(parse_workspace(workspace_document("cloud", "web")), events).values()
    return found


async def delivered(events: list[Recorded], braze: Callable[[httpx.Request], httpx.Response]) -> CloudPath:
    async with BrazeClient("http://braze.local", "key", transport=httpx.MockTransport(braze)) as client:
        cloud = CloudPath(client)
        await cloud.deliver(events, now=0.0)
    return cloud


async def test_a_refused_request_is_cut_until_the_bad_event_stands_alone() -> None:
    taken: list[str] = []

    def braze(request: httpx.Request) -> httpx.Response:
        names = [event["name"] for event in json.loads(request.content)["events"]]
        if "bad" in names:
            return httpx.Response(400, json={"message": "no"})
        taken.extend(names)
        return httpx.Response(201, json={"message": "success"})

    cloud = await delivered(recording("a", "bad", "b", "c"), braze)
    assert taken == ["a", "b", "c"]
    assert cloud.refused == {1: "/users/track events: no"}


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_an_answer_that_no_local_braze_gives_ends_the_run(status: int) -> None:
    with pytest.raises(ServiceUnreachable, match="does not take `/users/track`: down"):
        await delivered(recording("a"), lambda _: httpx.Response(status, json={"message": "down"}))


def test_an_event_that_is_too_large_is_lost_alone() -> None:
    report = run(
        workspace_document("cloud", "web"),
        said(0, event="Large", userId="u-1", properties={"text": "x" * 110_000}),
        said(1, event="Small", userId="u-1"),
    )
    assert [row.index for row in report.lost] == [0]
    assert "exceeds 102400 bytes" in report.lost[0].reason
    assert user(report, "u-1").events == {"Small": {"cloud": 1}}
