"""Every conformance vector, in process. Rules: README of the vectors; fixtures/conformance holds them, one case a line."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router.braze.batching import Batched, BatchSettings
from router.braze.objects import Request
from router.braze.options import TransformOptions
from router.braze.requests import transform_events
from router.events import decode_message

Case = dict[str, Any]
Object = dict[str, Any]

_VECTORS = Path(__file__).parents[2] / "fixtures" / "conformance"
_ARRAYS = ("attributes", "events", "purchases")
_ENTRIES = {
    "/users/identify": ("aliases_to_identify", 50),
    "/users/merge": ("merge_updates", 50),
    "/v2/subscription/status/set": ("subscription_groups", 25),
}


def _cases(name: str) -> list[Any]:
    lines = (_VECTORS / name).read_bytes().splitlines()
    return [pytest.param(case, id=case["id"]) for case in map(msgspec.json.decode, lines)]


def _run(case: Case) -> Batched:
    events = [decode_message(msgspec.json.encode(event)) for event in case.get("events", [case.get("event")])]
    settings = msgspec.convert(case.get("settings", {}), BatchSettings)
    return transform_events(events, TransformOptions.from_config(case["config"]), settings=settings)


def _same(value: Any) -> Any:
    """A hashable stand-in, equal for equal JSON: 1 equals 1.0, true is not 1, key order does not matter."""
    if isinstance(value, dict):
        return frozenset((key, _same(element)) for key, element in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_same, value))
    return (type(value) is bool, value)


@pytest.mark.parametrize("case", _cases("single.jsonl"))
def test_a_single_event_gives_exactly_the_expected_requests(case: Case) -> None:
    got = _run(case)
    if "error" in case["expected"]:
        assert got.requests == ()
        assert [{"status": error.status, "message": error.message} for error in got.errors] == [
            case["expected"]["error"]
        ]
    else:
        assert got.errors == ()
        requests = [{"path": request.path, "body": msgspec.json.decode(request.content)} for request in got.requests]
        assert _same(requests) == _same(case["expected"]["requests"]), requests


@pytest.mark.parametrize("case", _cases("batch.jsonl"))
def test_a_batch_keeps_every_invariant(case: Case) -> None:
    got = _run(case)
    expected = case["expected"]
    legacy = case.get("settings", {}).get("track_batching") == "legacy"
    assert msgspec.to_builtins(list(got.errors)) == expected["errors"]
    for request in got.requests:
        _check_shape(request, legacy=legacy)
    objects = {array: list(_placed(got.requests, array)) for array in _ARRAYS}
    _check_nothing_is_lost_or_reordered(objects, expected)
    _check_entries(got.requests, expected)
    _check_identity_order(objects, got.requests, expected)
    _check_subscriptions(got.requests, expected["subscriptions"])
    if not legacy:
        _check_users_stay_together(objects, expected)


def _check_shape(request: Request, *, legacy: bool) -> None:
    """Invariant 2: limits, `partner`, no empty arrays; and `sources` fits the body."""
    assert {array: len(request.body[array]) for array in request.sources} == {
        array: len(origins) for array, origins in request.sources.items()
    }
    if request.path in _ENTRIES:
        array, limit = _ENTRIES[request.path]
        assert 0 < len(request.body[array]) <= limit
        return
    assert request.path == "/users/track"
    assert request.body["partner"] == "RudderStack"
    sizes = [len(request.body[array]) for array in _ARRAYS if array in request.body]
    assert sizes
    assert 0 not in sizes
    assert (max(sizes) if legacy else sum(sizes)) <= 75


def _placed(requests: Iterable[Request], array: str) -> Iterator[tuple[int, Object]]:
    for number, request in enumerate(requests):
        for each in request.body.get(array, ()):
            yield number, each


def _user(each: Object) -> Any:
    return each.get("external_id") or _same(each.get("user_alias"))


def _check_nothing_is_lost_or_reordered(objects: dict[str, list[tuple[int, Object]]], expected: Case) -> None:
    """Invariant 3."""
    for array in _ARRAYS:
        sent, wanted = defaultdict(list), defaultdict(list)
        for _, each in objects[array]:
            sent[_user(each)].append(_same(each))
        for entry in expected[array]:
            wanted[_user(entry["item"])].append(_same(entry["item"]))
        assert sent == wanted, array


def _check_entries(requests: Iterable[Request], expected: Case) -> None:
    """Invariant 6: no identity or merge is lost; merges keep the order of their first arrival."""
    requests = list(requests)
    identities = {_same(each) for _, each in _placed(requests, "aliases_to_identify")}
    assert identities == {_same(entry["item"]) for entry in expected["identify"]}
    merges = dict.fromkeys(_same(each) for _, each in _placed(requests, "merge_updates"))
    assert list(merges) == list(dict.fromkeys(_same(entry["item"]) for entry in expected["merges"]))


def _check_identity_order(
    objects: dict[str, list[tuple[int, Object]]], requests: Iterable[Request], expected: Case
) -> None:
    """Invariant 5, for the first identity of each pair."""
    first_request: dict[Any, int] = {}
    for number, each in _placed(requests, "aliases_to_identify"):
        first_request.setdefault(_same(each), number)
    first_event = {_same(entry["item"]): entry for entry in reversed(expected["identify"])}
    for identity, number in first_request.items():
        entry = first_event[identity]
        alias, user, at = _same(entry["item"]["user_alias"]), entry["item"]["external_id"], entry["at"]
        for array in _ARRAYS:
            numbers = defaultdict(list)
            for place, each in objects[array]:
                numbers[_same(each)].append(place)
            for wanted in expected[array]:
                places = numbers[_same(wanted["item"])]
                if _user(wanted["item"]) == alias and wanted["at"] < at:
                    assert min(places) < number, "an anonymous object comes after its identity"
                if _user(wanted["item"]) == user and wanted["at"] >= at:
                    assert max(places) > number, "an object of the known user comes before its identity"


def _check_users_stay_together(objects: dict[str, list[tuple[int, Object]]], expected: Case) -> None:
    """Invariant 4: one request a user where nothing stands between, and hardly more requests than needed."""
    requests_of, count = defaultdict(set), Counter[Any]()
    for array in _ARRAYS:
        for number, each in objects[array]:
            requests_of[_user(each)].add(number)
            count[_user(each)] += 1
    identified = {_same(entry["item"]["user_alias"]) for entry in expected["identify"]}
    identified |= {entry["item"]["external_id"] for entry in expected["identify"]}
    spread = {user for user, numbers in requests_of.items() if len(numbers) > 1 and count[user] <= 75}
    assert spread <= identified
    used = set().union(*requests_of.values()) if requests_of else set()
    assert len(used) <= 2 * -(-count.total() // 75) + 2 * len(expected["identify"])


def _check_subscriptions(requests: Iterable[Request], wanted: Iterable[Case]) -> None:
    """Invariant 7: the last state of every contact, once, with the external id of its last event."""
    last = {_contact(entry["item"]): entry["item"] for entry in wanted}
    sent: dict[Any, Object] = {}
    named = set()
    for _, entry in _placed(requests, "subscription_groups"):
        assert ("phones" in entry) != ("emails" in entry)
        for key in _contacts(entry):
            assert key not in sent
            sent[key] = entry
        named |= {(*_contact(entry)[:2], entry["subscription_state"], user) for user in entry.get("external_ids", ())}
    assert {key: entry["subscription_state"] for key, entry in sent.items()} == {
        key: item["subscription_state"] for key, item in last.items()
    }
    owners = {
        (*key[:2], item["subscription_state"], user)
        for key, item in last.items()
        for user in item.get("external_ids", ())
    }
    assert owners <= named


def _contacts(entry: Object) -> list[tuple[Any, str, Any]]:
    kind = "phones" if "phones" in entry else "emails"
    return [(entry["subscription_group_id"], kind, contact) for contact in entry[kind]]


def _contact(entry: Object) -> tuple[Any, str, Any]:
    return _contacts(entry)[0]
