"""The order in which the REST host looks at a request, and its documented refusals."""

from typing import Any

import pytest

from tests.braze_simulator.conftest import Braze, Start, event

pytestmark = pytest.mark.anyio
ONE_EVENT = {"events": [event()]}
LIMITED_KEY = {"keys": {"k": {"permissions": ["users.identify"]}, "far": {"ip_allow": ["10.0.0.1"]}}}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/users/nope", 404), ("/users/track/", 404), ("/", 404), ("/_simulator", 404)],
)
async def test_an_unknown_path_is_404_even_without_a_key(braze: Braze, path: str, status: int) -> None:
    answer = await braze.client.post(path, json=ONE_EVENT, headers={"Authorization": ""})
    assert answer.status_code == status


async def test_a_trailing_slash_can_be_403(start: Start) -> None:
    answer = await start(trailing_slash_status=403).post("/users/track/", ONE_EVENT)
    assert answer.status_code == 403


async def test_a_wrong_method_is_405(braze: Braze) -> None:
    assert (await braze.client.get("/users/track")).status_code == 405


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Bearer ", "braze-simulator-key", "Basic braze-simulator-key"])
async def test_a_missing_or_wrong_key_is_401(braze: Braze, header: str) -> None:
    answer = await braze.client.post("/users/track", json=ONE_EVENT, headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (401, {"message": "Invalid API Key"})


@pytest.mark.parametrize("secret", ["k", "far"])
async def test_a_missing_permission_or_a_foreign_address_is_403(start: Start, secret: str) -> None:
    answer = await start(**LIMITED_KEY).post("/users/track", ONE_EVENT, Authorization=f"Bearer {secret}")
    assert answer.status_code == 403


async def test_a_key_does_what_its_permissions_say(start: Start) -> None:
    body = {"emails_to_identify": [{"external_id": "u1", "email": "a@x.io"}]}
    answer = await start(**LIMITED_KEY).post("/users/identify", body, Authorization="Bearer k")
    assert answer.status_code == 201


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
async def test_another_content_type_is_415(braze: Braze, content_type: str) -> None:
    answer = await braze.client.post("/users/track", content=b"{}", headers={"Content-Type": content_type})
    assert answer.status_code == 415


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_400_with_an_error_field(braze: Braze, raw: bytes) -> None:
    answer = await braze.client.post("/users/track", content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json() == {"error": "Error while parsing request body. Please check your syntax."}


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/users/track", 4_000_000, 201),
        ("/users/track", 4_000_001, 413),
        ("/users/track/bulk", 2_000_000, 201),
        ("/users/track/bulk", 2_000_001, 400),
        ("/users/identify", 4_000_001, 413),
    ],
)
async def test_bodies_may_have_4_megabytes_and_bulk_bodies_2(braze: Braze, path: str, size: int, status: int) -> None:
    raw = b'{"events":[{"external_id":"u1","name":"a","time":"2026-01-01T00:00:00Z"}]}'
    answer = await braze.client.post(
        path, content=raw + b" " * (size - len(raw)), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status


async def test_the_key_is_judged_before_the_body(braze: Braze) -> None:
    answer = await braze.client.post("/users/track", content=b"{", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("settings", "objects", "status"),
    [
        ({}, (75, 0, 0), 201),
        ({}, (25, 25, 25), 201),
        ({}, (25, 25, 26), 400),
        ({"track_limit_model": "legacy75x3"}, (75, 75, 75), 201),
        ({"track_limit_model": "legacy75x3"}, (0, 76, 0), 400),
        ({"track_limit_model": "combined50"}, (25, 25, 0), 201),
        ({"track_limit_model": "combined50"}, (25, 25, 1), 400),
        ({"track_limit_model": 5}, (2, 2, 1), 201),
        ({"track_limit_model": 5}, (2, 2, 2), 400),
    ],
)
async def test_the_number_of_objects_is_limited_as_the_model_says(
    start: Start, settings: dict[str, Any], objects: tuple[int, int, int], status: int
) -> None:
    body = {
        "attributes": [{"external_id": f"u{n}"} for n in range(objects[0])],
        "events": [event(f"u{n}") for n in range(objects[1])],
        "purchases": [
            {"external_id": f"u{n}", "product_id": "p", "currency": "USD", "price": 1, "time": "2026-01-01T00:00:00Z"}
            for n in range(objects[2])
        ],
    }
    answer = await start(**settings).post("/users/track", body)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["message"] == "Max Input Length Exceeded"


async def test_bulk_takes_1000_objects_but_only_100_for_one_user(braze: Braze) -> None:
    spread = [event(f"u{n % 10}", f"e{n}") for n in range(1000)]
    assert (await braze.post("/users/track/bulk", {"events": spread})).json()["events_processed"] == 1000
    assert (await braze.post("/users/track/bulk", {"events": [*spread, event()]})).status_code == 400
    assert (await braze.post("/users/track/bulk", {"events": [event()] * 101})).status_code == 400


@pytest.mark.parametrize("path", ["/users/track/bulk", "/users/track/sync"])
async def test_beta_endpoints_can_be_off(start: Start, path: str) -> None:
    answer = await start(bulk_enabled=False, sync_enabled=False).post(path, ONE_EVENT)
    assert answer.status_code == 403


async def test_unknown_top_level_keys_are_tolerated(braze: Braze) -> None:
    answer = await braze.post("/users/track", {**ONE_EVENT, "partner": "RudderStack"})
    assert answer.json() == {"message": "success", "events_processed": 1}


async def test_undocumented_wording_is_marked(braze: Braze) -> None:
    documented = await braze.client.post("/users/track", json=ONE_EVENT, headers={"Authorization": ""})
    ours = await braze.post("/users/nope", {})
    assert "x-sim-synthetic" not in documented.headers
    assert ours.headers["x-sim-synthetic"] == "body"
