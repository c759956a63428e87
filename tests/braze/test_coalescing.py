"""Attribute objects of one user joined without a change of meaning (braze.com/docs, data points)."""

from typing import Any

import pytest

from router.braze.coalescing import coalesce
from router.braze.packing import Placed

Body = dict[str, Any]


def placed(*bodies: Body) -> list[Placed]:
    return [("attributes", body, (at,)) for at, body in enumerate(bodies)]


@pytest.mark.parametrize(
    ("earlier", "later", "joined"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"y": 2}}),
        ({"a": [1]}, {"a": [2]}, {"a": [2]}),
        ({"n": {"inc": 1}}, {"n": {"inc": 2}}, {"n": {"inc": 3}}),
        ({"n": {"inc": 1}}, {"n": 5}, {"n": 5}),
        ({"l": {"add": ["x"]}}, {"l": {"add": ["y"]}}, {"l": {"add": ["x", "y"]}}),
        ({"l": {"remove": ["x"]}}, {"l": {"remove": ["y"]}}, {"l": {"remove": ["x", "y"]}}),
        ({"l": {"add": ["x"]}}, {"l": ["y"]}, {"l": ["y"]}),
        ({"n": 5}, {"m": {"inc": 1}}, {"n": 5, "m": {"inc": 1}}),
        (
            {"_merge_objects": True, "a": {"x": 1}},
            {"_merge_objects": True, "b": 2},
            {"_merge_objects": True, "a": {"x": 1}, "b": 2},
        ),
        (
            {"_merge_objects": True, "a": 1},
            {"_merge_objects": True, "a": {"x": 1}},
            {"_merge_objects": True, "a": {"x": 1}},
        ),
    ],
)
def test_two_objects_become_one(earlier: Body, later: Body, joined: Body) -> None:
    before = [dict(earlier), dict(later)]
    assert coalesce(placed(earlier, later)) == [("attributes", joined, (0, 1))]
    assert [earlier, later] == before


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"n": 5}, {"n": {"inc": 1}}),
        ({"n": {"inc": 1}}, {"n": {"inc": 1.5}}),
        ({"l": ["x"]}, {"l": {"add": ["y"]}}),
        ({"l": {"add": ["x"]}}, {"l": {"remove": ["x"]}}),
        ({"l": {"add": ["x"], "remove": ["y"]}}, {"l": {"add": ["z"], "remove": ["q"]}}),
        ({"l": {"add": ["x"]}}, {"l": {"add": "y"}}),
        ({"p": {"$add": []}}, {"q": 1}),
        ({"q": 1}, {"p": {"$update": []}}),
        ({"_merge_objects": True}, {"a": 1}),
        ({"_update_existing_only": False}, {"_update_existing_only": True}),
        ({"_merge_objects": True, "a": {"x": 1}}, {"_merge_objects": True, "a": {"y": 1}}),
        ({"external_id": "u", "a": 1}, {"user_alias": {"alias_name": "n", "alias_label": "l"}, "a": 2}),
    ],
)
def test_what_would_mean_something_else_stays_apart(earlier: Body, later: Body) -> None:
    assert coalesce(placed(earlier, later)) == placed(earlier, later)


def test_events_stay_and_sources_are_kept() -> None:
    objects: list[Placed] = [
        ("attributes", {"a": 1}, (0,)),
        ("events", {"name": "E"}, (0,)),
        ("attributes", {"a": 2}, (1,)),
        ("attributes", {"p": {"$add": []}}, (2,)),
        ("attributes", {"b": 1}, (3,)),
        ("attributes", {"b": 2}, (3,)),
    ]
    assert coalesce(objects) == [
        ("attributes", {"a": 2}, (0, 1)),
        ("events", {"name": "E"}, (0,)),
        ("attributes", {"p": {"$add": []}}, (2,)),
        ("attributes", {"b": 2}, (3,)),
    ]


def test_an_object_that_names_the_user_otherwise_keeps_its_place_between_the_others() -> None:
    known, anonymous = {"external_id": "u"}, {"user_alias": {"alias_name": "n", "alias_label": "l"}}
    objects = placed({"a": 1, **known}, {"b": 1, **known}, {"a": 2, **anonymous}, {"a": 3, **known})
    assert [each[2] for each in coalesce(objects)] == [(0, 1), (2,), (3,)]
