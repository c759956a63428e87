"""Fingerprints, and which attributes can be told from repeats."""

from typing import Any

import pytest

from router.braze.trait_values import UNKNOWN, fingerprint, is_blank, key_of, updates_of, users_of

ALIAS = {"alias_label": "rudder_id", "alias_name": "an-1"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (0.0, -0.0),
        (2**60, float(2**60)),
        ({"a": 1, "b": [2, {"c": 3}]}, {"b": [2.0, {"c": 3}], "a": 1}),
        ("ö", "\u00f6"),
    ],
)
def test_equal_json_has_one_fingerprint(one: Any, other: Any) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (False, 0),
        (None, "null"),
        (None, False),
        (None, ""),
        (1, "1"),
        ([1, 2], [2, 1]),
        ([1], 1),
        ({"a": None}, {}),
        ({"a": 1}, {"a": True}),
        ("gold", "Gold"),
        ("a", ["a"]),
        ('["a"]', ["a"]),
        (0.1 + 0.2, 0.3),
    ],
)
def test_different_json_has_different_fingerprints(one: Any, other: Any) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_a_fingerprint_has_eight_bytes_and_that_of_a_blank_value_one_more() -> None:
    solid: list[Any] = ["gold", 0, True, [0], {"a": None}, 10**300, 1e300]
    blank: list[Any] = [None, False, "", "  ", "\t", [], {}]
    assert {len(fingerprint(value)) for value in solid} == {8}
    assert {len(fingerprint(value)) for value in blank} == {9}
    assert not is_blank(0)


def updates(**body: Any) -> dict[str, bytes]:
    return {name: value for name, _, value in updates_of(body)}


def test_identifiers_flags_and_non_billable_keys_are_no_updates() -> None:
    body = dict.fromkeys(("country", "language", "email_subscribe", "push_subscribe", "subscription_groups"), "x")
    flags = {"_update_existing_only": False, "_merge_objects": False, "user_alias": ALIAS, "external_id": "u"}
    assert updates(**body, **flags, plan="gold") == {"plan": fingerprint("gold")}


@pytest.mark.parametrize(
    "value",
    [
        {"$add": [{"vin": 1}]},
        {"$update": [{"$identifier_key": "vin"}]},
        {"$remove": []},
        {"add": ["x"]},
        {"remove": ["x"]},
        {"inc": 1},
        {"inc": 1, "note": "mixed"},
    ],
)
def test_the_result_of_an_operation_is_unknown(value: Any) -> None:
    assert updates(bikes=value, plan="gold") == {"bikes": UNKNOWN, "plan": fingerprint("gold")}


def test_nested_values_that_are_laid_over_what_is_there_have_an_unknown_result() -> None:
    body = {"address": {"city": "x"}, "tags": ["x"], "plan": "gold", "nick": None}
    assert updates(**body) == {name: fingerprint(value) for name, value in body.items()}
    merged = {"address": UNKNOWN, "tags": UNKNOWN, "plan": fingerprint("gold"), "nick": fingerprint(None)}
    assert updates(_merge_objects=True, **body) == merged


@pytest.mark.parametrize("flag", [{"_update_existing_only": True}, {"push_token_import": True}, {"braze_id": "b"}])
def test_an_object_that_braze_may_not_apply_to_this_user_has_no_certain_result(flag: dict[str, Any]) -> None:
    assert set(updates(plan="gold", **flag).values()) == {UNKNOWN}


@pytest.mark.parametrize("innermost", ["x", 1.0])
def test_a_value_nested_too_deep_to_look_at_has_an_unknown_result(innermost: Any) -> None:
    value = innermost
    for _ in range(3000):
        value = [value]
    assert updates(x=value) == {"x": UNKNOWN}


def test_push_tokens_are_never_repeats() -> None:
    assert updates(push_tokens=[{"token": "t"}]) == {"push_tokens": UNKNOWN}


def test_a_name_that_braze_trims_changes_the_trimmed_attribute_in_an_unknown_way() -> None:
    ((_, key, value),) = updates_of({" plan ": "gold"})
    assert (key, value) == (key_of("plan"), UNKNOWN)
    assert key_of("plan") != key_of("Plan")


@pytest.mark.parametrize(
    ("body", "users"),
    [
        ({"external_id": "u"}, ("u",)),
        ({"user_alias": ALIAS}, (("rudder_id", "an-1"),)),
        ({"external_id": "u", "user_alias": ALIAS}, ("u", ("rudder_id", "an-1"))),
        ({"email": "a@x.io"}, ()),
    ],
)
def test_an_object_means_the_user_that_it_names(body: dict[str, Any], users: tuple[Any, ...]) -> None:
    assert users_of(body) == users
