"""What an attribute object does to a profile."""

from typing import Any

import pytest

from tests.braze_simulator.conftest import Braze, Start

pytestmark = pytest.mark.anyio
DROPPED: Any = object()


def nested(levels: int) -> Any:
    """An object in an object in an object …"""
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("country", "de", "DE"),
        ("country", "Germany", "DE"),
        ("country", "Atlantis", None),
        ("language", "de-DE", "de"),
        ("language", "klingon", DROPPED),
        ("time_zone", "Europe/Berlin", "Europe/Berlin"),
        ("time_zone", "Mars/Olympus", DROPPED),
        ("gender", "F", "F"),
        ("gender", "female", DROPPED),
        ("dob", "1990-02-28", "1990-02-28"),
        ("dob", "28.02.1990", DROPPED),
        ("dob", "1990-02-30", DROPPED),
        ("first_name", "Ann", "Ann"),
        ("first_name", "", ""),
        ("first_name", 7, DROPPED),
        ("gender", "", DROPPED),
        ("email_open_tracking_disabled", True, True),
        ("email_open_tracking_disabled", "yes", DROPPED),
        ("image_url", "https://x.io/" + "x" * 1_020, DROPPED),
        ("marked_email_as_spam_at", "2026-01-02", "2026-01-02T00:00:00.000Z"),
        ("facebook", {"id": "1", "likes": []}, {"id": "1", "likes": []}),
        ("twitter", "ann", DROPPED),
        ("current_location", {"longitude": 9.9, "latitude": 53, "x": 1}, {"longitude": 9.9, "latitude": 53}),
        ("email_subscribe", "opted_in", "opted_in"),
    ],
)
async def test_a_standard_attribute_is_normalised_or_dropped(braze: Braze, name: str, value: Any, stored: Any) -> None:
    before = braze.workspace.discards.count
    await braze.set(**{name: "DE" if name == "country" else None})
    await braze.set(**{name: value})
    assert braze.user().standard.get(name, DROPPED if stored is DROPPED else None) == stored
    assert (braze.workspace.discards.count > before) == (stored is DROPPED or value == "Atlantis")


async def test_a_null_unsets_standard_and_custom_attributes(braze: Braze) -> None:
    await braze.set(first_name="Ann", email="a@x.io", plan="pro")
    await braze.set(first_name=None, email=None, plan=None)
    profile = braze.user()
    assert (profile.standard, profile.custom, profile.email) == ({}, {}, None)


async def test_a_misspelt_standard_name_becomes_a_custom_attribute(braze: Braze) -> None:
    await braze.set(First_Name="Ann")
    assert braze.user().custom == {"First_Name": "Ann"}


@pytest.mark.parametrize(
    ("value", "stored", "kind"),
    [
        (True, True, "boolean"),
        (7, 7, "integer"),
        (7.5, 7.5, "float"),
        ("blue", "blue", "string"),
        ("2026-01-02", "2026-01-02T00:00:00.000Z", "time"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z", "time"),
        ("2026-01-02T03:04:05:678Z", "2026-01-02T03:04:05.678Z", "time"),
        ("01/02/2026", "2026-01-02T00:00:00.000Z", "time"),
        ("Fri Jan 02 03:04:05.+0000 2026", "2026-01-02T03:04:05.000Z", "time"),
        ("Fri 01 02 05:04:05.+0200 2026", "2026-01-02T03:04:05.000Z", "time"),
        ("3001-01-02", "3001-01-02", "string"),
        ("2026-13-45", "2026-13-45", "string"),
        ("20260102", "20260102", "string"),
        ({"$time": "2026-01-02"}, "2026-01-02T00:00:00.000Z", "time"),
        (["a", "b"], ["a", "b"], "array"),
        ([], [], "array"),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, "object"),
        ([{"a": 1}], [{"a": 1}], "object_array"),
        ("x" * 300, "x" * 300, "string"),
    ],
)
async def test_a_custom_attribute_gets_the_type_of_its_value(braze: Braze, value: Any, stored: Any, kind: str) -> None:
    await braze.set(thing=value)
    assert braze.user().custom == {"thing": stored}
    assert braze.user().types == {"thing": kind}


@pytest.mark.parametrize(("truncate", "length"), [(255, 255), (479, 300)])
async def test_long_texts_can_be_truncated(start: Start, truncate: int, length: int) -> None:
    braze = start(limits={"truncate": truncate})
    await braze.set(thing="x" * 300)
    assert len(braze.user().custom["thing"]) == length


@pytest.mark.parametrize(
    ("forced", "value", "stored"),
    [
        ("boolean", "t", True),
        ("boolean", 0, False),
        ("boolean", "maybe", DROPPED),
        ("number", "12", 12),
        ("number", "1.5", 1.5),
        ("number", "inf", DROPPED),
        ("number", True, DROPPED),
        ("string", True, "true"),
        ("string", 7, "7"),
        ("string", ["a"], DROPPED),
        ("time", "2026-01-02", "2026-01-02T00:00:00.000Z"),
        ("time", "soon", DROPPED),
        ("array", "a", DROPPED),
        ("array", ["a"], ["a"]),
        ("string", {"a": 1}, DROPPED),
        ("number", {"inc": 2}, 2),
    ],
)
async def test_a_forced_type_coerces_or_ignores(start: Start, forced: str, value: Any, stored: Any) -> None:
    braze = start(forced_types={"thing": forced})
    await braze.set(thing=value)
    assert braze.user().custom.get("thing", DROPPED) == stored
    assert braze.reasons() == (["forced-type"] if stored is DROPPED else [])


