"""identify, merge, aliases, delete, rename and remove: how users become one, another, or none."""

from typing import Any

import pytest

from tests.braze_simulator.conftest import AT, Braze, Start, alias, event, purchase

pytestmark = pytest.mark.anyio


async def make_anonymous(braze: Braze, name: str = "anon", label: str = "rudder_id", **attributes: Any) -> None:
    entry = {"user_alias": alias(name, label), "_update_existing_only": False, **attributes}
    await braze.track(attributes=[entry])


async def identify(braze: Braze, user: str = "u1", name: str = "anon", label: str = "rudder_id", **more: Any) -> Any:
    entry = {"external_id": user, "user_alias": alias(name, label)}
    answer = await braze.post("/users/identify", {"aliases_to_identify": [entry], **more})
    assert answer.status_code == 201
    return answer.json()


async def merge(braze: Braze, source: dict[str, Any], target: dict[str, Any]) -> None:
    body = {"merge_updates": [{"identifier_to_merge": source, "identifier_to_keep": target}]}
    answer = await braze.post("/users/merge", body)
    assert (answer.status_code, answer.json()) == (202, {"message": "success"})


async def test_identify_promotes_an_anonymous_user_who_keeps_everything(braze: Braze) -> None:
    await make_anonymous(braze, plan="pro")
    assert await identify(braze) == {"message": "success", "aliases_processed": 1}
    assert braze.user() is braze.aliased("anon")
    assert braze.user().custom == {"plan": "pro"}


async def test_identify_merges_into_the_user_who_has_the_id(braze: Braze) -> None:
    await make_anonymous(braze, plan="free", seen=1)
    await braze.set(plan="pro")
    await identify(braze)
    assert braze.user().custom == {"plan": "pro", "seen": 1}
    assert braze.user().aliases == {"rudder_id": "anon"}
    assert len(braze.workspace.directory.profiles) == 1


async def test_identify_of_an_unknown_alias_changes_nothing(braze: Braze) -> None:
    await make_anonymous(braze)
    await identify(braze, name="other")
    await identify(braze, name="ANON")
    assert braze.reasons() == ["alias-not-found", "alias-case-mismatch"]


@pytest.mark.parametrize(("switch", "users"), [("skip", 2), ("merge", 1)])
async def test_identify_skips_a_user_who_has_the_label_already(start: Start, switch: str, users: int) -> None:
    braze = start(identify_label_conflict=switch)
    await make_anonymous(braze, "one")
    await identify(braze, name="one")
    await make_anonymous(braze, "two")
    await identify(braze, name="two")
    assert braze.user().aliases == {"rudder_id": "one"}
    assert len(braze.workspace.directory.profiles) == users
    assert braze.reasons() == (["label-conflict"] if switch == "skip" else [])


async def test_identify_leaves_an_identified_user_alone(braze: Braze) -> None:
    await make_anonymous(braze)
    await identify(braze, "u1")
    await identify(braze, "u1")
    await identify(braze, "u2")
    assert braze.reasons() == ["alias-already-identified"]


@pytest.mark.parametrize(
    ("prioritization", "winner"),
    [(["unidentified", "most_recently_updated"], "b"), (["unidentified", "least_recently_updated"], "a")],
)
async def test_identify_by_email_follows_the_prioritization(
    braze: Braze, prioritization: list[str], winner: str
) -> None:
    for name in ("a", "b"):
        await make_anonymous(braze, name, email="a@x.io")
    entry = {"external_id": "u1", "email": "a@x.io", "prioritization": prioritization}
    answer = await braze.post("/users/identify", {"emails_to_identify": [entry]})
    assert answer.json() == {"message": "success", "emails_processed": 1}
    assert braze.user().aliases == {"rudder_id": winner}


async def test_identify_by_an_ambiguous_email_changes_nothing(braze: Braze) -> None:
    for name in ("a", "b"):
        await make_anonymous(braze, name, email="a@x.io")
    for entry in ({"external_id": "u1", "email": "a@x.io"}, {"external_id": "u1", "email": "b@x.io"}):
        await braze.post("/users/identify", {"emails_to_identify": [entry]})
    assert braze.reasons() == ["ambiguous", "not-found"]


async def test_identify_by_phone_counts_phones(braze: Braze) -> None:
    await make_anonymous(braze, phone="+4940123456")
    body = {"phone_numbers_to_identify": [{"external_id": "u1", "phone": "+4940123456"}]}
    assert (await braze.post("/users/identify", body)).json()["phone_numbers_processed"] == 1
    assert braze.user().phone == "+4940123456"


