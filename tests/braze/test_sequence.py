"""The order of a batch's requests: identities, objects, subscriptions, merges (differences D23, D24)."""

from typing import Any

import pytest

from router.braze.batching import batch
from router.braze.objects import Item


def sends(user: str, name: str = "") -> Item:
    return Item("events", {"name": name, "external_id": user})


def anonymous(name: str, event: str = "") -> Item:
    return Item("events", {"name": event, "user_alias": {"alias_name": name, "alias_label": "rudder_id"}})


def has(**values: Any) -> Item:
    return Item("attributes", {**values, "external_id": "u"})


def identify(name: str, user: str) -> Item:
    return Item("identify", {"user_alias": {"alias_name": name, "alias_label": "rudder_id"}, "external_id": user})


def merge(gone: str, kept: str) -> Item:
    return Item("merges", {"identifier_to_merge": {"external_id": gone}, "identifier_to_keep": {"external_id": kept}})


def subscribe(user: str, email: str = "a@b.c") -> Item:
    entry = {
        "subscription_group_id": "g",
        "subscription_state": "subscribed",
        "emails": [email],
        "external_ids": [user],
    }
    return Item("subscriptions", entry)


def story(*items: Item) -> list[tuple[str, list[tuple[int, ...]]]]:
    """Each request's last path segment, and the events behind its objects."""
    requests = batch(enumerate(items)).requests
    return [
        (request.path.split("/")[-1], [origin for array in request.sources.values() for origin in array])
        for request in requests
    ]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        # Nothing was sent under the alias: the identity goes first, all else shares one request.
        ((sends("u"), identify("a", "u"), sends("u")), [("identify", [(1,)]), ("track", [(0,), (2,)])]),
        # What the alias sent goes before the identity, what the user sends from then on after it.
        (
            (anonymous("a"), identify("a", "u"), sends("u")),
            [("track", [(0,)]), ("identify", [(1,)]), ("track", [(2,)])],
        ),
        # The alias itself goes on after the identity.
        (
            (anonymous("a"), identify("a", "u"), anonymous("a")),
            [("track", [(0,)]), ("identify", [(1,)]), ("track", [(2,)])],
        ),
        # Others are not held back by it.
        (
            (anonymous("a"), identify("a", "u"), sends("u"), sends("v"), anonymous("b")),
            [("track", [(0,), (3,), (4,)]), ("identify", [(1,)]), ("track", [(2,)])],
        ),
        # Another alias of the user, active before: its identity stands after that too.
        (
            (anonymous("a"), anonymous("b"), identify("a", "u"), identify("b", "u"), sends("u")),
            [("track", [(0,), (1,)]), ("identify", [(2,), (3,)]), ("track", [(4,)])],
        ),
        # Equal identities are one.
        ((identify("a", "u"), identify("a", "u"), identify("b", "u")), [("identify", [(0, 1), (2,)])]),
        # The alias may not have existed the first time, so the identity is sent again after it was active.
        (
            (identify("a", "u"), anonymous("a"), identify("a", "u"), sends("u")),
            [("identify", [(0,)]), ("track", [(1,)]), ("identify", [(2,)]), ("track", [(3,)])],
        ),
        # One alias, two users: the order matters, so they do not share a request.
        ((identify("a", "u"), identify("a", "v")), [("identify", [(0,)]), ("identify", [(1,)])]),
    ],
)
def test_an_identity_stands_between_the_alias_and_the_known_user(items: Any, expected: Any) -> None:
    assert story(*items) == expected


@pytest.mark.parametrize(
    "values",
    [
        {"plan": None},
        {"nick": ""},
        {"visits": {"inc": 1}},
        {"tags": {"add": ["x"]}},
        {"a": {"b": 1}, "_merge_objects": True},
    ],
)
def test_an_identity_stands_after_what_comes_out_otherwise_once_it_has_filled_the_blanks(values: Any) -> None:
    assert story(has(**values), identify("a", "u")) == [("track", [(0,)]), ("identify", [(1,)])]


@pytest.mark.parametrize("values", [{"plan": "gold"}, {"a": {"b": 1}}, {"tags": ["x"]}, {"visits": 0}])
def test_an_identity_does_not_wait_for_plain_values(values: Any) -> None:
    assert story(has(**values), identify("a", "u")) == [("identify", [(1,)]), ("track", [(0,)])]


