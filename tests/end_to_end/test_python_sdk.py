"""RudderStack's own Python SDK against a running gateway: all six types arrive in the local Braze."""

import subprocess
import sys

from tests.end_to_end.conftest import StartUp

PROGRAM = """
import sys
import rudderstack.analytics as analytics

analytics.write_key = "wk-server"
analytics.dataPlaneUrl = sys.argv[1]
analytics.on_error = lambda error, items: sys.exit(f"SDK error: {error}")
analytics.track(anonymous_id="an-1", event="Browsed", properties={"page": 1})
analytics.identify("u-1", {"email": "Ada@Example.org", "plan": "pro"}, anonymous_id="an-1")
analytics.track("u-1", "Plan Upgraded", {"plan": "pro", "price": 9.5})
analytics.page("u-1", "Docs", "Intro", {"url": "https://x.example/docs"})
analytics.screen("u-1", "Home", "Start", {"tab": 1})
analytics.group("u-1", "7a0a6a2e-0000-4000-8000-000000000001", {"email": "ada@example.org", "subscriptionState": "subscribed"})
analytics.identify("u-old", {"plan": "free"})
analytics.alias("u-old", "u-1")
analytics.shutdown()
"""


def test_the_python_sdk_delivers_all_six_types(start_up: StartUp) -> None:
    up = start_up("--demo").wait_until_ready()
    before = up.wait_until_settled(accepted=74)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, up.gateway], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    totals = up.wait_until_settled(accepted=before["accepted"] + 8)
    assert totals["delivered"] - before["delivered"] == 8
    (user,) = up.simulator("users?external_id=u-1")["users"]
    names = {event["name"] for event in user["custom_events"]}
    assert names >= {"Browsed", "Plan Upgraded", "Intro", "Start"}
    assert user["email"] == "ada@example.org"
    assert user["custom_attributes"]["plan"] == "pro"
    assert user["user_aliases"] == [{"alias_label": "rudder_id", "alias_name": "an-1"}]
    assert any(row["state"] == "subscribed" for row in user["subscriptions"])
    assert up.simulator("users?external_id=u-old")["users"] == []
