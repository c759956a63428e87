"""Whom an object of /users/track means."""

from typing import Any

import pytest

from tests.braze_simulator.conftest import AT, Braze, Start, alias, event, purchase

pytestmark = pytest.mark.anyio


def anonymous_event(**more: Any) -> dict[str, Any]:
    return {"user_alias": alias("anon"), "name": "Hello", "time": AT, **more}


async def test_an_unknown_external_id_makes_a_user_unless_told_otherwise(braze: Braze) -> None:
    await braze.track(attributes=[{"external_id": "u1", "_update_existing_only": True, "plan": "pro"}])
    assert braze.reasons() == ["update-only-miss"]
    await braze.track(attributes=[{"external_id": "u1", "plan": "pro"}])
    assert braze.user().custom == {"plan": "pro"}


@pytest.mark.parametrize(
    ("array", "entry"),
    [
        ("attributes", {"user_alias": alias("anon"), "plan": "pro"}),
        ("events", anonymous_event()),
        ("purchases", {**purchase(), "external_id": None, "user_alias": alias("anon")}),
    ],
)
async def test_an_unknown_alias_makes_a_user_only_when_told_so(braze: Braze, array: str, entry: dict[str, Any]) -> None:
    await braze.track(**{array: [entry]})
    assert braze.reasons() == ["update-only-miss"]
    await braze.track(**{array: [{**entry, "_update_existing_only": False}]})
    assert braze.aliased("anon") is not None


async def test_events_may_be_barred_from_making_alias_users(start: Start) -> None:
    braze = start(alias_event_creates="never")
    await braze.track(events=[anonymous_event(_update_existing_only=False)])
    assert braze.reasons() == ["update-only-miss"]


async def test_aliases_differ_by_case_and_the_miss_says_so(braze: Braze) -> None:
    await braze.track(events=[anonymous_event(_update_existing_only=False)])
    await braze.track(events=[{**anonymous_event(), "user_alias": alias("ANON")}])
    assert braze.reasons() == ["alias-case-mismatch"]


async def test_a_known_alias_of_an_identified_user_means_that_user(braze: Braze) -> None:
    await braze.set()
    await braze.post("/users/alias/new", {"user_aliases": [{"external_id": "u1", **alias("anon")}]})
    await braze.track(events=[anonymous_event()])
    assert braze.user().events["Hello"].count == 1


async def test_a_braze_id_never_makes_a_user(braze: Braze) -> None:
    await braze.set()
    known = braze.user().braze_id
    await braze.track(attributes=[{"braze_id": known, "plan": "pro"}, {"braze_id": "0" * 24, "plan": "pro"}])
    assert braze.user().custom == {"plan": "pro"}
    assert braze.reasons() == ["unknown-braze-id"]


async def test_an_email_without_a_match_makes_an_email_only_user(braze: Braze) -> None:
    await braze.track(attributes=[{"email": "a@x.io", "plan": "pro"}, {"email": "A@X.io", "age": 3}])
    (profile,) = braze.workspace.directory.profiles.values()
    assert (profile.external_id, profile.aliases, profile.custom) == (None, {}, {"plan": "pro", "age": 3})


async def test_an_email_means_the_most_recently_updated_identified_user(braze: Braze) -> None:
    for user in ("u1", "u2"):
        await braze.set(user, email="a@x.io")
    await braze.set("u1", seen=1)
    await braze.track(attributes=[{"user_alias": alias("x"), "email": "a@x.io", "_update_existing_only": False}])
    await braze.track(events=[{"email": "a@x.io", "name": "Hello", "time": AT}])
    assert [user for user in ("u1", "u2") if braze.user(user).events] == ["u1"]


async def test_an_email_means_the_most_recent_user_when_nobody_is_identified(braze: Braze) -> None:
    for name in ("a", "b"):
        await braze.track(attributes=[{"user_alias": alias(name), "email": "a@x.io", "_update_existing_only": False}])
    await braze.track(attributes=[{"email": "a@x.io", "plan": "pro"}])
    found = braze.aliased("b")
    assert found is not None
    assert found.custom == {"plan": "pro"}


async def test_a_phone_is_looked_up_when_there_is_no_email(braze: Braze) -> None:
    await braze.set(phone="+49 40 123456")
    await braze.track(attributes=[{"phone": "+4940123456", "plan": "pro"}])
    assert braze.user().custom == {"plan": "pro"}


async def test_an_unknown_external_id_with_a_known_email_makes_a_second_user(braze: Braze) -> None:
    await braze.track(attributes=[{"email": "a@x.io"}])
    await braze.set("u1", email="a@x.io")
    assert len(braze.workspace.directory.profiles) == 2


async def test_an_update_only_email_without_a_match_is_dropped(braze: Braze) -> None:
    await braze.track(attributes=[{"email": "a@x.io", "_update_existing_only": True}])
    assert braze.reasons() == ["update-only-miss"]


async def test_two_users_stay_apart(braze: Braze) -> None:
    await braze.track(events=[event("u1"), event("u2")])
    assert len((await braze.see("users"))["users"]) == 2