def test_an_alias_that_was_tied_to_a_user_shares_the_user_s_requests_in_order_of_arrival() -> None:
    others = [sends(f"v{number}") for number in range(80)]
    items = (identify("a", "u"), *others[:40], anonymous("a"), *others[40:73], sends("u"), *others[73:], anonymous("a"))
    (of_both,) = [[at for (at,) in origins] for path, origins in story(*items) if path == "track" and (41,) in origins]
    assert [at for at in of_both if at in (41, 75, 83)] == [41, 75, 83]


def test_an_alias_and_its_user_with_too_much_for_one_request_keep_one_each() -> None:
    items = (identify("a", "u"), *[sends("u"), anonymous("a")] * 40)
    assert [sorted(origins) for path, origins in story(*items) if path == "track"] == [
        [(at,) for at in range(1, 81, 2)],
        [(at,) for at in range(2, 81, 2)],
    ]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        # After what both users sent, whichever side they are on.
        ((sends("old"), sends("new"), merge("old", "new")), [("track", [(0,), (1,)]), ("merge", [(2,)])]),
        # A user's objects stay together; a merge comes a little late rather than too early.
        (
            (sends("old"), merge("old", "new"), sends("new"), sends("old")),
            [("track", [(0,), (2,), (3,)]), ("merge", [(1,)])],
        ),
        # After the identity that made the profile which is merged.
        (
            (anonymous("a"), identify("a", "old"), merge("old", "new")),
            [("track", [(0,)]), ("identify", [(1,)]), ("merge", [(2,)])],
        ),
        # Before an identity that comes later.
        ((merge("old", "new"), identify("a", "new")), [("merge", [(0,)]), ("identify", [(1,)])]),
        # Equal merges are one.
        ((merge("a", "b"), merge("c", "b"), merge("a", "b")), [("merge", [(0, 2), (1,)])]),
        # Unless the profile came back in between.
        (
            (merge("a", "b"), anonymous("x"), identify("x", "a"), merge("a", "b")),
            [("track", [(1,)]), ("merge", [(0,)]), ("identify", [(2,)]), ("merge", [(3,)])],
        ),
        # Links of a chain do not share a request: inside one Braze promises no order.
        (
            (merge("a", "b"), merge("b", "c"), merge("c", "d")),
            [("merge", [(0,)]), ("merge", [(1,)]), ("merge", [(2,)])],
        ),
        ((merge("a", "b"), merge("a", "c")), [("merge", [(0,)]), ("merge", [(1,)])]),
        ((merge("a", "b"), merge("c", "a")), [("merge", [(0,)]), ("merge", [(1,)])]),
    ],
)
def test_a_merge_stands_after_what_its_users_did_before(items: Any, expected: Any) -> None:
    assert story(*items) == expected


def test_merges_never_overtake_each_other() -> None:
    items = (anonymous("x"), identify("x", "u"), merge("u", "v"), merge("p", "q"))
    assert story(*items)[-1] == ("merge", [(2,), (3,)])


def test_subscriptions_come_after_their_users_objects_and_before_their_merge() -> None:
    items = (subscribe("old"), sends("old"), merge("old", "new"))
    assert story(*items) == [("track", [(1,)]), ("set", [(0,)]), ("merge", [(2,)])]


def test_a_subscription_of_a_known_user_comes_after_the_identity() -> None:
    items = (anonymous("a"), identify("a", "u"), sends("u"), subscribe("u"))
    assert [path for path, _ in story(*items)] == ["track", "identify", "track", "set"]


@pytest.mark.parametrize(
    ("make", "count", "expected"),
    [
        (lambda n: identify(f"a{n}", f"u{n}"), 101, [50, 50, 1]),
        (lambda n: merge(f"a{n}", f"b{n}"), 51, [50, 1]),
        (lambda n: merge(f"a{n}", "b"), 51, [50, 1]),
        (lambda n: subscribe(f"u{n}", f"{n}@b.c"), 51, [2]),
    ],
)
def test_entries_are_cut_at_brazes_limits(make: Any, count: int, expected: list[int]) -> None:
    assert [len(origins) for _, origins in story(*map(make, range(count)))] == expected


def test_identities_carry_the_merge_behaviour() -> None:
    [request] = batch([(0, identify("a", "u"))]).requests
    alias = {"alias_name": "a", "alias_label": "rudder_id"}
    assert request.body == {
        "aliases_to_identify": [{"user_alias": alias, "external_id": "u"}],
        "merge_behavior": "merge",
    }
