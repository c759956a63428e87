"""Which objects count twice when they are sent twice, and a request without them."""

from typing import Any

import pytest

from router.braze.objects import Request
from router.braze.repetition import counted_events, is_counted, mark_of, split_counted

SETS, ADDS = {"external_id": "u", "plan": "pro"}, {"external_id": "u", "visits": {"inc": 1}}
TRACK = Request.of(
    "/users/track",
    body={"partner": "P", "attributes": [SETS, ADDS], "events": [{"name": "e"}]},
    sources={"attributes": ((0,), (1, 2)), "events": ((3,),)},
)


@pytest.mark.parametrize(
    ("value", "counted"),
    [
        ({"inc": 1}, True),
        ({"$add": [{"id": 1}]}, True),
        ({"$add": [{"id": 1}], "$remove": []}, True),
        ({"$update": [{"$identifier_key": "id"}]}, False),
        ({"$remove": [{"$identifier_key": "id"}]}, False),
        ({"add": ["x"]}, False),
        ({"remove": ["x"]}, False),
        (["inc"], False),
        ("inc", False),
        (None, False),
    ],
)
def test_an_attribute_counts_when_it_adds_to_what_is_there(value: Any, counted: bool) -> None:
    assert is_counted("attributes", {"external_id": "u", "a": value}) is counted


def test_events_and_purchases_count_and_identities_do_not() -> None:
    assert is_counted("events", {"name": "e"})
    assert is_counted("purchases", {"product_id": "p"})
    assert not is_counted("aliases_to_identify", {"external_id": "u", "x": {"inc": 1}})


def test_the_events_behind_counted_objects_are_named_once_each() -> None:
    assert counted_events(TRACK) == (1, 2, 3)


def test_a_request_is_split_object_by_object() -> None:
    counted, others = split_counted(TRACK)
    assert counted.body == {"partner": "P", "attributes": [ADDS], "events": [{"name": "e"}]}
    assert counted.sources == {"attributes": ((1, 2),), "events": ((3,),)}
    assert others is not None
    assert others.body == {"partner": "P", "attributes": [SETS]}
    assert others.sources == {"attributes": ((0,),)}


def test_nothing_is_left_of_a_request_of_counted_objects_alone() -> None:
    counted, others = split_counted(split_counted(TRACK)[0])
    assert (counted.size, others) == (2, None)


def test_an_object_is_recognized_though_trait_dedup_left_something_out_of_it() -> None:
    full = {"external_id": "u", "plan": "pro", "visits": {"inc": 1}}
    assert mark_of("attributes", full) == mark_of("attributes", {"external_id": "u", "visits": {"inc": 1}})
    assert mark_of("attributes", full) != mark_of("attributes", full | {"visits": {"inc": 2}})
    assert mark_of("events", {"name": "a"}) != mark_of("purchases", {"name": "a"})
