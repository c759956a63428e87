"""A request cut in two."""

from collections.abc import Callable
from typing import Any

import pytest

from router.braze.bisection import bisect
from router.braze.objects import Request

MakeRequest = Callable[..., Request]


def events(*users: str) -> list[dict[str, Any]]:
    return [{"n": n, "external_id": user} for n, user in enumerate(users)]


@pytest.mark.parametrize(
    ("users", "first", "second"),
    [
        ("ab", [0], [1]),
        ("aab", [0, 1], [2]),
        ("aabb", [0, 1], [2, 3]),
        ("abab", [0, 2], [1, 3]),
        ("aaaab", [0, 1, 2, 3], [4]),
        ("abbbb", [0], [1, 2, 3, 4]),
        ("aaaa", [0, 1], [2, 3]),
        ("aaa", [0], [1, 2]),
    ],
)
def test_users_stay_whole_where_there_is_more_than_one(
    users: str, first: list[int], second: list[int], track_request: MakeRequest
) -> None:
    halves = bisect(track_request(events=events(*users)))
    assert [[each["n"] for each in half.body["events"]] for half in halves] == [first, second]
    assert [half.sources["events"] for half in halves] == [tuple((n,) for n in first), tuple((n,) for n in second)]


def test_a_single_user_is_cut_in_the_order_in_which_braze_applies_the_arrays(track_request: MakeRequest) -> None:
    request = track_request(
        attributes=[{"a": 1, "external_id": "u"}],
        events=[{"name": "E", "external_id": "u"}, {"name": "F", "external_id": "u"}],
        purchases=[{"product_id": "p", "external_id": "u"}],
    )
    first, second = bisect(request)
    assert first.body == {
        "partner": "RudderStack",
        "attributes": [{"a": 1, "external_id": "u"}],
        "events": [{"name": "E", "external_id": "u"}],
    }
    assert second.body == {
        "partner": "RudderStack",
        "events": [{"name": "F", "external_id": "u"}],
        "purchases": [{"product_id": "p", "external_id": "u"}],
    }
    assert (first.sources, second.sources) == (
        {"attributes": ((0,),), "events": ((1,),)},
        {"events": ((2,),), "purchases": ((3,),)},
    )


def test_the_halves_carry_their_own_content(track_request: MakeRequest) -> None:
    first, second = bisect(track_request(events=events("a", "b")))
    assert first.content == b'{"partner":"RudderStack","events":[{"n":0,"external_id":"a"}]}'
    assert second.path == "/users/track"


def test_entries_of_other_endpoints_are_halved_and_the_rest_of_the_body_stays() -> None:
    entries = [{"external_id": user} for user in "abc"]
    body = {"aliases_to_identify": entries, "merge_behavior": "merge"}
    request = Request.of("/users/identify", body=body, sources={"aliases_to_identify": ((0, 3), (1,), (2,))})
    first, second = bisect(request)
    assert first.body == {"aliases_to_identify": entries[:1], "merge_behavior": "merge"}
    assert second.body == {"aliases_to_identify": entries[1:], "merge_behavior": "merge"}
    assert (first.sources, second.sources) == (
        {"aliases_to_identify": ((0, 3),)},
        {"aliases_to_identify": ((1,), (2,))},
    )


def test_a_single_object_cannot_be_cut(track_request: MakeRequest) -> None:
    with pytest.raises(ValueError, match="single object"):
        bisect(track_request(events=events("a")))
