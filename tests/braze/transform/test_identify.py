"""identify: attributes and the identity to resolve (cloud.md §10, §17; differences D12, D16, D17)."""

from collections.abc import Callable
from typing import Any

import pytest

Event = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
ErrorOf = Callable[..., tuple[int, str]]

NO_ATTRIBUTES = "No attributes found to update the user profile"
CHOSEN = {"alias_name": "n", "alias_label": "l"}


@pytest.mark.parametrize(
    ("ids", "alias", "external_id"),
    [
        ({"userId": "u", "anonymousId": "an"}, {"alias_name": "an", "alias_label": "rudder_id"}, "u"),
        ({"userId": 5, "anonymousId": 6}, {"alias_name": "6", "alias_label": "rudder_id"}, "5"),
        ({"userId": "u", "integrations": {"Braze": {"alias": CHOSEN}}}, CHOSEN, "u"),
        ({"userId": "u", "anonymousId": "an", "integrations": {"Braze": {"alias": CHOSEN}}}, CHOSEN, "u"),
        (
            {"userId": "u", "anonymousId": "an", "context": {"externalId": [{"type": "brazeExternalId", "id": "bx"}]}},
            {"alias_name": "an", "alias_label": "rudder_id"},
            "bx",
        ),
    ],
)
@pytest.mark.parametrize("traits", [{"a": 1}, {}, {"firstName": ""}])
def test_both_sides_of_an_identity_are_resolved_before_the_attributes(
    ids: Event, alias: Event, external_id: str, traits: Event, transformed: Transform
) -> None:
    identity = ("identify", {"user_alias": alias, "external_id": external_id})
    attributes = ("attributes", {"a": 1, "external_id": external_id})
    expected = [identity, attributes] if "a" in traits else [identity]
    assert transformed({"type": "identify", "traits": traits, **ids}) == expected


@pytest.mark.parametrize("ids", [{"userId": "u"}, {"anonymousId": "an"}, {"userId": "u", "anonymousId": None}])
def test_one_side_alone_resolves_nothing(ids: Event, transformed: Transform) -> None:
    assert [kind for kind, _ in transformed({"type": "identify", "traits": {"a": 1}, **ids})] == ["attributes"]


@pytest.mark.parametrize("ids", [{"userId": "u"}, {"anonymousId": "an"}])
@pytest.mark.parametrize("traits", [None, {}, {"firstName": ""}, {"address": "x"}, "x"])
def test_one_side_alone_needs_attributes(ids: Event, traits: Any, error_of: ErrorOf) -> None:
    assert error_of({"type": "identify", "traits": traits, **ids}) == (400, NO_ATTRIBUTES)


def test_an_identity_does_not_survive_unusable_traits(error_of: ErrorOf) -> None:
    event = {"type": "identify", "userId": "u", "anonymousId": "an", "traits": {"email": 7}}
    assert error_of(event) == (400, "Invalid email, email must be a valid string")


def test_identify_carries_no_time_and_needs_none(transformed: Transform) -> None:
    event = {"type": "identify", "userId": "u", "traits": {"a": 1}, "timestamp": None}
    assert transformed(event) == [("attributes", {"a": 1, "external_id": "u"})]


def mapped(external_ids: Any, **event: Any) -> Event:
    context = {"mappedToDestination": True, "externalId": external_ids}
    return {"type": "identify", "userId": "row", "traits": {"a": 1}, "context": context, **event}


@pytest.mark.parametrize(
    ("external_ids", "external_id"),
    [
        ([{"type": "BRAZE-users", "id": "wh"}], "wh"),
        ([{"type": "BRAZE-users", "id": 2024}], "2024"),
        ([{"type": "BRAZE-users", "id": "wh"}, {"type": "brazeExternalId", "id": "bx"}], "bx"),
        ([{"type": "BRAZE-users", "id": ""}], "row"),
        ([{"type": "BRAZE-users"}], "row"),
        (["wh"], "row"),
        ([], "row"),
        (None, "row"),
        ({"id": "wh"}, "row"),
    ],
)
def test_a_mapped_row_names_its_user_in_the_context(
    external_ids: Any, external_id: str, transformed: Transform
) -> None:
    assert transformed(mapped(external_ids)) == [("attributes", {"a": 1, "external_id": external_id})]


def test_only_identify_reads_the_user_of_a_mapped_row(transformed: Transform) -> None:
    [_, (_, body)] = transformed(mapped([{"type": "BRAZE-users", "id": "wh"}], type="track", event="E"))
    assert body["external_id"] == "row"
