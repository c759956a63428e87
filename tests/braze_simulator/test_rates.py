"""Rate limits: windows, buckets and the two header dialects."""

from typing import Any

import pytest

from router.braze_simulator.config import config_from
from router.braze_simulator.rates import Rates, Window, rate_headers, windows
from tests.braze_simulator.conftest import Braze, Start, event

pytestmark = pytest.mark.anyio
ONE = {"events": [event()]}


async def test_the_general_dialect_reports_epoch_seconds_on_every_answer(braze: Braze) -> None:
    answer = await braze.post("/users/track", ONE)
    assert {name: answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")} == {
        "limit": "3000",
        "remaining": "2999",
        "reset": "1768003203",
    }


async def test_one_request_too_many_is_429_until_the_window_ends(start: Start) -> None:
    braze = start(rate_plan="mau", mau={"hourly": 1000, "burst_3s": 2})
    for status in (201, 201, 429, 429):
        assert (await braze.post("/users/track", ONE)).status_code == status
    braze.workspace.clock.advance(3)
    assert (await braze.post("/users/track", ONE)).status_code == 201


async def test_a_429_of_the_general_dialect_has_the_same_headers(start: Start) -> None:
    braze = start(rate_plan="mau", mau={"hourly": 1, "burst_3s": 5})
    await braze.post("/users/track", ONE)
    answer = await braze.post("/users/track", ONE)
    assert answer.status_code == 429
    assert (answer.headers["x-ratelimit-remaining"], answer.headers["x-ratelimit-reset"]) == ("0", "1768006800")


async def test_the_mau_dialect_counts_down_and_says_only_when_to_retry(start: Start) -> None:
    braze = start(rate_plan="mau", mau={"hourly": 1, "burst_3s": 5}, header_dialect="mau-delta")
    braze.workspace.clock.advance(1800)
    accepted = await braze.post("/users/track", ONE)
    assert accepted.headers["x-ratelimit-reset"] == "1800"
    refused = await braze.post("/users/track", ONE)
    assert refused.status_code == 429
    assert [name for name in refused.headers if "ratelimit" in name] == ["x-ratelimit-retry-after"]
    assert refused.headers["x-ratelimit-retry-after"] == "1800"


async def test_failures_are_counted_but_requests_without_a_key_are_not(braze: Braze) -> None:
    await braze.post("/users/track", {})
    await braze.post("/users/track", ONE, Authorization="Bearer wrong")
    answer = await braze.post("/users/track", ONE)
    assert answer.headers["x-ratelimit-remaining"] == "2998"


async def test_five_endpoints_share_a_bucket(braze: Braze) -> None:
    for path in ("/users/identify", "/users/alias/new", "/users/alias/update", "/users/merge", "/users/delete"):
        await braze.post(path, {})
    assert (await braze.see("ratelimits"))["buckets"]["users20k"] == [{"limit": 20_000, "seconds": 60, "used": 5}]


@pytest.mark.parametrize(
    ("bucket", "settings", "expected"),
    [
        ("track", {}, (Window(3_000, 3),)),
        ("track", {"rate_plan": "legacy"}, (Window(50_000, 60),)),
        ("track", {"rate_plan": "mau"}, (Window(250_000, 3600), Window(3_000, 3))),
        ("track", {"rate_plan": "off"}, ()),
        ("users20k", {"rate_plan": "off"}, ()),
        ("bulk", {}, (Window(50, 1),)),
        ("sync", {}, (Window(500, 60),)),
        ("subset", {}, (Window(5_000, 60),)),
        ("export", {}, (Window(250, 60),)),
        ("export", {"export_onboarded_after_2024_08_22": False}, (Window(2_500, 60),)),
        ("shared250k", {}, (Window(250_000, 3600),)),
    ],
)
def test_a_bucket_has_the_documented_windows(bucket: Any, settings: dict[str, Any], expected: Any) -> None:
    assert windows(bucket, config_from(settings)) == expected


@pytest.mark.parametrize(("field", "limit"), [("email", "40"), ("campaigns_received", "250")])
async def test_an_export_of_few_fields_has_a_wider_window(braze: Braze, field: str, limit: str) -> None:
    body = {"external_ids": ["u1"], "fields_to_export": [field]}
    assert (await braze.post("/users/export/ids", body)).headers["x-ratelimit-limit"] == limit


def test_hourly_windows_start_at_the_top_of_the_hour() -> None:
    rates = Rates()
    limits = (Window(1, 3600),)
    standings = [rates.count("track", limits, now) for now in (3599, 3600, 3601)]
    assert [standing is not None and standing.allowed for standing in standings] == [True, True, False]


def test_no_limit_means_no_headers() -> None:
    assert rate_headers(Rates().count("track", (), 0.0), "general-epoch") == {}
