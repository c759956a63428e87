"""What a plan bills: the same as the local Braze books, however the users are shared out."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from policies.connection import Workspace, with_modes
from router.braze.objects import Item
from router.braze_simulator.app import create_app
from router.braze_simulator.config import Key, SimulatorConfig
from router.simulation.envelopes import read_envelopes
from router.simulation.outcome import DeviceCall, Outcome
from router.simulation.plan.bill import Bills, add_bills
from router.simulation.plan.costing import PARTITIONS, Share, cost_of
from router.simulation.plan.costs import costs_of
from router.simulation.plan.data_points import call_points, points_of
from router.simulation.plan.engines import count_costs
from router.simulation.plan.question import Question, ask
from router.simulation.plan.report import Cost
from router.simulation.plan.traffic import parts_of
from router.simulation.stateful import StatefulSimulation
from router.simulation.through_braze.sdk_entry import NAMES
from tests.simulation.plan.lines import line, one_source
from tests.simulation.plan.recount import write_traffic

EVENTS = "fixtures/events/shop.jsonl"


def billed(tmp_path: Path, old: Workspace, new: Workspace, *lines: bytes) -> Cost:
    """The one destination's costs for these lines."""
    (tmp_path / "traffic.jsonl").write_bytes(b"".join(lines))
    question = ask(old, new)
    (cost,) = costs_of(question, count_costs(question, parts_of([str(tmp_path / "traffic.jsonl")])))
    return cost


def identify(user: str = "u-1", **traits: Any) -> bytes:
    return line("identify", userId=user, context={"traits": traits})


PRICES: list[tuple[dict[str, Any], int]] = [
    ({"external_id": "u", "email": "a@x.io", "first_name": "A"}, 2),
    ({"external_id": "u", "email_subscribe": "subscribed", "push_subscribe": "opted_in"}, 0),
    ({"external_id": "u", "plan": None, "score": 3}, 2),
    ({"external_id": "u", "address": {"city": "K", "geo": {"lat": 1, "lon": 2}}}, 3),
    ({"external_id": "u", "tags": ["a", "b", "c"]}, 1),
    ({"external_id": "u", "rentals": [{"id": 1, "item": "x"}, {"id": 2, "item": "y"}]}, 4),
    ({"external_id": "u", "visits": {"inc": 2}}, 1),
    ({"external_id": "u", "tags": {"add": ["d", "e"]}}, 2),
    ({"external_id": "u", "rentals": {"$add": [{"id": 3, "item": "z"}]}}, 2),
]


@pytest.mark.parametrize(("body", "points"), PRICES, ids=[str(sorted(body)[-1]) for body, _ in PRICES])
def test_an_attribute_object_costs_what_the_local_braze_books(body: dict[str, Any], points: int) -> None:
    assert points_of(Item("attributes", body)) == points
    assert asyncio.run(booked([("/users/track", {"attributes": [body]})], [])) == points


def test_the_recorded_shop_costs_what_the_local_braze_books(quickstart: Workspace) -> None:
    device = with_modes(quickstart, {"web": "device", "android": "device", "ios": "device"})
    for workspace in (quickstart, device):
        envelopes = (envelope for _, envelope in read_envelopes(EVENTS))
        outcomes = list(StatefulSimulation(workspace).run(envelopes))
        question = ask(workspace, workspace)
        (cost,) = costs_of(question, count_costs(question, parts_of([EVENTS])))
        requests = [(request.path, request.body) for outcome in outcomes for request in outcome.requests]
        assert cost.before == cost.after
        assert cost.before.cloud_points == asyncio.run(booked(requests, []))
        assert cost.before.device_points == asyncio.run(booked([], outcomes))
    assert cost.before.device_points > 0


