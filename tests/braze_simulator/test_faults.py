"""Faults on purpose: what a client sees, what was applied all the same, and which requests are met."""

from typing import Any

import httpx
import pytest

from router.braze_simulator.faults.rules import read_rules
from tests.braze_simulator.conftest import Braze, Start, event

pytestmark = pytest.mark.anyio
ONE = {"events": [event()]}


def applied(braze: Braze) -> int:
    profile = braze.workspace.directory.by_external_id.get("u1")
    return 0 if profile is None else profile.events["Hello"].count


@pytest.mark.parametrize(
    ("action", "status", "count"),
    [
        ({"kind": "status", "code": 503}, 503, 0),
        ({"kind": "status", "code": 504, "after_apply": True}, 504, 1),
        ({"kind": "rate_limit"}, 429, 0),
        ({"kind": "rate_limit", "burst_n": 1}, 201, 1),
        ({"kind": "delay", "ms": 1}, 201, 1),
        ({"kind": "delay", "dist": [0, 1]}, 201, 1),
        ({"kind": "non_json_2xx"}, 200, 1),
        ({"kind": "truncate_body"}, 201, 1),
        ({"kind": "message_not_success"}, 201, 1),
        ({"kind": "drop_apply"}, 201, 0),
        ({"kind": "duplicate_apply"}, 201, 2),
        ({"kind": "apply_delay", "seconds": 5}, 201, 0),
        ({"kind": "reorder", "min_seconds": 1, "max_seconds": 2}, 201, 0),
        ({"kind": "revoke_key"}, 401, 0),
        ({"kind": "remove_permission"}, 403, 0),
        ({"kind": "shrink_limit", "objects": 0}, 400, 0),
        ({"kind": "shrink_limit", "bytes": 10}, 413, 0),
        ({"kind": "partial_errors", "indexes": [0]}, 400, 0),
        ({"kind": "partial_errors", "indexes": [1]}, 201, 1),
    ],
)
async def test_an_action_does_what_it_says(braze: Braze, action: dict[str, Any], status: int, count: int) -> None:
    await braze.faults({"action": action})
    answer = await braze.post("/users/track", ONE)
    assert (answer.status_code, applied(braze)) == (status, count)
    assert (await braze.see("requests"))["requests"][0]["fault"] == "fault-1"


@pytest.mark.parametrize(
    ("action", "error", "count"),
    [
        ({"kind": "hang"}, httpx.ReadTimeout, 0),
        ({"kind": "reset"}, httpx.ConnectError, 0),
        ({"kind": "reset", "when": "after_apply"}, httpx.RemoteProtocolError, 1),
        ({"kind": "reset", "when": "mid_body"}, httpx.RemoteProtocolError, 1),
    ],
)
async def test_in_process_a_broken_connection_is_an_exception(
    braze: Braze, action: dict[str, Any], error: type[Exception], count: int
) -> None:
    await braze.faults({"action": action})
    with pytest.raises(error):
        await braze.post("/users/track", ONE)
    assert applied(braze) == count


async def test_broken_answers_cannot_be_read_as_success(braze: Braze) -> None:
    for action in ({"kind": "truncate_body"}, {"kind": "non_json_2xx"}):
        await braze.faults({"id": "one", "action": action})
        answer = await braze.post("/users/track", ONE)
        assert answer.is_success
        with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
            answer.json()
    await braze.faults({"id": "one", "action": {"kind": "message_not_success", "message": "queue full"}})
    assert (await braze.post("/users/track", ONE)).json()["message"] == "queue full"


async def test_a_status_carries_its_own_body_and_headers(braze: Braze) -> None:
    await braze.faults(
        {"action": {"kind": "status", "code": 503, "body": {"message": "busy"}, "headers": {"Retry-After": "7"}}}
    )
    answer = await braze.post("/users/track", ONE)
    assert (answer.json(), answer.headers["retry-after"]) == ({"message": "busy"}, "7")


