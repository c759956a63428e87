"""A mode switch: refused where it cannot work, tried before it is made, in force everywhere, and undone in one call."""

import time

import anyio
import pytest

from policies.connection import Workspace
from router.store.connections import Connections
from tests.conftest import Running, RunRouter
from tests.control.operating import WEB, Operator
from tests.scripted_braze import FakeBraze, settled

pytestmark = pytest.mark.anyio


async def test_a_switch_makes_a_revision_and_says_what_it_changed(operator: Operator, running: Running) -> None:
    before = running.service.runtime.table.revision
    answer = await operator.switch({"web": "device"})
    document = answer.json()
    assert (answer.status_code, document["from"], document["changed"]) == (200, before, True)
    assert document["differences"] == [
        {"pointer": "/destinations/braze-eu/config/connectionMode/web", "before": "hybrid", "after": "device"}
    ]
    assert answer.headers["etag"] == f'"{document["to"]}"'
    assert running.service.runtime.table.revision == document["to"] == document["revision"]
    assert await operator.mode() == "device"


async def test_a_switch_that_changes_nothing_makes_no_revision(operator: Operator) -> None:
    document = (await operator.switch({"web": "hybrid"})).json()
    assert (document["changed"], document["from"]) == (False, document["to"])
    assert len((await operator.get("revisions"))["revisions"]) == 1


