"""/users/export/ids and /users/track/sync: the two ways to read back."""

from typing import Any

import pytest

from tests.braze_simulator.conftest import Braze, Start, alias, event, purchase

pytestmark = pytest.mark.anyio


async def export(braze: Braze, fields: list[str] | None = None, **asked: Any) -> Any:
    body = asked if fields is None else {**asked, "fields_to_export": fields}
    answer = await braze.post("/users/export/ids", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_export_has_the_asked_fields_that_have_a_value(braze: Braze) -> None:
    await braze.set(email="A@X.io", first_name="Ann", plan="321", age=107)
    answer = await export(
        braze,
        ["external_id", "email", "first_name", "last_name", "custom_attributes", "created_at"],
        external_ids=["u1", "nobody"],
    )
    assert answer == {
        "message": "success",
        "users": [
            {
                "external_id": "u1",
                "email": "a@x.io",
                "first_name": "Ann",
                "custom_attributes": {"plan": "321", "age": 107},
                "created_at": "2026-01-10 00:00:00.000 UTC",
            }
        ],
        "invalid_user_ids": ["nobody"],
    }


async def test_exported_counts_are_those_of_the_last_90_days(braze: Braze) -> None:
    await braze.track(
        events=[event(time="2025-09-01T00:00:00Z"), event(), event()],
        purchases=[purchase(quantity=3), purchase(time="2025-09-01T00:00:00Z")],
    )
    (user,) = (await export(braze, ["custom_events", "purchases"], external_ids=["u1"]))["users"]
    moment = "2026-01-02T10:00:00.000Z"
    assert user["custom_events"] == [{"name": "Hello", "first": moment, "last": moment, "count": 2}]
    assert user["purchases"] == [{"name": "p1", "first": moment, "last": moment, "count": 3}]


@pytest.mark.parametrize(
    "asked",
    [
        {"external_ids": ["u0"]},
        {"user_aliases": [alias("anon")]},
        {"email_address": "A@X.IO"},
        {"phone": "+4940123456"},
        {"device_id": "device-01"},
    ],
)
async def test_a_user_is_exported_by_any_identifier_and_shows_the_primary_id(braze: Braze, asked: Any) -> None:
    tokens = [{"app_id": "app", "token": "t", "device_id": "device-01"}]
    await braze.set("u0", email="a@x.io", phone="+4940123456", push_tokens=tokens)
    await braze.post("/users/alias/new", {"user_aliases": [{"external_id": "u0", **alias("anon")}]})
    await braze.post(
        "/users/external_ids/rename", {"external_id_renames": [{"current_external_id": "u0", "new_external_id": "u1"}]}
    )
    assert (await export(braze, ["external_id"], **asked))["users"] == [{"external_id": "u1"}]


async def test_newer_accounts_must_name_their_fields(start: Start) -> None:
    assert (await start().post("/users/export/ids", {"external_ids": ["u1"]})).status_code == 400
    older = start(export_onboarded_after_2024_08_22=False)
    await older.set(plan="pro")
    assert (await export(older, external_ids=["u1"]))["users"][0]["external_id"] == "u1"


@pytest.mark.parametrize(
    "body", [{"fields_to_export": ["email"]}, {"external_ids": ["u1"], "fields_to_export": ["no"]}]
)
async def test_an_export_of_nobody_or_of_unknown_fields_is_400(braze: Braze, body: dict[str, Any]) -> None:
    assert (await braze.post("/users/export/ids", body)).status_code == 400


async def test_an_export_reads_applied_state_only(start: Start) -> None:
    braze = start(consistency={"mode": "manual"})
    await braze.set(plan="pro")
    assert (await export(braze, ["external_id"], external_ids=["u1"]))["users"] == []
    await braze.post("/_sim/settle", None)
    assert (await export(braze, ["external_id"], external_ids=["u1"]))["users"] == [{"external_id": "u1"}]


@pytest.mark.parametrize(
    ("arrays", "echo"),
    [
        (
            {"attributes": [{"external_id": "u1", "plan": "pro", "age": 3}]},
            {"custom_attributes": {"plan": "pro", "age": 3}},
        ),
        (
            {"events": [event()]},
            {
                "custom_events": [
                    {
                        "name": "Hello",
                        "first": "2026-01-02T10:00:00.000Z",
                        "last": "2026-01-02T10:00:00.000Z",
                        "count": 1,
                    }
                ]
            },
        ),
        (
            {"purchases": [purchase()]},
            {
                "purchase_events": [
                    {
                        "product_id": "p1",
                        "first": "2026-01-02T10:00:00.000Z",
                        "last": "2026-01-02T10:00:00.000Z",
                        "count": 1,
                    }
                ]
            },
        ),
    ],
)
async def test_sync_answers_with_the_result(braze: Braze, arrays: dict[str, Any], echo: dict[str, Any]) -> None:
    answer = await braze.post("/users/track/sync", arrays)
    assert answer.status_code == 201
    assert answer.json() == {"users": [{"external_id": "u1", **echo}], "message": "success"}


async def test_sync_first_applies_what_waits_for_the_user(start: Start) -> None:
    braze = start(consistency={"mode": "manual"})
    await braze.set("u1", visits={"inc": 1})
    await braze.set("u2", visits={"inc": 1})
    answer = await braze.post("/users/track/sync", {"attributes": [{"external_id": "u1", "visits": {"inc": 1}}]})
    assert answer.json()["users"] == [{"external_id": "u1", "custom_attributes": {"visits": 2}}]
    assert "u2" not in braze.workspace.directory.by_external_id


async def test_sync_of_a_missing_update_only_user_has_no_users(braze: Braze) -> None:
    answer = await braze.post(
        "/users/track/sync", {"attributes": [{"external_id": "u1", "_update_existing_only": True}]}
    )
    assert answer.json() == {"users": [], "message": "success"}


@pytest.mark.parametrize(
    "arrays", [{"events": [event(), event()]}, {"events": [event()], "purchases": [purchase()]}, {}, {"events": [{}]}]
)
async def test_sync_takes_exactly_one_valid_object(braze: Braze, arrays: dict[str, Any]) -> None:
    assert (await braze.post("/users/track/sync", arrays)).status_code == 400
