"""What a user has more than once: the same kind, name, time and properties.

Read from the profiles' logs when asked, so that a merge brings the two halves of a duplicate together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from router.braze_simulator.profiles.profile import Occurrence, Profile


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened `count` times on one profile, and by which paths and requests it came."""

    user: str
    braze_id: str
    kind: str
    name: str
    time: float
    properties: dict[str, Any] | None
    count: int
    paths: list[str]
    request_ids: list[str]


def duplicates(profiles: Iterable[Profile]) -> list[Duplicate]:
    """Every duplicate, in order of profile and first application."""
    return [_duplicate(profile, same) for profile in profiles for same in _groups(profile.log) if len(same) > 1]


def _groups(log: list[Occurrence]) -> Iterable[list[Occurrence]]:
    candidates: dict[tuple[str, str, float], list[Occurrence]] = defaultdict(list)
    for occurrence in log:
        candidates[occurrence.kind, occurrence.name, round(occurrence.time, 3)].append(occurrence)
    for group in candidates.values():
        if len(group) > 1:
            yield from _by_properties(group)


def _by_properties(group: list[Occurrence]) -> Iterable[list[Occurrence]]:
    same: dict[bytes, list[Occurrence]] = defaultdict(list)
    for occurrence in group:
        content = (occurrence.properties or {}, occurrence.digest)
        same[msgspec.json.encode(content, order="deterministic")].append(occurrence)
    return same.values()


def _duplicate(profile: Profile, same: list[Occurrence]) -> Duplicate:
    first = same[0]
    return Duplicate(
        user=profile.user,
        braze_id=profile.braze_id,
        kind=first.kind,
        name=first.name,
        time=first.time,
        properties=first.properties,
        count=len(same),
        paths=sorted({occurrence.path for occurrence in same}),
        request_ids=[occurrence.request_id for occurrence in same],
    )