@pytest.mark.parametrize(("switch", "custom"), [("honour", {}), ("ignore", {"plan": "free"})])
async def test_merge_behavior_none_is_ignored_unless_it_is_honoured(start: Start, switch: str, custom: Any) -> None:
    braze = start(merge_behavior=switch)
    await make_anonymous(braze, plan="free", push_tokens=[{"app_id": "app", "token": "t1"}])
    await braze.set()
    await identify(braze, merge_behavior="none")
    assert braze.user().custom == custom
    assert [token.token for token in braze.user().push_tokens] == ["t1"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, None),
        ({"aliases_to_identify": []}, None),
        ({"aliases_to_identify": [{"external_id": "u1"}]}, "'user_alias' must be"),
        ({"aliases_to_identify": [{"user_alias": alias("a")}]}, "'external_id', 'braze_id'"),
        ({"emails_to_identify": [{"external_id": "u1"}]}, "'email' is required"),
        (
            {
                "emails_to_identify": [
                    {
                        "external_id": "u1",
                        "email": "a@x.io",
                        "prioritization": ["most_recently_updated", "least_recently_updated"],
                    }
                ]
            },
            "Request can not contain both of 'most_recently_updated' and 'least_recently_updated' values",
        ),
    ],
)
async def test_an_invalid_identify_is_400(braze: Braze, body: dict[str, Any], message: str | None) -> None:
    answer = await braze.post("/users/identify", body)
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    assert len(errors) == (message is not None)
    assert all(error["type"].startswith(message) and error["input_array"] == "user_identifiers" for error in errors)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/identify", {"aliases_to_identify": [{"external_id": "u1", "user_alias": alias("a")}] * 51}),
        ("/users/alias/new", {"user_aliases": [alias("a")] * 51}),
        ("/users/alias/update", {"alias_updates": [{}] * 51}),
        ("/users/delete", {"external_ids": ["u1"] * 51}),
        ("/users/delete", {"braze_ids": ["u1"] * 51}),
        ("/users/external_ids/rename", {"external_id_renames": [{}] * 51}),
        ("/users/external_ids/remove", {"external_ids": ["u1"] * 51}),
        ("/users/export/ids", {"external_ids": ["u1"] * 51, "fields_to_export": ["email"]}),
        (
            "/v2/subscription/status/set",
            {
                "subscription_groups": [
                    {"subscription_group_id": "g", "subscription_state": "subscribed", "emails": ["a@x.io"] * 51}
                ]
            },
        ),
    ],
)
async def test_more_than_50_entries_are_400(braze: Braze, path: str, body: dict[str, Any]) -> None:
    answer = await braze.post(path, body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("The max number of ")


async def test_a_merge_keeps_the_targets_data_and_fills_its_gaps(braze: Braze) -> None:
    await braze.set(
        "u1", first_name="Ann", country="DE", email="a@x.io", plan="free", seen={"x": 1}, phone="+4940123456"
    )
    await braze.set("u2", first_name="Anna", email="b@x.io", plan="pro")
    await merge(braze, {"external_id": "u1"}, {"external_id": "u2"})
    target = braze.user("u2")
    assert target.standard == {"first_name": "Anna", "country": "DE"}
    assert (target.email, target.phone) == ("b@x.io", "+4940123456")
    assert target.custom == {"plan": "pro", "seen": {"x": 1}}


async def test_a_merge_sums_counts_and_revenue_and_keeps_the_outer_dates(braze: Braze) -> None:
    await braze.track(events=[event("u1"), event("u2", time="2026-01-04T00:00:00Z")], purchases=[purchase("u1")])
    await braze.track(events=[event("u1", time="2026-01-05T00:00:00Z")], purchases=[purchase("u2", quantity=2)])
    await merge(braze, {"external_id": "u1"}, {"external_id": "u2"})
    target = braze.user("u2")
    counted = target.events["Hello"]
    assert (counted.count, target.purchases["p1"].count, target.revenue_cents) == (3, 3, 750)
    assert (counted.first, counted.last) == (1767348000.0, 1767571200.0)
    assert len(target.log) == 5
    summary = (await braze.see("users"))["users"]
    assert [row["data_points"] for row in summary] == [5]


async def test_a_merge_brings_the_halves_of_a_duplicate_together(braze: Braze) -> None:
    await make_anonymous(braze)
    await braze.track(events=[event("u1"), {"user_alias": alias("anon"), "name": "Hello", "time": AT}])
    assert (await braze.see("duplicates"))["count"] == 0
    await identify(braze)
    assert (await braze.see("duplicates"))["count"] == 1


async def test_a_merged_user_no_longer_resolves_and_is_made_anew(braze: Braze) -> None:
    await braze.set("u1")
    merged = braze.user("u1").braze_id
    await braze.set("u2")
    await merge(braze, {"external_id": "u1"}, {"external_id": "u2"})
    assert (await braze.see(f"users/{merged}"))["external_id"] == "u2"
    await braze.track(events=[event("u1")])
    assert braze.user("u1").braze_id != merged
    assert list(braze.user("u2").events) == []


async def test_a_merge_of_mixed_identifiers_works(braze: Braze) -> None:
    await braze.track(attributes=[{"email": "a@x.io", "plan": "pro"}])
    await braze.set("u1")
    await merge(braze, {"email": "a@x.io"}, {"external_id": "u1"})
    assert braze.user("u1").custom == {"plan": "pro"}


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ({"external_id": "gone"}, {"external_id": "u2"}, "not-found"),
        ({"external_id": "u2"}, {"external_id": "u2"}, "same-profile"),
        ({"external_id": "control"}, {"external_id": "u2"}, "control-group"),
        ({"external_id": "u2"}, {"external_id": "leaving"}, "marked-for-deletion"),
        ({"external_id": "phone-1"}, {"external_id": "phone-2"}, "invalid-phones"),
        ({"email": "shared@x.io"}, {"external_id": "u2"}, "ambiguous"),
    ],
)
async def test_some_merges_silently_do_not_happen(braze: Braze, source: Any, target: Any, reason: str) -> None:
    users: list[dict[str, Any]] = [
        {"external_id": "u2"},
        {"external_id": "control", "control_group": True},
        {"external_id": "leaving", "marked_for_deletion": True},
        {"external_id": "phone-1", "attributes": {"phone": "123"}},
        {"external_id": "phone-2", "attributes": {"phone": "456"}},
        {"external_id": "shared-1", "attributes": {"email": "shared@x.io"}},
        {"external_id": "shared-2", "attributes": {"email": "shared@x.io"}},
    ]
    assert (await braze.post("/_sim/seed", {"users": users})).status_code == 200
    await merge(braze, source, target)
    assert braze.reasons() == [reason]
    assert len(braze.workspace.directory.profiles) == len(users)


