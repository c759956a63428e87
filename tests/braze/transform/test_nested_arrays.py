"""Nested array operations (cloud.md §4; difference D11)."""

from collections.abc import Callable
from typing import Any

import pytest

Trait = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
ErrorOf = Callable[..., tuple[int, str]]


def identify(**traits: Any) -> Trait:
    return {"type": "identify", "userId": "u", "traits": traits}


@pytest.mark.parametrize(
    ("trait", "operators"),
    [
        ({"add": [{"id": 1}]}, {"$add": [{"id": 1}]}),
        ({"add": []}, {"$add": []}),
        ({"add": [{"id": 1}], "note": "x", "total": 3}, {"$add": [{"id": 1}]}),
        ({"add": [{"id": 1}], "update": None, "remove": 0}, {"$add": [{"id": 1}]}),
        (
            {"remove": [{"identifier": "id", "id": 3, "why": "sold"}]},
            {"$remove": [{"$identifier_key": "id", "$identifier_value": 3}]},
        ),
        ({"remove": [{"identifier": "id"}]}, {"$remove": [{"$identifier_key": "id"}]}),
    ],
)
def test_an_operation_is_replaced_by_its_operators(trait: Trait, operators: Trait, transformed: Transform) -> None:
    [(_, body)] = transformed(identify(pets=trait), nested_arrays=True)
    assert body == {"pets": operators, "external_id": "u"}


def test_an_update_names_the_new_object_and_how_to_merge(transformed: Transform) -> None:
    update = [{"identifier": "sku", "sku": "A", "qty": 3, "tags": [None]}, {"identifier": "id", "id": None}]
    [(_, body)] = transformed(identify(pets={"update": update}), nested_arrays=True)
    assert body["pets"] == {
        "$update": [
            {"$identifier_key": "sku", "$identifier_value": "A", "$new_object": {"qty": 3, "tags": [None]}},
            {"$identifier_key": "id", "$identifier_value": None, "$new_object": {}},
        ]
    }
    assert body["_merge_objects"] is False


@pytest.mark.parametrize(
    ("properties", "integration", "flag"),
    [
        ({"mergeObjectsUpdateOperation": True}, {}, True),
        ({"mergeObjectsUpdateOperation": False}, {"mergeObjectsUpdateOperation": True}, False),
        ({"mergeObjectsUpdateOperation": None}, {"mergeObjectsUpdateOperation": True}, True),
        ({}, {"mergeObjectsUpdateOperation": True}, True),
        (["x"], {}, False),
        (None, {}, False),
    ],
)
@pytest.mark.parametrize("event", [{"type": "identify"}, {"type": "track", "event": "E"}])
def test_the_merge_flag_is_read_from_properties_then_integrations(
    event: Trait, properties: Any, integration: Trait, flag: bool, transformed: Transform
) -> None:
    given = {"traits": {"pets": {"update": []}}, "properties": properties, "integrations": {"Braze": integration}}
    (_, body), *_ = transformed({**event, "userId": "u", **given}, nested_arrays=True)
    assert body["_merge_objects"] is flag


@pytest.mark.parametrize(
    "trait",
    [
        {"create": [{"id": 1}]},
        {"update": "all"},
        {"add": {"id": 1}},
        {"$add": [{"id": 1}]},
        {"nested": {"add": [{"x": 1}]}},
        {},
        [{"add": [1]}],
        "add",
    ],
)
def test_a_trait_without_an_array_operation_is_sent_as_it_is(trait: Any, transformed: Transform) -> None:
    assert transformed(identify(pets=trait), nested_arrays=True) == [
        ("attributes", {"pets": trait, "external_id": "u"})
    ]


@pytest.mark.parametrize(
    ("trait", "reason"),
    [
        ({"add": [], "update": "all"}, "update must be an array of objects"),
        ({"update": [], "add": {}}, "add must be an array of objects"),
        ({"add": [None]}, "add must be an array of objects"),
        ({"add": [{"id": 1}, 5]}, "add must be an array of objects"),
        ({"remove": ["x"]}, "remove must be an array of objects"),
        ({"update": [{"identifier": "id", "id": 1}, {"id": 2}]}, "update item 1 has no identifier"),
        ({"update": [{"identifier": "", "id": 2}]}, "update item 0 has no identifier"),
        ({"remove": [{"identifier": 5}]}, "remove item 0 has no identifier"),
    ],
)
def test_a_malformed_operation_is_refused_by_name(trait: Trait, reason: str, error_of: ErrorOf) -> None:
    message = f"Invalid nested array operation for trait my pets 🐾: {reason}"
    assert error_of(identify(**{"my pets 🐾": trait}), nested_arrays=True) == (400, message)


def test_operations_do_not_run_unless_asked_for(transformed: Transform) -> None:
    [(_, body)] = transformed(identify(pets={"add": [None]}))
    assert body == {"pets": {"add": [None]}, "external_id": "u"}


def test_address_is_a_trait_like_any_other(transformed: Transform) -> None:
    address = {"add": [{"zip": "1"}], "country": "ES"}
    [(_, body)] = transformed(identify(address=address), nested_arrays=True)
    assert body == {"address": {"$add": [{"zip": "1"}]}, "country": "ES", "external_id": "u"}


def test_every_trait_is_looked_at(transformed: Transform) -> None:
    [(_, body)] = transformed(identify(a={"add": []}, b={"x": 1}, c={"remove": []}), nested_arrays=True)
    assert body == {"a": {"$add": []}, "b": {"x": 1}, "c": {"$remove": []}, "external_id": "u"}