async def test_an_unsupported_mode_is_refused_with_the_allowed_ones(operator: Operator) -> None:
    answer = await operator.switch({"flutter": "hybrid", "web": "device", "wep": "cloud"})
    assert answer.status_code == 422
    errors = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert errors["/modes/flutter"] == "`hybrid` is not supported for flutter; allowed: cloud, device"
    assert "`web`" in errors["/modes/wep"]
    assert await operator.mode() == "hybrid", "nothing of a refused switch is done"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"modes": {}, "reason": "x"}, "/modes"),
        ({"modes": {"web": "device"}}, "/reason"),
        ({"modes": {"web": 5}, "reason": "x"}, "/modes"),
        ({"modes": {"web": "device"}, "reason": "x", "moods": 1}, "/moods"),
    ],
)
async def test_a_body_that_is_not_a_switch_is_refused_with_a_pointer(
    operator: Operator, body: dict[str, object], pointer: str
) -> None:
    answer = await operator.call("POST", f"connections/{WEB}/modes", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_dry_run_says_the_same_and_changes_nothing(operator: Operator) -> None:
    tried = (await operator.switch({"web": "device"}, dry_run="true")).json()
    assert (tried["dry_run"], tried["changed"], tried["revision"]) == (True, True, tried["from"])
    assert await operator.mode() == "hybrid"
    made = (await operator.switch({"web": "device"})).json()
    assert (made["to"], made["differences"]) == (tried["to"], tried["differences"])
    assert (await operator.switch({"web": "device"}, dry_run="perhaps")).status_code == 400


async def test_a_dry_run_says_which_events_would_move_be_lost_or_doubled(operator: Operator) -> None:
    events = [
        {"source": "web-shop", "message": {"type": "track", "event": "Seen", "userId": "u", "messageId": "m1"}},
        {"source": "web-shop", "message": {"type": "group", "groupId": "g", "userId": "u", "messageId": "m2"}},
    ]
    body = {"modes": {"web": "device"}, "reason": "try", "traffic": events}
    tried = (await operator.call("POST", f"connections/{WEB}/modes", body, dry_run="true")).json()
    (section,) = tried["matrix"]["sections"]
    assert section["after"][0]["mode"] == "device"
    assert {"lost", "moved"} <= {row["effect"] for row in section["effects"]}
    assert tried["traffic"]["summary"]["lost"] == 1
    assert await operator.mode() == "hybrid"


async def test_a_dry_run_looks_at_a_recording(operator: Operator, running: Running) -> None:
    order = {"source": "web-shop", "count": 1, "within_seconds": 60}
    recording = (await operator.call("POST", "recordings", order)).json()["id"]
    await running.service.runtime.recorder.refresh()
    event = {"type": "group", "groupId": "g", "userId": "u"}
    await running.client.post("/v1/group", json=event, auth=("wk-web", ""))
    await running.service.runtime.recorder.refresh()
    body = {"modes": {"web": "device"}, "reason": "try", "recording": recording}
    tried = (await operator.call("POST", f"connections/{WEB}/modes", body, dry_run="true")).json()
    assert (tried["traffic"]["summary"]["events"], tried["traffic"]["summary"]["lost"]) == (1, 1)
    unknown = await operator.call("POST", f"connections/{WEB}/modes", {**body, "recording": "x"}, dry_run="true")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/recording")


async def test_a_switch_for_a_revision_that_has_moved_is_refused(operator: Operator) -> None:
    first = (await operator.switch({"web": "device"})).json()["from"]
    late = await operator.switch({"web": "cloud"}, if_match=f'"{first}"')
    assert late.status_code == 412
    assert await operator.mode() == "device"
    assert (await operator.switch({"web": "cloud"}, if_match="*")).status_code == 200


async def test_what_sdks_are_told_changes_in_the_same_revision(operator: Operator, running: Running) -> None:
    async def destinations() -> list[str]:
        config = (await running.client.get("/sourceConfig", auth=("wk-web", ""))).json()
        return [item["config"]["connectionMode"] for item in config["source"]["destinations"]]

    assert await destinations() == ["hybrid"]
    await operator.switch({"web": "device"})
    assert await destinations() == ["device"]
    await operator.switch({"web": "cloud"})
    assert await destinations() == [], "in cloud mode the SDK must not load Braze"


async def test_another_process_follows_within_a_second(run_router: RunRouter) -> None:
    async with run_router() as one, run_router() as other:
        to = (await Operator(one).switch({"web": "device"})).json()["to"]
        started = time.monotonic()
        while other.service.runtime.table.revision != to:
            assert time.monotonic() - started < 1.0
            await anyio.sleep(0.02)


async def test_events_accepted_before_a_switch_keep_the_revision_that_decided_them(run_router: RunRouter) -> None:
    braze = FakeBraze()
    async with run_router(braze) as running:
        operator, event = Operator(running), {"event": "before", "userId": "u"}
        await operator.call("POST", "destinations/braze-eu/pause")
        await running.client.post("/v1/track", json=event, auth=("wk-web", ""))
        await operator.switch({"web": "device"})
        await running.client.post("/v1/track", json={**event, "event": "after"}, auth=("wk-web", ""))
        await operator.call("POST", "destinations/braze-eu/resume")
        totals = await settled(running)
    assert (totals.delivered, totals.blocked, braze.event_names) == (1, 1, ["before"])


async def test_a_restart_with_the_same_file_keeps_the_switch_and_one_with_another_goes_by_it(
    run_router: RunRouter, quickstart: Workspace
) -> None:
    async with run_router() as running:
        await Operator(running).switch({"web": "device"})
    async with run_router() as running:
        assert await Operator(running).mode() == "device"
        assert (await running.service.store.totals()).queued == 0
        await Connections(running.service.store).adopt(quickstart)
    edited = quickstart_with(quickstart, "cloud")
    async with run_router(workspace=edited) as running:
        assert await Operator(running).mode() == "cloud"


async def test_a_rollback_goes_back_to_any_earlier_revision(operator: Operator) -> None:
    first = (await operator.switch({"web": "device"})).json()["from"]
    await operator.switch({"web": "cloud", "android": "cloud"})
    back = await operator.call(
        "POST", f"connections/{WEB}/rollback", {"revision": first, "reason": "orders are missing"}
    )
    assert back.json()["to"] == first
    assert (await operator.mode(), await operator.mode("android-app:braze-eu")) == ("hybrid", "hybrid")
    history = (await operator.get(f"connections/{WEB}/revisions"))["revisions"]
    assert [change["action"] for change in history] == [
        "connection.rollback",
        *["connection.modes"] * 2,
        "connections.read",
    ]
    unknown = await operator.call("POST", f"connections/{WEB}/rollback", {"revision": "nonsense", "reason": "x"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/revision")


def quickstart_with(workspace: Workspace, mode: str) -> Workspace:
    """The quickstart connections as an edited file would have them."""
    from policies.connection import with_modes

    return with_modes(workspace, {"web": mode})  # type: ignore[dict-item]  # the parameter is one of the modes
