"""What a request changes, and what its answer makes certain."""

from typing import Any

import pytest

from router.braze.object_errors import ObjectProblem, all_failed
from router.braze.objects import Request
from router.braze.responses import Outcome, Processed, Rejected, Retry, TooLarge
from router.braze.trait_changes import Move, changes_of, moves_of
from router.braze.trait_values import UNKNOWN, fingerprint, key_of

PLAN, TIER = key_of("plan"), key_of("tier")
GOLD = fingerprint("gold")
ALIAS = {"alias_label": "rudder_id", "alias_name": "an-1"}


def track(*attributes: dict[str, Any]) -> Request:
    sources = {"attributes": tuple((at,) for at in range(len(attributes)))}
    return Request.of("/users/track", body={"attributes": list(attributes)}, sources=sources)


def problem(index: int, array: str = "attributes") -> ObjectProblem:
    return ObjectProblem(array=array, index=index, events=(index,), message="no")


def test_every_attribute_is_uncertain_before_the_answer() -> None:
    request = track({"external_id": "u", "plan": "gold"}, {"user_alias": ALIAS, "tier": 1, "country": "SE"})
    assert changes_of(request) == {"u": {PLAN: UNKNOWN}, ("rudder_id", "an-1"): {TIER: UNKNOWN}}


@pytest.mark.parametrize(
    ("outcome", "plan"),
    [
        (Processed(), GOLD),
        (Processed(failed=(problem(1),)), GOLD),
        (Processed(failed=(problem(0, "events"),)), GOLD),
        (Processed(failed=(problem(0),)), UNKNOWN),
        (Processed(warned=(problem(0),)), UNKNOWN),
        (Processed(unplaced=("something is wrong",)), UNKNOWN),
        (TooLarge(message="too large"), UNKNOWN),
        (Rejected(status=400, message="no"), UNKNOWN),
        (Retry(cause="connection", message="cut", arrival="unknown"), UNKNOWN),
    ],
)
def test_a_value_is_certain_when_braze_took_its_object_without_remark(outcome: Outcome, plan: bytes) -> None:
    request = track({"external_id": "u", "plan": "gold"}, {"external_id": "v", "plan": "gold"})
    assert changes_of(request, outcome)["u"] == {PLAN: plan}


def test_a_request_given_up_makes_everything_uncertain() -> None:
    request = track({"external_id": "u", "plan": "gold"})
    assert changes_of(request, Processed(failed=all_failed(request, "given up"))) == {"u": {PLAN: UNKNOWN}}


@pytest.mark.parametrize(
    ("others", "outcome", "plan"),
    [
        (["gold"], Processed(), GOLD),
        (["silver"], Processed(), UNKNOWN),
        (["silver", "gold"], Processed(), UNKNOWN),
        ([{"inc": 1}], Processed(), UNKNOWN),
        (["gold"], Processed(failed=(problem(1),)), UNKNOWN),
    ],
)
def test_objects_of_one_request_that_disagree_make_the_value_uncertain(
    others: list[Any], outcome: Processed, plan: bytes
) -> None:
    objects = [{"external_id": "u", "plan": value} for value in ("gold", *others)]
    assert changes_of(track(*objects), outcome) == {"u": {PLAN: plan}}


def test_an_object_that_names_two_users_is_uncertain_for_both() -> None:
    request = track({"external_id": "u", "user_alias": ALIAS, "plan": "gold"})
    assert changes_of(request, Processed()) == {"u": {PLAN: UNKNOWN}, ("rudder_id", "an-1"): {PLAN: UNKNOWN}}


def test_identifies_and_merges_are_moves() -> None:
    identify = {"aliases_to_identify": [{"external_id": "u", "user_alias": ALIAS}]}
    merge = {
        "merge_updates": [{"identifier_to_merge": {"external_id": "a"}, "identifier_to_keep": {"external_id": "b"}}]
    }
    requests = (
        Request.of("/users/identify", body=identify, sources={"aliases_to_identify": ((0,),)}),
        Request.of("/users/merge", body=merge, sources={"merge_updates": ((0,),)}),
    )
    assert [moves_of(request) for request in requests] == [
        (Move(gone=("rudder_id", "an-1"), kept="u", filling="blanks"),),
        (Move(gone="a", kept="b", filling="all"),),
    ]
    assert [changes_of(request, Processed()) for request in requests] == [{}, {}]


def test_events_change_nothing_and_move_nobody() -> None:
    request = Request.of(
        "/users/track", body={"events": [{"name": "Ping", "external_id": "u"}]}, sources={"events": ((0,),)}
    )
    assert changes_of(request) == {}
    assert moves_of(request) == ()
