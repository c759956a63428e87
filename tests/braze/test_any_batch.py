"""Whatever a batch holds: limits are kept, nothing is lost, doubled or reordered for a user, and the order tells the same story."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.braze.batching import MAX_ITEM_BYTES, MAX_REQUEST_BYTES, Batched, BatchSettings, batch
from router.braze.bisection import bisect
from router.braze.objects import TRACK_KINDS, Item, Request, User, alias_user, user_of

Items = list[tuple[int, Item]]

users = st.sampled_from([f"u{n}" for n in range(4)])
aliases = st.sampled_from([{"alias_name": f"a{n}", "alias_label": "rudder_id"} for n in range(3)])
owners = st.builds(lambda user: {"external_id": user}, users) | st.builds(lambda alias: {"user_alias": alias}, aliases)
objects = st.builds(
    lambda kind, owner, pad: Item(kind, {"pad": "x" * pad, **owner}),
    st.sampled_from(TRACK_KINDS),
    owners,
    st.sampled_from([0, 0, 0, 0, 2_000, MAX_ITEM_BYTES - 100, MAX_ITEM_BYTES]),
)
identities = st.builds(lambda alias, user: Item("identify", {"user_alias": alias, "external_id": user}), aliases, users)
merges = st.builds(
    lambda gone, kept: Item(
        "merges", {"identifier_to_merge": {"external_id": gone}, "identifier_to_keep": {"external_id": kept}}
    ),
    users,
    users,
)
subscriptions = st.builds(
    lambda state, contact, user: Item(
        "subscriptions",
        {"subscription_group_id": "g", "subscription_state": state, "emails": [contact], "external_ids": [user]},
    ),
    st.sampled_from(["subscribed", "unsubscribed"]),
    st.sampled_from(["a", "b", "c"]),
    users,
)
kinds = st.one_of(objects, objects, objects, identities, merges, subscriptions)
stories = st.lists(st.tuples(kinds, st.integers(1, 40)), max_size=25)
batch_settings = st.builds(BatchSettings, track_batching=st.sampled_from(["combined", "legacy"]))


def _items(story: Iterable[tuple[Item, int]]) -> Items:
    """The items of a story of (item, how often); each comes from an event of its own and carries its number."""
    repeated = [item for item, count in story for _ in range(count if item.kind in TRACK_KINDS else 1)]
    marked = (
        Item(item.kind, {"n": at, **item.body}) if item.kind in TRACK_KINDS else item
        for at, item in enumerate(repeated)
    )
    return list(enumerate(marked))


def _sent(requests: Iterable[Request]) -> dict[tuple[str, User], list[int]]:
    """For each array and user, the events behind its objects in order of sending."""
    found: dict[tuple[str, User], list[int]] = defaultdict(list)
    for request in requests:
        for kind in TRACK_KINDS:
            origins = request.sources.get(kind, ())
            for body, (at,) in zip(request.body.get(kind, ()), origins, strict=True):
                assert body["n"] == at
                found[kind, user_of(body)].append(at)
    return found


@settings(deadline=None, max_examples=150)
@given(stories, batch_settings)
def test_nothing_is_lost_doubled_or_reordered(story: Any, chosen: BatchSettings) -> None:
    items = _items(story)
    got = batch(items, chosen)
    refused = {error.index for error in got.errors}
    expected: dict[tuple[str, User], list[int]] = defaultdict(list)
    for at, item in items:
        size = len(msgspec.json.encode(item.body))
        assert (at in refused) is (size > MAX_ITEM_BYTES)
        if item.kind in TRACK_KINDS and at not in refused:
            expected[item.kind, user_of(item.body)].append(at)
    assert _sent(got.requests) == expected
    answered = {at for request in got.requests for at in request.events}
    assert answered | refused == {at for at, _ in items}


@settings(deadline=None, max_examples=150)
@given(stories, batch_settings)
def test_no_limit_is_exceeded(story: Any, chosen: BatchSettings) -> None:
    limits = {"/users/identify": 50, "/users/merge": 50, "/v2/subscription/status/set": 25}
    for request in batch(_items(story), chosen).requests:
        sizes = [len(origins) for origins in request.sources.values()]
        per_array = request.path != "/users/track" or chosen.track_batching == "legacy"
        assert 0 < (max(sizes) if per_array else sum(sizes)) <= limits.get(request.path, 75)
        assert len(request.content) <= MAX_REQUEST_BYTES
        assert msgspec.json.decode(request.content) == request.body


@settings(deadline=None, max_examples=150)
@given(stories)
def test_the_same_items_make_the_same_requests_and_stay_as_they_are(story: Any) -> None:
    items = _items(story)
    before = msgspec.json.encode([item for _, item in items])
    chosen = BatchSettings(coalescing="per_user")
    assert batch(items, chosen) == batch(items, chosen)
    assert msgspec.json.encode([item for _, item in items]) == before


def _numbers(got: Batched, array: str) -> list[tuple[int, tuple[int, ...]]]:
    return [
        (number, origin) for number, request in enumerate(got.requests) for origin in request.sources.get(array, ())
    ]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(objects, identities, identities, merges), max_size=30))
def test_an_identity_comes_after_its_alias_and_before_its_user(story: list[Item]) -> None:
    items = _items((item, 1) for item in story)
    got = batch(items)
    sent_in = {at: number for kind in TRACK_KINDS for number, (at,) in _numbers(got, kind)}
    for number, origin in _numbers(got, "aliases_to_identify"):
        identity = items[origin[0]][1].body
        alias, user, at = alias_user(identity["user_alias"]), identity["external_id"], origin[0]
        for other, place in sent_in.items():
            owner = user_of(items[other][1].body)
            assert not (owner == alias and other < at and place > number)
            assert not (owner == user and other > at and place < number)
            # Once it is said again, the alias has been active in between, and that goes before.
            assert not (owner == alias and other < origin[-1] and place > number)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.one_of(objects, merges, subscriptions), max_size=30))
def test_without_identities_each_user_has_one_request_and_merges_come_after_it(story: list[Item]) -> None:
    items = _items((item, 1) for item in story)
    got = batch(items)
    places: dict[User, set[int]] = defaultdict(set)
    for kind in TRACK_KINDS:
        for number, (at,) in _numbers(got, kind):
            places[user_of(items[at][1].body)].add(number)
    large = sum(len(request.content) for request in got.requests) > MAX_REQUEST_BYTES
    assert large or all(len(numbers) == 1 for numbers in places.values())
    order = []
    for number, origin in _numbers(got, "merge_updates"):
        order.append(origin[0])
        body = items[origin[0]][1].body
        for side in ("identifier_to_merge", "identifier_to_keep"):
            assert all(place < number for place in places[body[side]["external_id"]])
    assert order == sorted(order)


@settings(deadline=None, max_examples=300)
@given(st.lists(subscriptions, max_size=30))
def test_each_contact_and_each_user_ends_with_the_last_word(story: list[Item]) -> None:
    got = batch(enumerate(story))
    entries = [entry for request in got.requests for entry in request.body["subscription_groups"]]
    sent = [(contact, entry["subscription_state"]) for entry in entries for contact in entry["emails"]]
    last = {item.body["emails"][0]: item.body["subscription_state"] for item in story}
    assert sorted(sent) == sorted(last.items())
    words = {item.body["external_ids"][0]: item.body for item in story}
    for user, word in words.items():
        state = word["subscription_state"]
        if last[word["emails"][0]] == state:
            named = [entry["subscription_state"] for entry in entries if user in entry["external_ids"]]
            assert named[-1] == state


@settings(deadline=None, max_examples=150)
@given(st.lists(objects, min_size=2, max_size=40))
def test_two_halves_are_the_whole_in_order(story: list[Item]) -> None:
    for request in batch(_items((item, 1) for item in story)).requests:
        if request.size < 2:
            with pytest.raises(ValueError, match="single object"):
                bisect(request)
            continue
        halves = bisect(request)
        assert _sent(halves) == _sent([request])
        assert all(half.size for half in halves)
        owners = [{user for _, user in _sent([half])} for half in halves]
        assert not owners[0] & owners[1] or len(owners[0] | owners[1]) == 1