@pytest.mark.parametrize(
    ("before", "step", "after"),
    [(None, 2, 2), (5, 2, 7), (5, -7, -2), ("five", 1, "five"), (5, "1", 5), (5.5, 1, 5.5), (True, 1, True)],
)
async def test_inc_counts_integers_only(braze: Braze, before: Any, step: Any, after: Any) -> None:
    await braze.set(visits=before)
    await braze.set(visits={"inc": step})
    assert braze.user().custom["visits"] == after
    assert braze.reasons() == ([] if after != before else ["not-an-integer"])


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        (["a", "b"], ["c", "c", "d"], ["c", "d"]),
        (["a", "b"], {"add": ["c"]}, ["a", "b", "c"]),
        (["a", "b", "c"], {"add": ["a"]}, ["b", "c", "a"]),
        (["a", "b"], {"remove": ["a", "x"]}, ["b"]),
        (["a", "b"], {"add": ["c"], "remove": ["a", "c"]}, ["b"]),
        (None, {"add": ["a"]}, ["a"]),
        ([1, True], {"remove": [1]}, [True]),
        ("text", {"add": ["a"]}, "text"),
        (["a"], {"add": [{"x": 1}]}, ["a"]),
        (["a"], ["b", {"x": 1}], ["a"]),
    ],
)
async def test_scalar_arrays_hold_unique_values_newest_last(braze: Braze, before: Any, update: Any, after: Any) -> None:
    await braze.set(tags=before)
    await braze.set(tags=update)
    assert [(type(item), item) for item in braze.user().custom["tags"]] == [(type(item), item) for item in after]


async def test_an_array_keeps_the_newest_500_values(braze: Braze) -> None:
    await braze.set(tags=[f"t{n}" for n in range(510)])
    await braze.set(tags={"add": ["new"]})
    tags = braze.user().custom["tags"]
    assert (len(tags), tags[0], tags[-1]) == (500, "t11", "new")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"a": None}, "nested-null"),
        ({"a": {"b": [None]}}, "nested-null"),
        ({"a": {"$time": "soon"}}, "nested-time"),
        ({"a": {"$time": "3001-01-01"}}, "nested-time"),
        ({"a b": 1}, "nested-key"),
        ({"a": {"b.c": 1}}, "nested-key"),
        ({"a": {"$b": {}}}, "nested-key"),
        ({"x" * 256: 1}, "nested-key"),
        (nested(120), "nested-depth"),
        (nested(900), "nested-depth"),
        ({"a": "x" * 102_400}, "nested-oversize"),
        ([{"a": None}], "nested-null"),
        ([{"a": "x" * 102_400}], "array-oversize"),
        (["x" * 102_400], "array-oversize"),
    ],
)
async def test_an_illegal_nested_value_is_dropped_while_the_answer_is_a_success(
    braze: Braze, value: Any, reason: str
) -> None:
    await braze.set(thing={"kept": 1})
    await braze.set(thing=value)
    assert braze.user().custom == {"thing": {"kept": 1}}
    assert braze.reasons() == [reason]


async def test_nested_times_are_stored_as_times(braze: Braze) -> None:
    await braze.set(thing={"at": {"$time": "2026-01-02"}, "list": [{"on": {"$time": "2026-01-03"}}]})
    assert braze.user().custom["thing"] == {
        "at": "2026-01-02T00:00:00.000Z",
        "list": [{"on": "2026-01-03T00:00:00.000Z"}],
    }


async def test_nested_objects_are_overwritten_unless_they_are_merged(braze: Braze) -> None:
    await braze.set(thing={"a": {"x": 1}, "b": 2})
    await braze.set(thing={"a": {"y": 2}}, _merge_objects=True)
    assert braze.user().custom["thing"] == {"a": {"x": 1, "y": 2}, "b": 2}
    await braze.set(thing={"a": {"y": 3}})
    assert braze.user().custom["thing"] == {"a": {"y": 3}}


async def test_a_nested_null_can_delete_a_key_on_merge(start: Start) -> None:
    braze = start(nested_null="delete-on-merge")
    await braze.set(thing={"a": 1, "b": 2})
    await braze.set(thing={"a": None}, _merge_objects=True)
    assert braze.user().custom["thing"] == {"b": 2}


