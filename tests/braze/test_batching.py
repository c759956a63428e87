"""How items become requests: limits, order, errors of oversized items."""

from collections.abc import Iterable
from typing import Any

import pytest

from router.braze.batching import MAX_ITEM_BYTES, MAX_REQUEST_BYTES, Batched, BatchSettings, batch
from router.braze.objects import Item, Kind
from router.braze.packing import TrackBatching


def item(kind: Kind, user: str, **body: Any) -> Item:
    return Item(kind, {**body, "external_id": user})


def sizes(batched: Batched) -> list[dict[str, int]]:
    return [{array: len(origins) for array, origins in request.sources.items()} for request in batched.requests]


def numbered(items: Iterable[Item]) -> list[tuple[int, Item]]:
    return list(enumerate(items))


@pytest.mark.parametrize(
    ("items", "track_batching", "expected"),
    [
        ([item("events", f"u{n}") for n in range(75)], "combined", [{"events": 75}]),
        ([item("events", f"u{n}") for n in range(76)], "combined", [{"events": 75}, {"events": 1}]),
        ([item("events", f"u{n}") for n in range(76)], "legacy", [{"events": 75}, {"events": 1}]),
        (
            [item("attributes", "u") for _ in range(80)] + [item("events", "u") for _ in range(80)],
            "combined",
            [{"attributes": 75}, {"attributes": 5, "events": 70}, {"events": 10}],
        ),
        (
            [item(kind, "u") for _ in range(80) for kind in ("attributes", "events")],
            "legacy",
            [{"attributes": 75, "events": 75}, {"attributes": 5, "events": 5}],
        ),
        (
            [item("attributes", "u")] * 40 + [item("events", "u")] * 40 + [item("purchases", "u")] * 10,
            "legacy",
            [{"attributes": 40, "events": 40, "purchases": 10}],
        ),
        # 40 + 40 + 30: the third user fits neither request of the first two, the fourth fits the first.
        (
            [
                item("events", user)
                for user, count in (("a", 40), ("b", 40), ("c", 36), ("d", 35))
                for _ in range(count)
            ],
            "combined",
            [{"events": 75}, {"events": 40}, {"events": 36}],
        ),
    ],
)
def test_users_are_packed_whole_up_to_the_limit(
    items: list[Item], track_batching: TrackBatching, expected: list[dict[str, int]]
) -> None:
    assert sizes(batch(numbered(items), BatchSettings(track_batching=track_batching))) == expected


def test_what_is_too_much_for_one_request_is_cut_in_order() -> None:
    items = [item("events", "other")] + [item("events", "u", n=n) for n in range(160)]
    requests = batch(numbered(items)).requests
    assert [body["n"] for request in requests for body in request.body["events"] if "n" in body] == list(range(160))
    assert len(requests) == 4


def test_arrays_are_in_order_of_arrival_across_users() -> None:
    items = [item("events", user, n=n) for n, user in enumerate("abcabcbca")]
    [request] = batch(numbered(items)).requests
    assert [body["n"] for body in request.body["events"]] == list(range(9))
    assert request.sources["events"] == tuple((at,) for at in range(9))


def test_a_track_request_is_marked_as_rudderstacks_and_has_no_empty_arrays() -> None:
    [request] = batch([(4, item("purchases", "u"))]).requests
    assert request.path == "/users/track"
    assert request.body == {"partner": "RudderStack", "purchases": [{"external_id": "u"}]}
    assert request.content == b'{"partner":"RudderStack","purchases":[{"external_id":"u"}]}'
    assert request.sources == {"purchases": ((4,),)}
    assert (request.size, request.events) == (1, (4,))


def test_nothing_makes_no_request() -> None:
    assert batch([]) == Batched(requests=(), errors=())


def test_an_event_with_an_oversized_item_fails_as_a_whole() -> None:
    large = item("events", "u", text="x" * MAX_ITEM_BYTES)
    items = [
        (0, item("attributes", "u", n=0)),
        (1, Item("identify", {"user_alias": {"alias_name": "a", "alias_label": "l"}, "external_id": "u"})),
        (1, item("attributes", "u", n=1)),
        (1, large),
        (2, item("events", "u", n=2)),
    ]
    got = batch(items)
    size = MAX_ITEM_BYTES + len('{"text":"","external_id":"u"}')
    message = f"[Braze] Single events item exceeds 102400 bytes (got {size})"
    assert [(error.index, error.status, error.message) for error in got.errors] == [(1, 400, message)]
    assert sizes(got) == [{"attributes": 1, "events": 1}]
    assert got.requests[0].events == (0, 2)


def test_an_item_of_exactly_the_limit_is_sent() -> None:
    empty = len('{"text":"","external_id":"u"}')
    exact = item("events", "u", text="x" * (MAX_ITEM_BYTES - empty))
    over = item("events", "u", text="x" * (MAX_ITEM_BYTES - empty + 1))
    assert batch([(0, exact)]).errors == ()
    assert [error.index for error in batch([(0, exact), (1, over)]).errors] == [1]


def test_bytes_count_not_characters() -> None:
    assert [error.index for error in batch([(0, item("events", "u", text="é" * (MAX_ITEM_BYTES // 2)))]).errors] == [0]


def test_large_items_are_spread_over_requests_within_the_byte_limit() -> None:
    items = [item("events", f"u{n}", text="x" * 100_000, n=n) for n in range(75)]
    got = batch(numbered(items))
    assert got.errors == ()
    assert [body["n"] for request in got.requests for body in request.body["events"]] == list(range(75))
    assert all(len(request.content) <= MAX_REQUEST_BYTES for request in got.requests)
    assert len(got.requests) == 2


def test_attributes_that_would_be_too_large_together_stay_apart() -> None:
    items = [item("attributes", "u", **{f"a{n}": "x" * 60_000}) for n in range(2)]
    got = batch(numbered(items), BatchSettings(coalescing="per_user"))
    assert got.errors == ()
    assert sizes(got) == [{"attributes": 2}]


def test_attributes_of_one_user_are_joined_when_asked_for() -> None:
    items = [
        item("attributes", "u", a=1),
        item("events", "u"),
        item("attributes", "u", b=2),
        item("attributes", "v", a=3),
    ]
    [request] = batch(numbered(items), BatchSettings(coalescing="per_user")).requests
    assert request.body["attributes"] == [{"a": 1, "external_id": "u", "b": 2}, {"a": 3, "external_id": "v"}]
    assert request.sources["attributes"] == ((0, 2), (3,))
