"""What /_sim shows and steers, who may see it, and that no key ever shows."""

import json
from typing import Any

import httpx
import pytest

from router.braze_simulator.app import CHANGERS, READERS, create_app
from router.braze_simulator.config import DEFAULT_KEY, config_from
from tests.braze_simulator.conftest import Braze, Start, alias, event

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("query", "users"),
    [
        ("", ["u1", "u2", "rudder_id:anon"]),
        ("external_id=u1", ["u1"]),
        ("external_id=nobody", []),
        ("email=A@X.io", ["u1", "u2"]),
        ("email=a@x.io&external_id=u2", ["u2"]),
        ("phone=%2B4940123456", ["u2"]),
        ("alias=anon", ["rudder_id:anon"]),
        ("alias=rudder_id:anon", ["rudder_id:anon"]),
        ("q=U", ["u1", "u2"]),
        ("q=ANO", ["rudder_id:anon"]),
        ("limit=1", ["u1"]),
    ],
)
async def test_users_are_found_by_what_they_are_called(braze: Braze, query: str, users: list[str]) -> None:
    await braze.set("u1", email="a@x.io")
    await braze.set("u2", email="a@x.io", phone="+4940123456")
    await braze.track(attributes=[{"user_alias": alias("anon"), "_update_existing_only": False}])
    assert [user["user"] for user in (await braze.see(f"users?{query}"))["users"]] == users


async def test_a_user_is_found_by_braze_id_or_not_at_all(braze: Braze) -> None:
    await braze.set()
    found = braze.user().braze_id
    assert (await braze.see(f"users?braze_id={found}"))["count"] == 1
    assert (await braze.client.get(f"/_sim/users/{'0' * 24}")).status_code == 404


async def test_requests_can_be_narrowed_and_opened(braze: Braze) -> None:
    await braze.track(events=[event()])
    await braze.post("/users/identify", {})
    assert [row["path"] for row in (await braze.see("requests?status=400"))["requests"]] == ["/users/identify"]
    assert (await braze.see("requests?path=/users/track&since=2026-01-09"))["count"] == 1
    assert (await braze.see("requests?since=2026-01-11"))["count"] == 0
    (row,) = (await braze.see("requests?path=/users/track"))["requests"]
    opened = await braze.see(f"requests/{row['id']}")
    assert opened["body"] == {"events": [event()]}
    assert opened["response"] == {"message": "success", "events_processed": 1}
    assert opened["outcomes"] == [{"array": "event", "index": 0, "outcome": "accepted"}]
    assert (await braze.client.get("/_sim/requests/none")).status_code == 404


async def test_the_ledgers_forget_bodies_and_then_requests_but_not_their_number(start: Start) -> None:
    braze = start(retention={"requests": 3, "body_bytes": 150})
    for _ in range(5):
        await braze.track(events=[event()])
    shown = await braze.see("requests")
    assert (shown["count"], shown["totals"]) == (3, [{"path": "/users/track", "status": 201, "count": 5}])
    bodies = [(await braze.see(f"requests/{row['id']}"))["body"] for row in shown["requests"]]
    assert [body is None for body in bodies] == [True, True, False]


async def test_events_of_all_users_are_listed_by_name_user_kind_and_path(braze: Braze) -> None:
    await braze.track(events=[event("u1"), event("u2"), event("u2", "Bye")])
    for query, count in (("", 3), ("name=Hello", 2), ("user=u2", 2), ("user=u2&name=Bye", 1), ("path=device", 0)):
        assert (await braze.see(f"events?{query}"))["count"] == count


async def test_discards_can_be_narrowed(braze: Braze) -> None:
    await braze.set("u1", time_zone="Mars", nested={"a": None})
    await braze.set("u2", time_zone="Mars")
    assert (await braze.see("discards?reason=nested-null"))["count"] == 1
    assert (await braze.see("discards?user=u1"))["count"] == 2
    assert (await braze.see("discards"))["by_reason"] == {"unknown-time-zone": 2, "nested-null": 1}


