"""What one request to Braze changes in the memory of traits, and what its answer confirms. Pure.

Works on the request as it is sent (coalesced, cut in two), so that memory follows each request's own outcome.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from router.braze.objects import Request, User, user_of
from router.braze.responses import Outcome, Processed
from router.braze.trait_values import UNKNOWN, Fingerprint, Key, updates_of, users_of

Changes = Mapping[User, Mapping[Key, Fingerprint]]
"""Per user and attribute: the value that Braze has afterwards, or UNKNOWN."""

Filling = Literal["blanks", "all"]
"""What of the kept profile a move may change: Braze fills what is blank there. After a merge nothing is trusted all the same."""

_SUBSCRIPTIONS = "/v2/subscription/status/set"
_ACTIVITY = frozenset({"events", "purchases"})


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One profile goes into another (/users/identify, /users/merge)."""

    gone: User
    kept: User
    filling: Filling


def touches_profiles(request: Request) -> bool:
    """Whether the request may change attributes of anybody; cheaper than to say whose."""
    return request.path != _SUBSCRIPTIONS and not request.sources.keys() <= _ACTIVITY


def changes_of(request: Request, outcome: Outcome | None = None) -> Changes:
    """Every attribute that the request sets, with its value where the outcome makes that certain.

    It is certain when Braze accepted every object that sets it, without remark, and all set the same: the order of the objects
    of a request is not promised (braze.com/docs, rate limits), and an invalid nested value takes its siblings with it.
    """
    doubtful = _doubtful(outcome)
    changes: dict[User, dict[Key, Fingerprint]] = {}
    for index, body in enumerate(request.body.get("attributes", ()) if request.path == "/users/track" else ()):
        users = users_of(body)
        certain = doubtful is not None and index not in doubtful and len(users) == 1
        for _, key, value in updates_of(body):
            for user in users:
                _note(changes.setdefault(user, {}), key, value if certain else UNKNOWN)
    return changes


def moves_of(request: Request) -> tuple[Move, ...]:
    """Which profiles the request moves into which."""
    return tuple(_moves(request))


def _doubtful(outcome: Outcome | None) -> frozenset[int] | None:
    """Indexes of attribute objects about whose effect nothing is certain; None = all."""
    if not isinstance(outcome, Processed) or outcome.unplaced:
        return None
    remarks = (*outcome.failed, *outcome.warned)
    return frozenset(problem.index for problem in remarks if problem.array == "attributes")


def _note(values: dict[Key, Fingerprint], key: Key, value: Fingerprint) -> None:
    values[key] = value if values.get(key, value) == value else UNKNOWN


def _moves(request: Request) -> Iterator[Move]:
    body: dict[str, Any] = request.body
    if request.path == "/users/identify":
        for entry in body["aliases_to_identify"]:
            yield Move(gone=user_of({"user_alias": entry["user_alias"]}), kept=entry["external_id"], filling="blanks")
    elif request.path == "/users/merge":
        for entry in body["merge_updates"]:
            gone, kept = user_of(entry["identifier_to_merge"]), user_of(entry["identifier_to_keep"])
            yield Move(gone=gone, kept=kept, filling="all")
