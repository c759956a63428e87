"""group and alias (cloud.md §8, §9; differences D5, D12, D18)."""

from collections.abc import Callable
from typing import Any

import pytest

Event = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
ErrorOf = Callable[..., tuple[int, str]]

NO_CONTACT = "Message should have traits with subscriptionState, email or phone"
NO_STATE = "you must provide a subscription state in traits and possible values are subscribed and unsubscribed."


@pytest.mark.parametrize(
    ("event", "attribute"),
    [
        ({"groupId": "acme", "traits": {"name": "Acme"}}, "ab_rudder_group_acme"),
        ({"groupId": 330}, "ab_rudder_group_330"),
        ({"groupId": "", "traits": {"groupId": "t"}}, "ab_rudder_group_t"),
        ({"traits": {"groupId": 5}}, "ab_rudder_group_5"),
    ],
)
def test_a_group_is_an_attribute(event: Event, attribute: str, transformed: Transform) -> None:
    expected = [("attributes", {attribute: True, "external_id": "u"})]
    assert transformed({"type": "group", "userId": "u", **event}) == expected


def test_an_anonymous_member_is_named_by_alias(transformed: Transform) -> None:
    [(_, body)] = transformed({"type": "group", "anonymousId": "an", "groupId": "g"})
    alias = {"alias_name": "an", "alias_label": "rudder_id"}
    assert body == {"ab_rudder_group_g": True, "_update_existing_only": False, "user_alias": alias}


def test_a_member_needs_an_identifier(error_of: ErrorOf) -> None:
    assert error_of({"type": "group", "groupId": "g"})[1].startswith("Missing identifier")


@pytest.mark.parametrize("group_id", [None, "", 0, False, True, ["g"], {"g": 1}])
@pytest.mark.parametrize("subscriptions", [True, False])
def test_a_group_needs_an_id(group_id: Any, subscriptions: bool, error_of: ErrorOf) -> None:
    event = {"type": "group", "userId": "u", "groupId": group_id, "context": {"traits": {"groupId": "c"}}}
    assert error_of(event, subscription_groups=subscriptions) == (400, "Invalid groupId")


def subscription(traits: Any, **event: Any) -> Event:
    return {"type": "group", "userId": "u", "groupId": "sg", "traits": traits, **event}


@pytest.mark.parametrize(
    ("traits", "event", "contact"),
    [
        ({"email": "Case@Kept.io"}, {}, {"emails": ["Case@Kept.io"]}),
        ({"phone": "+1"}, {}, {"phones": ["+1"]}),
        ({"phone": "+1", "email": "a@b.c"}, {}, {"phones": ["+1"]}),
        ({"phone": "", "email": "a@b.c"}, {}, {"emails": ["a@b.c"]}),
        ({"email": "a@b.c"}, {"context": {"traits": {"phone": "+2"}}}, {"phones": ["+2"]}),
        ({"email": "a@b.c"}, {"properties": {"phone": "+3"}}, {"phones": ["+3"]}),
        ({"email": "a@b.c", "phone": 0}, {"properties": {"phone": "+3"}}, {"emails": ["a@b.c"]}),
        ({"phone": 4790012345}, {}, {"phones": [4790012345]}),
        ({"email": "a@b.c"}, {"context": "x", "properties": "x"}, {"emails": ["a@b.c"]}),
    ],
)
@pytest.mark.parametrize("state", ["subscribed", "unsubscribed"])
def test_a_subscription_names_one_contact(
    traits: Event, event: Event, contact: Event, state: str, transformed: Transform
) -> None:
    given = subscription({**traits, "subscriptionState": state}, **event)
    entry = {"subscription_group_id": "sg", "subscription_state": state, "external_ids": ["u"], **contact}
    assert transformed(given, subscription_groups=True) == [("subscriptions", entry)]


def test_a_subscription_needs_no_user(transformed: Transform) -> None:
    given = subscription({"email": "a@b.c", "subscriptionState": "subscribed"}, userId=None, groupId=5)
    entry = {"subscription_group_id": "5", "subscription_state": "subscribed", "emails": ["a@b.c"]}
    assert transformed(given, subscription_groups=True) == [("subscriptions", entry)]


def test_a_subscription_names_the_user_id_only(transformed: Transform) -> None:
    context = {"externalId": [{"type": "brazeExternalId", "id": "bx"}]}
    given = subscription({"email": "a@b.c", "subscriptionState": "subscribed"}, userId=12, context=context)
    [(_, entry)] = transformed(given, subscription_groups=True)
    assert entry["external_ids"] == ["12"]


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        (None, NO_CONTACT),
        ("x", NO_CONTACT),
        ({"subscriptionState": "subscribed"}, NO_CONTACT),
        ({"subscriptionState": "subscribed", "email": "", "phone": None}, NO_CONTACT),
        ({"email": "a@b.c"}, NO_STATE),
        ({"email": "a@b.c", "subscriptionState": "Subscribed"}, NO_STATE),
        ({"email": "a@b.c", "subscriptionState": ["subscribed"]}, NO_STATE),
    ],
)
def test_a_subscription_needs_contact_and_state_in_the_root_traits(
    traits: Any, message: str, error_of: ErrorOf
) -> None:
    context = {"traits": {"email": "c@d.e", "subscriptionState": "subscribed"}}
    assert error_of(subscription(traits, context=context), subscription_groups=True) == (400, message)


def merge(gone: str, kept: str) -> Event:
    return {"identifier_to_merge": {"external_id": gone}, "identifier_to_keep": {"external_id": kept}}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"userId": "new", "previousId": "old", "anonymousId": "an"}, merge("old", "new")),
        ({"userId": 31, "previousId": 32.0}, merge("32", "31")),
        ({"userId": "Same", "previousId": "same"}, merge("same", "Same")),
    ],
)
def test_an_alias_merges_the_previous_user(event: Event, expected: Event, transformed: Transform) -> None:
    assert transformed({"type": "alias", **event}) == [("merges", expected)]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"previousId": "old"}, "[BRAZE]: userId is required for alias call"),
        ({}, "[BRAZE]: userId is required for alias call"),
        ({"userId": True, "previousId": "old"}, "[BRAZE]: userId is required for alias call"),
        ({"userId": "new"}, "[BRAZE]: previousId is required for alias call"),
        ({"userId": "new", "previousId": []}, "[BRAZE]: previousId is required for alias call"),
        ({"userId": "5", "previousId": 5}, "[BRAZE]: userId and previousId are the same"),
    ],
)
def test_an_alias_needs_two_different_users(event: Event, message: str, error_of: ErrorOf) -> None:
    assert error_of({"type": "alias", "anonymousId": "an", **event}) == (400, message)