async def test_the_key_shows_nowhere(braze: Braze) -> None:
    legacy = {"api_key": DEFAULT_KEY, "events": [event()]}
    await braze.post(f"/users/track?api_key={DEFAULT_KEY}", legacy, X_Copy=DEFAULT_KEY)
    (row,) = (await braze.see("requests"))["requests"]
    paths = [
        *(path for path in READERS if "{" not in path),
        f"/requests/{row['id']}",
        f"/users/{braze.user().braze_id}",
        "/",
    ]
    for path in paths:
        shown = await braze.client.get(f"/_sim{path}")
        assert shown.status_code == 200
        assert DEFAULT_KEY not in shown.text
    assert DEFAULT_KEY not in repr(braze.workspace.config)
    assert braze.workspace.requests.records[row["id"]].headers["x-copy"] == "[key]"


async def test_reset_forgets_everything_but_settings_clock_and_rules(start: Start) -> None:
    braze = start(success_status=200)
    await braze.post("/users/track", {"events": [event()]})
    await braze.faults({"action": {"kind": "status", "code": 503}})
    braze.workspace.clock.advance(5)
    await braze.post("/_sim/reset", None)
    health = await braze.see("health")
    assert (health["users"], health["requests"], health["now"]) == (0, 0, "2026-01-10T00:00:05.000Z")
    assert (await braze.see("config"))["success_status"] == 200
    assert len((await braze.see("faults"))["faults"]) == 1
    await braze.post("/_sim/reset", {"faults": True})
    assert (await braze.see("faults"))["faults"] == []


async def test_the_clock_moves_forward_only(braze: Braze) -> None:
    assert (await braze.post("/_sim/clock", {"advance": 1.5})).json() == {"now": "2026-01-10T00:00:01.500Z"}
    assert (await braze.post("/_sim/clock", {"set": "2026-02-01"})).json() == {"now": "2026-02-01T00:00:00.000Z"}
    bodies: list[Any] = [{"advance": -1}, {"set": "2026-01-01"}, {"set": "soon"}, {"advance": "x"}, {}, None, []]
    for body in bodies:
        assert (await braze.post("/_sim/clock", body)).status_code == 400


async def test_settings_change_while_it_runs_and_bad_ones_change_nothing(braze: Braze) -> None:
    shown = (await braze.post("/_sim/config", {"track_limit_model": 1, "limits": {"entries": 2}})).json()
    assert (shown["track_limit_model"], shown["limits"]["entries"], shown["limits"]["array_items"]) == (1, 2, 500)
    assert (await braze.post("/users/track", {"events": [event(), event()]})).status_code == 400
    bodies: list[Any] = [{"limits": {"entries": "many"}}, {"no_such_setting": 1}, []]
    for body in bodies:
        assert (await braze.post("/_sim/config", body)).status_code == 400
    assert (await braze.see("config"))["limits"]["entries"] == 2


async def test_a_changed_consistency_keeps_what_waits(start: Start) -> None:
    braze = start(consistency={"mode": "manual"})
    await braze.set(plan="pro")
    await braze.post("/_sim/config", {"consistency": {"mode": "immediate"}})
    await braze.post("/_sim/settle", None)
    assert braze.user().custom == {"plan": "pro"}


async def test_seeding_passes_limits_and_sets_marks(braze: Braze) -> None:
    users = [{"external_id": f"u{n}", "is_test": True, "attributes": {"plan": "pro"}} for n in range(80)]
    answer = await braze.post("/_sim/seed", {"users": users, "events": [event()]})
    assert answer.json() == {"message": "seeded", "objects": 81}
    assert braze.user("u79").is_test
    bodies: list[Any] = [{"events": [{}]}, {"users": [{"x": 1}]}, []]
    for body in bodies:
        assert (await braze.post("/_sim/seed", body)).status_code == 400


