"""RudderStack's own web SDK in headless Chromium: it takes its instructions from /sourceConfig and sends its events to the gateway."""

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import StartUp, UpProcess
from tests.end_to_end.node_programs import shop_browser

CALLS: list[list[Any]] = [
    ["page", "Docs", "Intro", {"chapter": 1}],
    ["track", "Plan Viewed", {"plan": "pro"}],
    ["identify", "js-old", {"plan": "free"}],
    ["reset", True],
    ["track", "Browsed Again"],
    ["identify", "js-1", {"email": "Js@Example.org", "plan": "pro"}],
    ["group", "7a0a6a2e-0000-4000-8000-000000000001", {"email": "js@example.org", "subscriptionState": "subscribed"}],
    ["track", "Plan Upgraded", {"plan": "pro", "price": 9.5}],
    ["alias", "js-1", "js-old"],
]
SENT = len(CALLS) - 1


def _connections(fixtures: Path, folder: Path, web_mode: str) -> str:
    text = (fixtures / "connections" / "quickstart.yaml").read_text()
    path = folder / f"{web_mode}.yaml"
    path.write_text(text.replace("web: hybrid", f"web: {web_mode}"))
    return str(path)


def _asked(up: UpProcess, calls: list[list[Any]], *, beacon: bool = False) -> dict[str, Any]:
    return {"gateway": up.gateway, "writeKey": "wk-web", "useBeacon": beacon, "calls": calls}


def test_in_hybrid_every_event_arrives_by_the_cloud_and_the_device_gets_no_secret(
    start_up: StartUp, pytestconfig: pytest.Config, fixtures: Path, tmp_path: Path
) -> None:
    visit = shop_browser(pytestconfig, tmp_path / "profile")
    up = start_up("--connections", _connections(fixtures, tmp_path, "hybrid")).wait_until_ready()
    seen = visit(_asked(up, CALLS))
    assert seen["problems"] == []
    assert seen["answers"] == [["GET", "/sourceConfig/", 200]] + [
        ["POST", f"/v1/{call[0]}", 200] for call in CALLS if call[0] != "reset"
    ]
    config = seen["device"]["config"]
    assert config["connectionMode"] == "hybrid"
    assert config["appKey"] == "5d1c0f7e-2b48-4c93-9e6a-d80b7f31a264"
    assert "restApiKey" not in config
    assert len(seen["device"]["calls"]) == SENT
    assert up.wait_until_settled(accepted=SENT)["delivered"] == SENT
    (user,) = up.simulator("users?external_id=js-1")["users"]
    names = {event["name"] for event in user["custom_events"]}
    assert names == {"Intro", "Plan Viewed", "Browsed Again", "Plan Upgraded"}
    assert user["email"] == "js@example.org"
    assert user["custom_attributes"]["plan"] == "pro"
    assert user["user_aliases"] == [{"alias_label": "rudder_id", "alias_name": seen["anonymousId"]}]
    assert any(row["state"] == "subscribed" for row in user["subscriptions"])
    assert up.simulator("users?external_id=js-old")["users"] == []


def test_what_a_page_sends_by_beacon_when_it_is_left_arrives(
    start_up: StartUp, pytestconfig: pytest.Config, fixtures: Path, tmp_path: Path
) -> None:
    visit = shop_browser(pytestconfig, tmp_path / "profile")
    up = start_up("--connections", _connections(fixtures, tmp_path, "hybrid")).wait_until_ready()
    calls = [["identify", "js-2", {"plan": "pro"}], ["track", "Page Left", {"after_seconds": 3}]]
    seen = visit(_asked(up, calls, beacon=True))
    assert seen["problems"] == []
    assert up.wait_until_settled(accepted=2)["delivered"] == 2
    assert [event["name"] for event in up.simulator("events")["events"]] == ["Page Left"]


def test_a_switched_mode_is_picked_up_at_the_next_load(
    start_up: StartUp, pytestconfig: pytest.Config, fixtures: Path, tmp_path: Path
) -> None:
    visit = shop_browser(pytestconfig, tmp_path / "profile")
    up = start_up("--connections", _connections(fixtures, tmp_path, "hybrid")).wait_until_ready()
    started: list[Any] = []
    blocked: list[int] = []
    for number, mode in enumerate(("hybrid", "cloud", "device"), 1):
        up.admin("POST", "connections/web-shop:braze-eu/modes", {"modes": {"web": mode}, "reason": f"visit {number}"})
        seen = visit(_asked(up, [["track", f"Visit {number}"]]))
        started.append(seen["device"]["config"] and seen["device"]["config"]["connectionMode"])
        blocked.append(up.wait_until_settled(accepted=number)["blocked"])
    assert started == ["hybrid", None, "device"]
    assert blocked == [0, 0, 1]
