"""Asks Braze which endpoints a key may use, with requests that carry no user data and change nothing.

An empty request that passes authentication and permission is refused as empty (400); 401 and 403 come before that
(braze.com/docs, API errors).
"""

from typing import Literal

import msgspec

from router.braze.client import BrazeClient
from router.braze.objects import Path, Request
from router.errors import BrazeUnreachable

Finding = Literal["allowed", "key-refused", "permission-missing", "unclear", "unreachable"]

PROBES: tuple[tuple[str, Path, dict[str, list[str]]], ...] = (
    ("users.track", "/users/track", {}),
    ("users.identify", "/users/identify", {"aliases_to_identify": []}),
    ("users.merge", "/users/merge", {"merge_updates": []}),
    ("users.alias.new", "/users/alias/new", {"user_aliases": []}),
    ("users.delete", "/users/delete", {"external_ids": []}),
    ("subscription.status.set", "/v2/subscription/status/set", {"subscription_groups": []}),
)
"""Permission, endpoint, empty body."""


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What Braze said about one permission."""

    permission: str
    path: str
    finding: Finding
    answer: str


async def ask_permissions(client: BrazeClient) -> list[Permission]:
    """Probe every permission the router needs."""
    return [await _ask(client, name, path, body) for name, path, body in PROBES]


async def _ask(client: BrazeClient, name: str, path: Path, body: dict[str, list[str]]) -> Permission:
    try:
        answer = await client.send(Request.of(path, body=dict(body), sources={}))
    except BrazeUnreachable as error:
        return Permission(permission=name, path=path, finding="unreachable", answer=str(error))
    told = f"{answer.status} {answer.body[:200].decode(errors='replace').strip()}".strip()
    return Permission(permission=name, path=path, finding=_finding(answer.status), answer=told)


def _finding(status: int) -> Finding:
    if status == 401:
        return "key-refused"
    if status == 403:
        return "permission-missing"
    return "allowed" if status < 300 or status == 400 else "unclear"
