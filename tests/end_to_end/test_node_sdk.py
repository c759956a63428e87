"""RudderStack's own Node SDK against a running gateway: all six types arrive in the local Braze."""

import pytest

from tests.end_to_end.conftest import StartUp
from tests.end_to_end.node_programs import node_program


def test_the_node_sdk_delivers_all_six_types(start_up: StartUp, pytestconfig: pytest.Config) -> None:
    run_sdk = node_program(pytestconfig, "server_sdk.mjs")
    up = start_up("--demo").wait_until_ready()
    before = up.wait_until_settled(accepted=74)
    run = run_sdk(up.gateway, "wk-server")
    assert (run.returncode, run.stderr) == (0, "")
    totals = up.wait_until_settled(accepted=before["accepted"] + 8)
    assert totals["delivered"] - before["delivered"] == 8
    (user,) = up.simulator("users?external_id=node-1")["users"]
    assert {event["name"] for event in user["custom_events"]} >= {"Browsed", "Plan Upgraded", "Intro", "Start"}
    assert user["email"] == "node@example.org"
    assert user["custom_attributes"]["plan"] == "pro"
    assert user["user_aliases"] == [{"alias_label": "rudder_id", "alias_name": "node-an-1"}]
    assert any(row["state"] == "subscribed" for row in user["subscriptions"])
    assert up.simulator("users?external_id=node-old")["users"] == []