async def everything(braze: Braze) -> None:
    """A bit of every kind of state."""
    await braze.set(
        "u1", email="a@x.io", tags=["a"], push_tokens=[{"app_id": "app", "token": "t1", "device_id": "device-1"}]
    )
    await braze.set("u2", phone="+4940123456", time_zone="Mars")
    await braze.track(events=[event("u1"), event("u1", time="2026-01-01T00:00:00Z")])
    entry = {"subscription_group_id": "g", "subscription_state": "subscribed", "emails": ["a@x.io", "nobody@x.io"]}
    await braze.post("/v2/subscription/status/set", {"subscription_groups": [entry]})
    await braze.post("/_sim/sdk", {"device_id": "d1", "calls": [{"method": "changeUser", "args": ["u3"]}]})
    pair = {"identifier_to_merge": {"external_id": "u2"}, "identifier_to_keep": {"external_id": "u1"}}
    await braze.post("/users/merge", {"merge_updates": [pair]})
    await braze.faults({"action": {"kind": "apply_delay", "seconds": 60}})
    await braze.set("u1", late=True)


async def test_a_snapshot_goes_out_and_comes_back(start: Start) -> None:
    braze, other = start(), start()
    await everything(braze)
    snapshot = await braze.see("snapshot")
    assert (await other.post("/_sim/snapshot", snapshot)).status_code == 200
    assert json.dumps(await other.see("snapshot")) == json.dumps(snapshot)
    await other.track(events=[{"email": "a@x.io", "name": "Hello", "time": "2026-01-02T10:00:00Z"}])
    other.workspace.clock.advance(60)
    await other.post("/_sim/settle", None)
    assert other.user("u1").events["Hello"].count == 3
    assert other.user("u1").custom["late"] is True


async def test_the_same_work_gives_the_same_snapshot(start: Start) -> None:
    first, second = start(), start()
    for braze in (first, second):
        await everything(braze)
    assert json.dumps(await first.see("snapshot")) == json.dumps(await second.see("snapshot"))


@pytest.mark.parametrize("body", [None, {}, {"version": 2}, []])
async def test_a_bad_snapshot_changes_nothing(braze: Braze, body: Any) -> None:
    await braze.set()
    assert (await braze.post("/_sim/snapshot", body)).status_code == 400
    assert braze.user().identified


@pytest.mark.parametrize("path", sorted(CHANGERS))
async def test_a_body_that_is_no_json_is_400(braze: Braze, path: str) -> None:
    assert (await braze.client.post(f"/_sim{path}", content=b"{")).status_code == 400


@pytest.mark.parametrize(
    ("token", "client", "headers", "status"),
    [
        (None, "127.0.0.1", {}, 200),
        (None, "::1", {}, 200),
        (None, "192.0.2.7", {}, 403),
        (None, "192.0.2.7", {"Authorization": f"Bearer {DEFAULT_KEY}"}, 403),
        ("sesame", "127.0.0.1", {}, 401),
        ("sesame", "192.0.2.7", {"Authorization": "Bearer sesame"}, 200),
        ("sesame", "192.0.2.7", {"Authorization": "Basic OnNlc2FtZQ=="}, 200),
        ("sesame", "192.0.2.7", {"Authorization": "Basic !"}, 401),
        ("sesame", "192.0.2.7", {"Authorization": f"Bearer {DEFAULT_KEY}"}, 401),
    ],
)
async def test_only_this_machine_or_the_control_token_sees_inside(
    token: str | None, client: str, headers: dict[str, str], status: int
) -> None:
    app = create_app(config_from({"control_token": token}))
    transport = httpx.ASGITransport(app=app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://braze", headers=headers) as http:
        assert (await http.get("/_sim/users")).status_code == status
        assert (await http.get("/_sim/")).status_code == status
        assert "sesame" not in (await http.get("/_sim/config")).text
