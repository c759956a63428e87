"""Whose object it is (cloud.md §2; differences D1, D5, D6, D7, D12)."""

from collections.abc import Callable
from typing import Any

import pytest

Event = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
ErrorOf = Callable[..., tuple[int, str]]

MISSING = "Missing identifier: one of userId, anonymousId, brazeExternalId or an integrations alias is required"
ANONYMOUS = {"alias_name": "an-1", "alias_label": "rudder_id"}
CHOSEN = {"alias_name": "n", "alias_label": "l"}


def braze_id(value: Any) -> Event:
    return {"externalId": [{"type": "hubspotId", "id": "h"}, {"type": "brazeExternalId", "id": value}]}


@pytest.mark.parametrize(
    ("ids", "external_id"),
    [
        ({"userId": "u-1"}, "u-1"),
        ({"userId": " u 1 "}, " u 1 "),
        ({"userId": 48213}, "48213"),
        ({"userId": 5.5}, "5.5"),
        ({"userId": "u-1", "anonymousId": "an-1"}, "u-1"),
        ({"userId": "u-1", "context": braze_id("bx")}, "bx"),
        ({"context": braze_id(77)}, "77"),
        ({"userId": "u-1", "context": braze_id("")}, "u-1"),
        ({"userId": "u-1", "context": braze_id(None)}, "u-1"),
        ({"userId": "u-1", "context": braze_id(["bx"])}, "u-1"),
        ({"userId": "u-1", "context": {"externalId": {"type": "brazeExternalId", "id": "bx"}}}, "u-1"),
        ({"userId": "u-1", "context": {"externalId": ["bx", None]}}, "u-1"),
        ({"userId": "u-1", "context": "odd"}, "u-1"),
        ({"userId": "u-1", "integrations": {"Braze": {"alias": CHOSEN}}}, "u-1"),
    ],
)
def test_a_known_user_is_named_by_external_id_alone(ids: Event, external_id: str, transformed: Transform) -> None:
    [(_, body)] = transformed({"type": "track", "event": "Ping", **ids})
    assert body["external_id"] == external_id
    assert "user_alias" not in body
    assert "_update_existing_only" not in body


@pytest.mark.parametrize(
    ("ids", "alias"),
    [
        ({"anonymousId": "an-1"}, ANONYMOUS),
        ({"anonymousId": 77}, {"alias_name": "77", "alias_label": "rudder_id"}),
        ({"userId": None, "anonymousId": "an-1"}, ANONYMOUS),
        ({"userId": "", "anonymousId": "an-1"}, ANONYMOUS),
        ({"userId": 0, "anonymousId": "an-1"}, ANONYMOUS),
        ({"userId": True, "anonymousId": "an-1"}, ANONYMOUS),
        ({"userId": {"id": 1}, "anonymousId": "an-1"}, ANONYMOUS),
        ({"traits": {"id": "T", "userId": "T"}, "anonymousId": "an-1"}, ANONYMOUS),
        ({"integrations": {"Braze": {"alias": {**CHOSEN, "more": 1}}}}, CHOSEN),
        ({"anonymousId": "an-1", "integrations": {"braze": {"alias": CHOSEN}}}, CHOSEN),
        ({"anonymousId": "an-1", "integrations": {"Braze": {"alias": {"alias_name": "n"}}}}, ANONYMOUS),
        ({"anonymousId": "an-1", "integrations": {"Braze": {"alias": {**CHOSEN, "alias_label": ""}}}}, ANONYMOUS),
        ({"anonymousId": "an-1", "integrations": {"Braze": {"alias": {**CHOSEN, "alias_name": 5}}}}, ANONYMOUS),
        ({"anonymousId": "an-1", "integrations": {"Braze": {"alias": "n"}}}, ANONYMOUS),
    ],
)
def test_an_anonymous_user_is_named_by_alias(ids: Event, alias: Event, transformed: Transform) -> None:
    *_, (_, body) = transformed({"type": "track", "event": "Ping", **ids})
    assert body["user_alias"] == alias
    assert body["_update_existing_only"] is False
    assert "external_id" not in body


@pytest.mark.parametrize("event", [{"type": "track", "event": "Ping"}, {"type": "page"}, {"type": "screen"}])
@pytest.mark.parametrize(
    "ids",
    [
        {},
        {"userId": "", "anonymousId": ""},
        {"userId": False, "anonymousId": []},
        {"traits": {"id": "T"}},
        {"integrations": {"Braze": {"alias": {"alias_name": "n"}}}},
    ],
)
def test_an_event_without_identifier_is_refused(event: Event, ids: Event, error_of: ErrorOf) -> None:
    assert error_of({**event, **ids}) == (400, MISSING)


@pytest.mark.parametrize(
    ("integrations", "app_id"),
    [
        ({"BRAZE": {"appId": "1"}, "Braze": {"appId": "2"}, "braze": {"appId": "3"}}, "1"),
        ({"BRAZE": True, "Braze": {"appId": "2"}}, "2"),
        ({"BRAZE": False, "Braze": "yes", "braze": {"appId": 3}}, "3"),
        ({"Braze": {"appId": True}}, "true"),
        ({"Braze": {"appId": ""}}, None),
        ({"Braze": {"appId": 0}}, None),
        ({"BrAzE": {"appId": "x"}}, None),
        ({"BRAZE": {}, "Braze": {"appId": "2"}}, None),
        ([{"Braze": {"appId": "x"}}], None),
        ("Braze", None),
    ],
)
def test_the_first_object_among_the_integrations_counts(
    integrations: Any, app_id: str | None, transformed: Transform
) -> None:
    [(_, body)] = transformed({"type": "track", "event": "Ping", "userId": "u", "integrations": integrations})
    assert body.get("app_id") == app_id
    assert ("app_id" in body) is (app_id is not None)
