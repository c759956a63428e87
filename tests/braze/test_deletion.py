"""Deleting users (cloud.md §16)."""

from router.braze.deletion import delete_requests


def test_users_are_deleted_fifty_a_request() -> None:
    requests = delete_requests(f"u{n}" for n in range(101))
    assert [request.path for request in requests] == ["/users/delete"] * 3
    assert [request.size for request in requests] == [50, 50, 1]
    assert requests[2].body == {"external_ids": ["u100"]}
    assert requests[2].sources == {"external_ids": ((100,),)}


def test_empty_ids_are_skipped_and_repeated_ones_kept() -> None:
    [request] = delete_requests(["", "a", "a"])
    assert request.body == {"external_ids": ["a", "a"]}
    assert request.sources == {"external_ids": ((1,), (2,))}


def test_nobody_to_delete_makes_no_request() -> None:
    assert delete_requests([]) == []
