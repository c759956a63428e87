"""Subscription groups: state belongs to an address, also before anybody has it."""

from typing import Any

import pytest

from tests.braze_simulator.conftest import Braze, Start

pytestmark = pytest.mark.anyio
GROUP = "b5a3c1d2-1111-4222-8333-444455556666"
DAYS = 86_400


async def set_v2(braze: Braze, state: str = "subscribed", group: str = GROUP, **users: Any) -> None:
    entry = {"subscription_group_id": group, "subscription_state": state, **users}
    answer = await braze.post("/v2/subscription/status/set", {"subscription_groups": [entry]})
    assert (answer.status_code, answer.json()) == (201, {"message": "success"})


async def status(braze: Braze, group: str = GROUP, **users: Any) -> Any:
    answer = await braze.client.get("/subscription/status/get", params={"subscription_group_id": group, **users})
    assert answer.status_code == 200, answer.text
    return answer.json()["status"]


async def test_a_state_reaches_every_user_with_the_address(braze: Braze) -> None:
    for user in ("u1", "u2"):
        await braze.set(user, email="A@x.io")
    await set_v2(braze, external_ids=["u1"])
    assert await status(braze, external_id=["u1", "u2"]) == {"u1": "Subscribed", "u2": "Subscribed"}
    await set_v2(braze, "unsubscribed", emails=["a@X.io"])
    assert await status(braze, external_id=["u1", "nobody"]) == {"u1": "Unsubscribed", "nobody": "Unknown"}


@pytest.mark.parametrize(("days", "expected"), [(29, "Subscribed"), (31, "Unknown")])
async def test_an_orphan_state_lives_30_days(braze: Braze, days: int, expected: str) -> None:
    await set_v2(braze, emails=["a@x.io"])
    braze.workspace.clock.advance(days * DAYS)
    await braze.set(email="a@x.io")
    assert await status(braze, external_id="u1") == {"u1": expected}


async def test_an_inherited_state_no_longer_expires(braze: Braze) -> None:
    await set_v2(braze, phones=["+4940123456"])
    await braze.set(phone="+49 40 123456")
    braze.workspace.clock.advance(100 * DAYS)
    assert await status(braze, phone="+4940123456") == {"+4940123456": "Subscribed"}


async def test_the_state_goes_with_the_last_user_who_had_the_address(braze: Braze) -> None:
    for user in ("u1", "u2"):
        await braze.set(user, email="a@x.io")
    await set_v2(braze, emails=["a@x.io"])
    await braze.post("/users/delete", {"external_ids": ["u1"]})
    assert await status(braze, email="a@x.io") == {"a@x.io": "Subscribed"}
    await braze.post("/users/delete", {"external_ids": ["u2"]})
    assert await status(braze, email="a@x.io") == {"a@x.io": "Unknown"}


async def test_attributes_set_groups_also_for_an_address_of_the_same_object(braze: Braze) -> None:
    groups = [{"subscription_group_id": GROUP, "subscription_state": "subscribed"}]
    await braze.set(subscription_groups=groups, email="a@x.io")
    assert await status(braze, email="a@x.io") == {"a@x.io": "Subscribed"}


async def test_a_user_without_an_address_has_no_group_state(braze: Braze) -> None:
    await braze.set("u1")
    await set_v2(braze, external_ids=["u1", "nobody"])
    assert braze.reasons() == ["no-address", "not-found"]


async def test_external_ids_beside_addresses_may_miss(braze: Braze) -> None:
    await set_v2(braze, external_ids=["nobody"], emails=["a@x.io"])
    assert braze.reasons() == []


async def test_a_group_has_one_channel(start: Start) -> None:
    braze = start(subscription_groups={GROUP: {"name": "News", "channel": "sms"}})
    await set_v2(braze, emails=["a@x.io"])
    assert braze.reasons() == ["wrong-channel"]


async def test_a_strict_workspace_ignores_unknown_groups(start: Start) -> None:
    braze = start(strict_subscription_groups=True)
    await set_v2(braze, emails=["a@x.io"])
    assert braze.reasons() == ["unknown-subscription-group"]


async def test_double_opt_in_for_an_unknown_phone_does_nothing(braze: Braze) -> None:
    await set_v2(braze, phones=["+4940123456"], use_double_opt_in_logic=True)
    assert braze.reasons() == ["orphan-double-opt-in"]


async def test_v1_sets_one_group_for_one_or_many(braze: Braze) -> None:
    body = {"subscription_group_id": GROUP, "subscription_state": "subscribed"}
    await braze.post("/subscription/status/set", {**body, "email": "a@x.io"})
    await braze.post("/subscription/status/set", {**body, "email": ["b@x.io"], "external_id": ["u1"]})
    assert await status(braze, email=["a@x.io", "b@x.io"]) == {"a@x.io": "Subscribed", "b@x.io": "Subscribed"}


@pytest.mark.parametrize("path", ["/subscription/status/set", "/v2/subscription/status/set"])
@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"subscription_group_id": ""}, "'subscription_group_id' is required"),
        ({"subscription_state": "opted_in"}, "'subscription_state' must be"),
        ({"emails": []}, "'external_ids', 'emails' or 'phones' is required"),
        ({"phones": ["+4940123456"]}, "Either an email address or a phone number should be provided, but not both."),
        ({"emails": [7]}, "'emails' must be an array of strings"),
        ({"emails": [], "phones": ["040 123456"]}, "'040 123456' is not a valid E.164 phone number"),
    ],
)
async def test_a_bad_entry_refuses_the_request(braze: Braze, path: str, entry: dict[str, Any], message: str) -> None:
    full = {"subscription_group_id": GROUP, "subscription_state": "subscribed", "emails": ["a@x.io"], **entry}
    body: Any = {"subscription_groups": [full]}
    if not path.startswith("/v2"):
        body = {name.removesuffix("s") if name in {"emails", "phones"} else name: value for name, value in full.items()}
    answer = await braze.post(path, body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)


async def test_a_users_groups_are_listed_with_their_names(start: Start) -> None:
    braze = start(subscription_groups={GROUP: {"name": "News", "channel": "email"}})
    await braze.set(email="a@x.io")
    await set_v2(braze, emails=["a@x.io"])
    answer = await braze.client.get("/subscription/user/status", params={"external_id[]": "u1"})
    assert answer.json() == {
        "users": [
            {
                "email": "a@x.io",
                "phone": None,
                "external_id": "u1",
                "subscription_groups": [{"id": GROUP, "name": "News", "channel": "email", "status": "Subscribed"}],
            }
        ],
        "total_count": 1,
        "message": "success",
    }


@pytest.mark.parametrize(
    "query",
    [{}, {"subscription_group_id": GROUP}, {"subscription_group_id": GROUP, "email": "a@x.io", "phone": "+4940123456"}],
)
async def test_an_incomplete_question_about_a_status_is_400(braze: Braze, query: dict[str, str]) -> None:
    assert (await braze.client.get("/subscription/status/get", params=query)).status_code == 400