PAIR = {"identifier_to_merge": {"external_id": "a"}, "identifier_to_keep": {"external_id": "b"}}


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        (None, "'merge_updates' must be an array of objects"),
        ([], "'merge_updates' must be an array of objects"),
        (["x"], "'merge_updates' must be an array of objects"),
        ([PAIR] * 51, "a single request may not contain more than 50 merge updates"),
        ([{**PAIR, "x": 1}], "'merge_updates' must only have 'identifier_to_merge' and 'identifier_to_keep'"),
        ([{**PAIR, "identifier_to_keep": {"external_id": 7}}], "identifiers must be objects with"),
        ([{**PAIR, "identifier_to_keep": {}}], "identifiers must be objects with"),
        ([{**PAIR, "identifier_to_keep": {"user_alias": {}}}], "identifiers must be objects with"),
    ],
)
async def test_an_invalid_merge_is_refused_in_brazes_words(braze: Braze, updates: Any, message: str) -> None:
    answer = await braze.post("/users/merge", {"merge_updates": updates})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)


async def test_an_alias_is_added_to_an_existing_user_or_makes_one(braze: Braze) -> None:
    await braze.set("u1")
    entries = [{"external_id": "u1", **alias("a")}, alias("b"), {"external_id": "nobody", **alias("c")}]
    answer = await braze.post("/users/alias/new", {"user_aliases": entries})
    assert answer.json() == {"message": "success", "aliases_processed": 3}
    assert braze.user().aliases == {"rudder_id": "a"}
    assert braze.aliased("b") is not None
    assert braze.reasons() == ["not-found"]


async def test_a_pair_is_unique_and_a_label_holds_one_name(braze: Braze) -> None:
    await braze.set("u1")
    await braze.set("u2")
    for user, name in (("u1", "a"), ("u2", "a"), ("u1", "b")):
        await braze.post("/users/alias/new", {"user_aliases": [{"external_id": user, **alias(name)}]})
    assert (braze.user("u1").aliases, braze.user("u2").aliases) == ({"rudder_id": "a"}, {})
    assert braze.reasons() == ["alias-taken", "label-taken"]


