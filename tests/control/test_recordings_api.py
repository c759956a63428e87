"""Recordings over the admin API: ordered, followed, fetched, ended."""

import json
from typing import Any

import anyio
import pytest

from tests.conftest import Running
from tests.control.operating import ADMIN, Operator

pytestmark = pytest.mark.anyio
ORDER = {"source": "web-shop", "count": 3, "within_seconds": 30}


async def track(running: Running, user: str, key: str = "wk-web") -> None:
    event = {"userId": user, "event": "Ping", "properties": {"coupon": user}}
    assert (await running.client.post("/v1/track", json=event, auth=(key, ""))).status_code == 200


async def recorded(operator: Operator, recording_id: str, count: int) -> list[dict[str, Any]]:
    """Its events, once there are so many."""
    for _ in range(100):
        if (await operator.get(f"recordings/{recording_id}"))["recorded"] >= count:
            break
        await anyio.sleep(0.05)
    events: list[dict[str, Any]] = (await operator.get(f"recordings/{recording_id}/events"))["events"]
    return events


async def test_events_of_a_source_are_recorded_masked_until_the_count_is_reached(
    running: Running, operator: Operator
) -> None:
    await track(running, "before")
    ordered = (await operator.call("POST", "recordings", ORDER)).json()
    assert (ordered["source"], ordered["recorded"], ordered["finished"]) == ("web-shop", 0, False)
    await track(running, "elsewhere", key="wk-ios")
    for user in ("ada-l", "ada-l", "bob-m", "eve-n"):
        await track(running, user)
    events = await recorded(operator, ordered["id"], 3)
    ids = [event["message"]["userId"] for event in events]
    assert (len(ids), ids[0] == ids[1], ids[1] == ids[2]) == (3, True, False)
    assert not any(name in json.dumps(events) for name in ("ada-l", "bob-m", "eve-n", "before", "elsewhere"))
    assert (await operator.get(f"recordings/{ordered['id']}"))["finished"] is True


async def test_pages_go_on_where_the_last_one_ended(running: Running, operator: Operator) -> None:
    ordered = (await operator.call("POST", "recordings", ORDER)).json()
    await track(running, "ada")
    (event,) = await recorded(operator, ordered["id"], 1)
    page = await operator.get(f"recordings/{ordered['id']}/events", after=event["id"])
    assert page == {"events": [], "next": event["id"]}


async def test_a_recording_that_is_ended_leaves_nothing(running: Running, operator: Operator) -> None:
    ordered = (await operator.call("POST", "recordings", ORDER)).json()
    await track(running, "ada")
    await recorded(operator, ordered["id"], 1)
    assert (await operator.call("DELETE", f"recordings/{ordered['id']}")).json()["removed"] is True
    assert (await operator.call("GET", f"recordings/{ordered['id']}")).status_code == 404
    assert await running.service.store.command("KEYS", "hr:samples:*") == []
    await running.service.runtime.recorder.refresh()
    assert running.service.runtime.recorder.active == ()


async def test_who_recorded_what_is_in_the_audit_log(operator: Operator) -> None:
    ordered = (await operator.call("POST", "recordings", ORDER)).json()
    await operator.call("DELETE", f"recordings/{ordered['id']}")
    entries = (await operator.get("audit"))["entries"]
    assert [(entry["act"]["action"], entry["act"]["target"]) for entry in entries[:2]] == [
        ("recording.end", f"web-shop {ordered['id']}"),
        ("recording.order", f"web-shop {ordered['id']}"),
    ]


async def test_the_key_of_the_hashes_is_told_to_nobody(operator: Operator) -> None:
    answer = await operator.call("POST", "recordings", ORDER)
    assert "key" not in answer.json()


WRONG = [
    ({"source": "web-shpo"}, 422, "/source"),
    ({"count": 0}, 422, "/count"),
    ({"count": 100_001}, 422, "/count"),
    ({"within_seconds": 86_401}, 422, "/within_seconds"),
    ({"rate": 0}, 422, "/rate"),
    ({"masking": {"traits": "keep"}}, 422, "/masking/traits"),
    ({"masking": {"ids": "keep"}}, 422, "/masking/ids"),
]


@pytest.mark.parametrize(("change", "status", "pointer"), WRONG, ids=[str(change) for change, _, _ in WRONG])
async def test_an_order_that_cannot_be_is_refused(
    operator: Operator, change: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await operator.call("POST", "recordings", ORDER | change)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)


async def test_only_ten_recordings_are_open_at_a_time(operator: Operator) -> None:
    answers = [(await operator.call("POST", "recordings", ORDER)).status_code for _ in range(11)]
    assert answers == [201] * 10 + [409]


async def test_a_place_that_is_none_is_refused(running: Running, operator: Operator) -> None:
    ordered = (await operator.call("POST", "recordings", ORDER)).json()
    path = f"/admin/v1/recordings/{ordered['id']}/events?after=x"
    assert (await running.client.get(path, headers=ADMIN)).status_code == 400
