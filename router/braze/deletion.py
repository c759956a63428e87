"""Deleting users at Braze (cloud.md §16; braze.com/docs, /users/delete). The host is the same as for everything else (D15)."""

from collections.abc import Iterable

from router.braze.objects import Request

MAX_USERS = 50


def delete_requests(user_ids: Iterable[str]) -> list[Request]:
    """The requests that delete these users, 50 a request; empty ids are skipped. An object's source is its place in `user_ids`."""
    named = [(at, user_id) for at, user_id in enumerate(user_ids) if user_id]
    return [_request(named[start : start + MAX_USERS]) for start in range(0, len(named), MAX_USERS)]


def _request(named: list[tuple[int, str]]) -> Request:
    body = {"external_ids": [user_id for _, user_id in named]}
    return Request.of("/users/delete", body=body, sources={"external_ids": tuple((at,) for at, _ in named)})