@pytest.mark.parametrize(
    ("dialect", "headers"),
    [
        ("general-epoch", ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]),
        ("mau-delta", ["x-ratelimit-retry-after"]),
    ],
)
async def test_a_rate_limit_fault_lets_a_burst_through_and_speaks_both_dialects(
    braze: Braze, dialect: str, headers: list[str]
) -> None:
    await braze.faults({"action": {"kind": "rate_limit", "burst_n": 1, "retry_after": 10, "dialect": dialect}})
    assert (await braze.post("/users/track", ONE)).status_code == 201
    refused = await braze.post("/users/track", ONE)
    assert [name for name in refused.headers if "ratelimit" in name] == headers
    braze.workspace.clock.advance(10)
    assert (await braze.post("/users/track", ONE)).status_code == 201


async def test_partial_errors_refuse_single_objects(braze: Braze) -> None:
    action = {"kind": "partial_errors", "indexes": [0], "type": "bad luck", "input_array": "events"}
    await braze.faults({"action": action})
    answer = await braze.track(attributes=[{"external_id": "u1"}], events=[event(), event()])
    assert answer == {
        "message": "success",
        "attributes_processed": 1,
        "events_processed": 1,
        "errors": [{"type": "bad luck", "input_array": "events", "index": 0}],
    }


async def test_partial_errors_may_lack_an_index_and_strike_a_fraction(braze: Braze) -> None:
    await braze.faults({"action": {"kind": "partial_errors", "fraction": 0.5, "seed": 3, "unindexed": True}})
    first = await braze.track(events=[event() for _ in range(40)])
    again = await braze.track(events=[event() for _ in range(40)])
    assert first == again
    assert 0 < len(first["errors"]) < 40
    assert first["errors"][0] == {"type": "injected fault"}


@pytest.mark.parametrize(
    ("match", "met"),
    [
        ({}, True),
        ({"path": "/users/track"}, True),
        ({"path": "/users/*"}, True),
        ({"path": "/users/identify"}, False),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"key": "dev"}, True),
        ({"key": "other"}, False),
        ({"user": "u1"}, True),
        ({"user": "u9"}, False),
        ({"user": "anon"}, True),
        ({"object_index": 1}, True),
        ({"object_index": 2}, False),
        ({"object_index": 1, "user": "u2"}, True),
        ({"object_index": 1, "user": "u1"}, False),
        ({"contains": "Hello"}, True),
        ({"contains": "Goodbye"}, False),
    ],
)
async def test_a_rule_meets_the_requests_that_it_describes(braze: Braze, match: dict[str, Any], met: bool) -> None:
    await braze.faults({"match": match, "action": {"kind": "status", "code": 503}})
    attributes = [{"user_alias": {"alias_name": "anon", "alias_label": "rudder_id"}}]
    answer = await braze.post("/users/track", {"attributes": attributes, "events": [event("u1"), event("u2")]})
    assert answer.status_code == (503 if met else 201)


@pytest.mark.parametrize("path", ["/users/delete", "/v2/subscription/status/set", "/users/alias/new"])
async def test_a_rule_finds_users_in_every_kind_of_request(braze: Braze, path: str) -> None:
    await braze.faults({"match": {"user": "u1"}, "action": {"kind": "status", "code": 503}})
    bodies: dict[str, Any] = {
        "/users/delete": {"external_ids": ["u1"]},
        "/v2/subscription/status/set": {"subscription_groups": [{"external_ids": ["u1"]}]},
        "/users/alias/new": {"user_aliases": [{"alias_name": "u1", "alias_label": "x"}]},
    }
    assert (await braze.post(path, bodies[path])).status_code == 503