async def booked(requests: list[tuple[str, dict[str, Any]]], outcomes: list[Outcome]) -> int:
    """The data points that a local Braze books, and those of what it discards."""
    app = create_app(SimulatorConfig(keys={"key": Key(name="router")}, rate_plan="off"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://braze.local") as client:
        for path, body in requests:
            answer = await client.post(path, json=body, headers={"Authorization": "Bearer key"})
            assert answer.status_code < 300
        for outcome in outcomes:
            calls = [
                {"method": NAMES.get(call.method, call.method), "args": call.args} for call in outcome.device_calls
            ]
            answer = await client.post(
                "/_sim/sdk", json={"device_id": outcome.source_type, "calls": calls, "sdk": outcome.source_type}
            )
            assert answer.status_code == 200
    workspace = app.state.workspace
    return int(workspace.data_points.total + sum(row.would_bill for row in workspace.discards.rows))


def test_subscription_groups_and_tokens_cost_nothing() -> None:
    entry = {"subscription_group_id": "g", "subscription_state": "subscribed"}
    assert points_of(Item("attributes", {"external_id": "u", "subscription_groups": [entry], "push_tokens": [{}]})) == 0
    assert points_of(Item("subscriptions", entry)) == 0


def test_calls_that_only_name_the_user_cost_nothing() -> None:
    assert call_points(DeviceCall("changeUser", ["u"])) == 0
    assert call_points(DeviceCall("user.addToSubscriptionGroup", ["g"])) == 0
    assert call_points(DeviceCall("logCustomEvent", ["ecommerce.order_placed", {}])) == 0


@pytest.mark.parametrize("shares", [2, 3, PARTITIONS])
def test_however_the_users_are_shared_out_the_bill_is_the_same(
    quickstart: Workspace, tmp_path: Path, shares: int
) -> None:
    traffic = write_traffic(tmp_path / "traffic.jsonl", 1_500)
    question = ask(quickstart, with_modes(quickstart, {"web": "device"}))
    parts = tuple(parts_of([str(traffic)], part_bytes=300_000))
    assert shared(question, parts, shares) == shared(question, parts, 1)


def shared(question: Question, parts: Any, shares: int) -> Bills:
    """The sum of all shares."""
    total: Bills = {}
    for number in range(shares):
        add_bills(total, cost_of(question, parts, Share(number, shares)))
    return total


def test_repeats_are_counted_whether_trait_dedup_is_on_or_off(tmp_path: Path) -> None:
    old, new = one_source(mode="hybrid"), one_source(mode="hybrid", supportDedup=True)
    lines = [identify(plan="gold", city={"name": "K", "zip": 1})] * 3 + [identify(plan="silver")]
    cost = billed(tmp_path, old, new, *lines)
    for side in (cost.before, cost.after):
        assert (side.updates, side.repeats, side.repeat_points) == (7, 4, 6)
        assert side.top_repeats == (("city", 2), ("plan", 2))
    assert (cost.before.deduplicated, cost.before.cloud_points, cost.before.filtered) == (False, 10, 0)
    assert (cost.after.deduplicated, cost.after.cloud_points, cost.after.filtered) == (True, 4, 2)


def test_what_the_transform_refuses_and_an_sdk_throws_on_is_counted(tmp_path: Path) -> None:
    refused = line(event="", userId="u-1")
    cost = billed(tmp_path, one_source(mode="cloud"), one_source(mode="device"), refused, identify(a=1))
    assert (cost.before.refused, cost.after.refused) == (1, 0)
    assert (cost.before.cloud_points, cost.after.device_points) == (1, 1)


def test_a_repeated_message_costs_once(tmp_path: Path) -> None:
    repeated = line(event="Ping", userId="u-1", messageId="m-1")
    cost = billed(tmp_path, one_source(mode="cloud"), one_source(mode="hybrid"), repeated, repeated)
    assert (cost.before.objects, cost.after.objects) == ({"events": 1}, {"events": 1})


def test_requests_are_those_of_one_read_a_minute(tmp_path: Path) -> None:
    lines = [
        line(event="Ping", userId="u-1", timestamp=f"2026-05-04T08:0{minute}:00Z", messageId=f"m-{minute}-{n}")
        for minute in range(2)
        for n in range(80)
    ]
    cost = billed(tmp_path, one_source(mode="device"), one_source(mode="hybrid"), *lines)
    (peak,) = cost.after.requests
    assert (peak.path, peak.requests, peak.peak, peak.limit_per_minute, peak.exceeded) == (
        "/users/track",
        4,
        2,
        60_000,
        False,
    )
    assert cost.before.requests == ()


def test_lines_that_cannot_be_decided_cost_nothing(tmp_path: Path) -> None:
    lines = [b"{broken\n", b'{"source":"nobody","message":{"type":"track"}}\n', b"[]\n", identify(a=1)]
    assert billed(tmp_path, one_source(mode="cloud"), one_source(mode="cloud"), *lines).before.cloud_points == 1


def test_gzip_is_billed_like_plain(tmp_path: Path) -> None:
    (tmp_path / "traffic.jsonl.gz").write_bytes(gzip.compress(identify(a=1) + json.dumps({"type": "x"}).encode()))
    workspace = one_source(mode="cloud")
    question = ask(workspace, workspace)
    (cost,) = costs_of(question, count_costs(question, parts_of([str(tmp_path)])))
    assert cost.before.cloud_points == 1