@pytest.mark.parametrize(("switch", "status"), [("noop", 201), ("error", 400)])
async def test_an_alias_is_renamed_unless_the_new_name_is_taken(start: Start, switch: str, status: int) -> None:
    braze = start(alias_update_taken=switch)
    for name in ("a", "b"):
        await make_anonymous(braze, name)

    async def update(old: str, new: str) -> int:
        entry = {"alias_label": "rudder_id", "old_alias_name": old, "new_alias_name": new}
        return (await braze.post("/users/alias/update", {"alias_updates": [entry]})).status_code

    assert await update("a", "b") == status
    assert await update("a", "c") == 201
    assert await update("x", "y") == 201
    assert braze.aliased("c") is not None
    assert braze.aliased("a") is None


@pytest.mark.parametrize(
    ("body", "deleted"),
    [
        ({"external_ids": ["u1", "nobody"]}, 2),
        ({"user_aliases": [alias("anon")]}, 1),
        ({"email_addresses": [{"email": "a@x.io"}]}, 1),
        ({"phone_numbers": [{"phone": "+4940123456", "prioritization": ["identified"]}]}, 1),
    ],
)
async def test_users_are_deleted_by_one_kind_of_identifier(braze: Braze, body: Any, deleted: int) -> None:
    await make_anonymous(braze, email="a@x.io", phone="+4940123456", plan="pro")
    await identify(braze)
    answer = await braze.post("/users/delete", body)
    assert (answer.status_code, answer.json()) == (200, {"deleted": deleted})
    assert braze.workspace.directory.profiles == {}
    assert braze.aliased("anon") is None
    assert braze.workspace.directory.with_email("a@x.io") == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"external_ids": ["u1"], "braze_ids": ["x"]},
        {"external_ids": "u1"},
        {"external_ids": [7]},
        {"user_aliases": [{}]},
        {"email_addresses": ["a@x.io"]},
        {"email_addresses": [{"email": "a@x.io", "prioritization": ["least_recently_updated"]}]},
    ],
)
async def test_an_invalid_deletion_is_400(braze: Braze, body: dict[str, Any]) -> None:
    assert (await braze.post("/users/delete", body)).status_code == 400


async def test_an_ambiguous_email_deletes_nobody(braze: Braze) -> None:
    for user in ("u1", "u2"):
        await braze.set(user, email="a@x.io")
    await braze.post("/users/delete", {"email_addresses": [{"email": "a@x.io"}]})
    assert braze.reasons() == ["ambiguous"]
    assert len(braze.workspace.directory.profiles) == 2


async def test_a_renamed_user_is_found_by_both_ids_and_deleted_by_the_old_one(braze: Braze) -> None:
    await braze.set("u1")
    renames = [
        {"current_external_id": "u1", "new_external_id": "u2"},
        {"current_external_id": "u1", "new_external_id": "u3"},
        {"current_external_id": "u2", "new_external_id": "u1"},
        {"current_external_id": "u2", "new_external_id": "u2"},
        {"current_external_id": "u2"},
    ]
    answer = (await braze.post("/users/external_ids/rename", {"external_id_renames": renames})).json()
    assert answer["external_ids"] == ["u2"]
    assert [index for index, _ in answer["rename_errors"]] == [1, 2, 3, 4]
    assert answer["rename_errors"][1][1] == "new_external_id is already in use"
    await braze.track(events=[event("u1")])
    assert braze.user("u2").events["Hello"].count == 1
    await braze.post("/users/delete", {"external_ids": ["u1"]})
    assert braze.workspace.directory.profiles == {}


async def test_only_deprecated_ids_can_be_removed(braze: Braze) -> None:
    await braze.set("u1")
    await braze.post(
        "/users/external_ids/rename",
        {"external_id_renames": [{"current_external_id": "u1", "new_external_id": "u2"}]},
    )
    answer = (await braze.post("/users/external_ids/remove", {"external_ids": ["u2", "u1", "x"]})).json()
    assert answer["removed_ids"] == ["u1"]
    assert [index for index, _ in answer["removal_errors"]] == [0, 2]
    await braze.set("u1")
    assert len(braze.workspace.directory.profiles) == 2