@pytest.mark.parametrize(
    ("window", "failures"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"skip": 4}, [4, 5]),
        ({"count": 2}, [0, 1]),
        ({"every": 3}, [0, 3]),
        ({"skip": 1, "every": 2, "count": 2}, [1, 3]),
        ({"until": "2026-01-10T00:00:03Z"}, [0, 1, 2]),
        ({"probability": 0.0}, []),
    ],
)
async def test_a_window_says_which_of_the_met_requests_fail(
    braze: Braze, window: dict[str, Any], failures: list[int]
) -> None:
    await braze.faults({"window": window, "action": {"kind": "status", "code": 503}})
    seen = []
    for number in range(6):
        if (await braze.post("/users/track", ONE)).status_code == 503:
            seen.append(number)
        braze.workspace.clock.advance(1)
    assert seen == failures


async def test_the_same_seed_fails_the_same_requests(start: Start) -> None:
    async def failures(seed: int) -> list[int]:
        braze = start()
        await braze.faults({"window": {"probability": 0.5, "seed": seed}, "action": {"kind": "status", "code": 503}})
        return [n for n in range(30) if (await braze.post("/users/track", ONE)).status_code == 503]

    assert await failures(1) == await failures(1)
    assert await failures(1) != await failures(2)


async def test_the_first_rule_that_acts_wins(braze: Braze) -> None:
    await braze.faults(
        {"match": {"path": "/users/identify"}, "action": {"kind": "status", "code": 500}},
        {"window": {"count": 1}, "action": {"kind": "status", "code": 502}},
        {"action": {"kind": "status", "code": 503}},
    )
    assert [(await braze.post("/users/track", ONE)).status_code for _ in range(2)] == [502, 503]


async def test_rules_can_be_seen_and_taken_away(braze: Braze) -> None:
    await braze.faults({"id": "mine", "action": {"kind": "status", "code": 503}}, {"action": {"kind": "hang"}})
    await braze.post("/users/track", ONE)
    shown = (await braze.see("faults"))["faults"]
    assert [(rule["id"], rule["matched"], rule["fired"]) for rule in shown] == [("mine", 1, 1), ("fault-2", 0, 0)]
    assert (await braze.client.delete("/_sim/faults/mine")).status_code == 200
    assert (await braze.client.delete("/_sim/faults/mine")).status_code == 404
    assert (await braze.client.delete("/_sim/faults")).status_code == 200
    assert (await braze.see("faults"))["faults"] == []


@pytest.mark.parametrize(
    "body", [{}, {"action": {"kind": "explode"}}, {"action": {"kind": "status"}}, [{"x": 1}], "x", None]
)
async def test_a_bad_rule_is_400_and_arms_nothing(braze: Braze, body: Any) -> None:
    answer = await braze.post("/_sim/faults", body)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert not braze.workspace.faults.armed


def test_a_scenario_is_one_rule_a_list_or_a_document() -> None:
    rule = {"action": {"kind": "hang"}}
    assert read_rules(rule) == read_rules([rule]) == read_rules({"faults": [rule]})


async def test_a_stale_export_shows_the_past(braze: Braze) -> None:
    await braze.set(plan="free", email="a@x.io")
    braze.workspace.clock.advance(100)
    await braze.set(plan="pro", email="b@x.io", age=3)
    await braze.track(events=[event()])
    await braze.faults({"action": {"kind": "stale_export", "seconds": 50}})
    body = {"external_ids": ["u1"], "fields_to_export": ["email", "custom_attributes", "custom_events"]}
    (user,) = (await braze.post("/users/export/ids", body)).json()["users"]
    assert user == {"email": "a@x.io", "custom_attributes": {"plan": "free"}}


async def test_an_ambiguous_success_and_its_repetition_show_as_a_duplicate(braze: Braze) -> None:
    await braze.faults({"window": {"count": 1}, "action": {"kind": "reset", "when": "after_apply"}})
    with pytest.raises(httpx.RemoteProtocolError):
        await braze.post("/users/track", ONE)
    await braze.post("/users/track", ONE)
    assert (await braze.see("duplicates"))["count"] == 1
