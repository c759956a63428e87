"""What-if: one event, with the connections in force or as they might be."""

from typing import Any

import pytest

from tests.conftest import Running
from tests.control.operating import ADMIN

pytestmark = pytest.mark.anyio

MESSAGE = {"type": "track", "event": "Order Completed", "userId": "u", "messageId": "m"}
EVENT = {"source": "web-shop", "message": MESSAGE}


async def simulated(running: Running, body: Any) -> dict[str, Any]:
    """The one outcome of a body."""
    answer = await running.client.post("/admin/v1/simulate", json=body, headers=ADMIN)
    assert answer.status_code == 200, answer.text
    (outcome,) = answer.json()
    found: dict[str, Any] = outcome
    return found


async def test_an_overlay_of_modes_holds_for_this_event_alone(running: Running) -> None:
    outcome = await simulated(running, {"event": EVENT, "overlay": {"modes": {"web": "device"}}})
    assert (outcome["mode"], outcome["cloud"]["rule"]) == ("device", "cloud/device-mode")
    assert (await simulated(running, EVENT))["mode"] == "hybrid"
    assert (await running.service.store.totals()).accepted == 0


async def test_an_empty_overlay_changes_nothing(running: Running) -> None:
    assert await simulated(running, {"event": EVENT, "overlay": {}}) == await simulated(running, EVENT)


async def test_an_overlay_of_config_is_a_merge_patch(running: Running) -> None:
    patch = {"eventFilteringOption": "whitelistedEvents", "whitelistedEvents": [{"eventName": "Other"}]}
    overlay = {"config": {"braze-eu": patch}, "modes": {"web": "device"}}
    outcome = await simulated(running, {"event": EVENT, "overlay": overlay})
    assert outcome["device"] == {"verdict": "block", "rule": "device/event-filter"}


async def test_an_overlay_may_start_from_an_earlier_revision_and_another_rule_set(running: Running) -> None:
    first = running.service.runtime.table.revision
    switch = {"modes": {"web": "device"}, "reason": "for the test"}
    path = "/admin/v1/connections/web-shop:braze-eu/modes"
    assert (await running.client.post(path, json=switch, headers=ADMIN)).status_code == 200
    assert (await simulated(running, EVENT))["mode"] == "device"
    overlay = {"revision": first, "ruleset": "rudderstack"}
    outcome = await simulated(running, {"event": EVENT, "overlay": overlay})
    assert outcome["mode"] == "hybrid"
    assert "cloud/hybrid-filter" in {step["rule"] for step in outcome["steps"]}


async def test_a_bare_message_may_be_of_any_source_type(running: Running) -> None:
    body = {"event": MESSAGE, "overlay": {"modes": {"flutter": "device"}}, "source_type": "flutter"}
    outcome = await simulated(running, body)
    assert (outcome["source_type"], outcome["mode"]) == ("flutter", "device")


async def test_a_mode_that_the_type_does_not_support_is_looked_at_all_the_same(running: Running) -> None:
    body = {"event": MESSAGE, "overlay": {"modes": {"flutter": "hybrid"}}, "source_type": "flutter"}
    assert (await simulated(running, body))["device"]["rule"] == "device/mode-unsupported"


async def test_a_message_with_a_key_called_overlay_is_a_message(running: Running) -> None:
    assert (await simulated(running, {**MESSAGE, "overlay": {"modes": {"web": "device"}}}))["message_id"] == "m"


@pytest.mark.parametrize(
    ("body", "pointer", "told"),
    [
        ({"modes": {"webb": "device"}}, "/overlay/modes/webb", "`webb` is no source type; did you mean `web`?"),
        ({"modes": {"web": "hybird"}}, "/overlay/modes/web", "did you mean `hybrid`?"),
        ({"modes": {"a/b": "cloud"}}, "/overlay/modes/a~1b", "is no source type"),
        ({"config": {"braze-us": {}}}, "/overlay/config/braze-us", "did you mean `braze-eu`?"),
        (
            {"config": {"braze-eu": {"dataCenter": "X"}}},
            "/overlay/config/braze-eu/dataCenter",
            "is no Braze data centre",
        ),
        ({"ruleset": "mine"}, "/overlay/ruleset", "enum"),
        ({"revision": "nope"}, "/overlay/revision", "there is no revision `nope`"),
        ({"mode": {}}, "/overlay/mode", "unknown field"),
    ],
)
async def test_an_overlay_that_cannot_be_names_the_place(
    running: Running, body: dict[str, Any], pointer: str, told: str
) -> None:
    answer = await running.client.post("/admin/v1/simulate", json={"event": EVENT, "overlay": body}, headers=ADMIN)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], told in error["detail"]) == (pointer, True), error


async def test_an_overlay_without_an_event_is_missing_one(running: Running) -> None:
    answer = await running.client.post("/admin/v1/simulate", json={"overlay": {}}, headers=ADMIN)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/event"]


@pytest.mark.parametrize(
    "message",
    [
        '{"type":"track","userId":"u","event":"\\ud800"}',
        '{"type":"identify","userId":"\\udfff","traits":{"a":"\\ud800"}}',
        '{"type":"track","userId":"u","event":"x","properties":{"n":1e999}}',
        '{"type":"track","userId":"u","event":"x","properties":{"n":' + "9" * 5000 + "}}",
        '{"type":"identify","userId":"u","traits":' + '{"a":' * 900 + "1" + "}" * 900 + "}",
        '{"type":"\\u0000","userId":1e400}',
        '{"event":{"type":"track"},"overlay":{"config":{"braze-eu":{"\\ud800":1}}}}',
    ],
)
async def test_whatever_an_event_holds_the_answer_is_no_defect(running: Running, message: str) -> None:
    answer = await running.client.post("/admin/v1/simulate", content=message, headers=ADMIN)
    assert answer.status_code in (200, 400, 422), answer.text