@pytest.mark.parametrize(("scope", "other"), [("user", {"a": 3}), ("request", None)])
async def test_an_illegal_nested_value_drops_its_siblings_of_the_request(start: Start, scope: str, other: Any) -> None:
    braze = start(nested_drop_scope=scope)
    values: list[tuple[str, Any]] = [("u1", {"a": 1}), ("u1", {"a": None}), ("u2", {"a": 3})]
    await braze.track(attributes=[{"external_id": user, "thing": value, "other": 1} for user, value in values])
    assert braze.user().custom == {"other": 1}
    assert braze.user("u2").custom.get("thing") == other


@pytest.mark.parametrize(
    ("update", "merge", "after"),
    [
        ({"$add": [{"id": 3}]}, False, [{"id": 1, "x": 1}, {"id": 2}, {"id": 3}]),
        ({"$add": [{"id": 1}]}, False, [{"id": 1, "x": 1}, {"id": 2}, {"id": 1}]),
        ({"$remove": [{"$identifier_key": "id", "$identifier_value": 1}]}, False, [{"id": 2}]),
        ({"$remove": [{"$identifier_key": "no", "$identifier_value": 1}]}, False, [{"id": 1, "x": 1}, {"id": 2}]),
        (
            {"$update": [{"$identifier_key": "id", "$identifier_value": 1, "$new_object": {"y": 2}}]},
            False,
            [{"y": 2}, {"id": 2}],
        ),
        (
            {"$update": [{"$identifier_key": "id", "$identifier_value": 1, "$new_object": {"y": 2}}]},
            True,
            [{"id": 1, "x": 1, "y": 2}, {"id": 2}],
        ),
        (
            {"$remove": [{"$identifier_key": "id", "$identifier_value": 3}], "$add": [{"id": 3}]},
            False,
            [{"id": 1, "x": 1}, {"id": 2}],
        ),
        ({"$add": {"id": 3}}, False, [{"id": 1, "x": 1}, {"id": 2}]),
        ({"$update": [{"$identifier_key": "id"}]}, False, [{"id": 1, "x": 1}, {"id": 2}]),
        ({"$add": [{"id": None}]}, False, [{"id": 1, "x": 1}, {"id": 2}]),
    ],
)
async def test_arrays_of_objects_add_then_remove_then_update(
    braze: Braze, update: Any, merge: bool, after: Any
) -> None:
    await braze.set(cars=[{"id": 1, "x": 1}, {"id": 2}])
    await braze.set(cars=update, _merge_objects=merge)
    assert braze.user().custom["cars"] == after


async def test_an_array_of_objects_that_would_grow_over_100_kilobytes_stays_as_it_was(braze: Braze) -> None:
    big = {"text": "x" * 60_000}
    await braze.set(cars=[big])
    await braze.set(cars={"$add": [big]})
    assert braze.user().custom["cars"] == [big]
    assert braze.reasons() == ["array-oversize"]


@pytest.mark.parametrize("name", ["$x", "  ", "x" * 256])
async def test_an_illegal_attribute_name_is_dropped(braze: Braze, name: str) -> None:
    await braze.set(**{name: 1})
    assert braze.user().custom == {}
    assert braze.reasons() == ["bad-name"]


async def test_names_are_trimmed_and_blocklisted_ones_ignored(start: Start) -> None:
    braze = start(blocklist={"attributes": ["secret"]})
    await braze.set(**{" plan ": "pro", "secret": 1})
    assert braze.user().custom == {"plan": "pro"}
    assert braze.reasons() == ["blocklisted"]


async def test_several_objects_of_one_user_apply_in_their_order(braze: Braze) -> None:
    await braze.track(attributes=[{"external_id": "u1", "plan": plan} for plan in ("a", "b", "c")])
    assert braze.user().custom == {"plan": "c"}


async def test_imported_tokens_make_temporary_profiles_once(braze: Braze) -> None:
    tokens = [{"app_id": "app", "token": "t1"}, {"app_id": "app", "token": "t2"}]
    await braze.track(attributes=[{"push_token_import": True, "push_tokens": tokens}])
    await braze.track(attributes=[{"push_token_import": True, "push_tokens": tokens[1:]}])
    profiles = braze.workspace.directory.profiles.values()
    assert [[token.token for token in profile.push_tokens] for profile in profiles] == [["t1"], ["t2"]]
    assert braze.reasons() == ["push-token-present"]


async def test_a_token_moves_to_the_user_who_brings_it(braze: Braze) -> None:
    for user in ("u1", "u2"):
        await braze.set(user, push_tokens=[{"app_id": "app", "token": "t1", "device_id": "device-1"}])
    assert braze.user("u1").push_tokens == []
    assert [token.token for token in braze.user("u2").push_tokens] == ["t1"]


async def test_changes_are_remembered_with_their_requests(braze: Braze) -> None:
    await braze.set(plan="a", age=1)
    await braze.set(plan="b", age=1)
    shown = await braze.see(f"users/{braze.user().braze_id}")
    assert [change["fields"] for change in shown["changes"]] == [
        {"plan": [None, "a"], "age": [None, 1]},
        {"plan": ["a", "b"]},
    ]
    known = {request["id"] for request in (await braze.see("requests"))["requests"]}
    assert {change["request_id"] for change in shown["changes"]} <= known
