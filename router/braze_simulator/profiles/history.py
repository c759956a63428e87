"""A profile as it was: its recorded changes undone, its log cut off. For exports that lag behind."""

from __future__ import annotations

from typing import Any

import msgspec

from router.braze_simulator.profiles.profile import Profile


def as_of(profile: Profile, moment: float) -> Profile | None:
    """A copy of the profile as it was at `moment`; None when it did not exist yet."""
    if profile.created_at > moment:
        return None
    past = msgspec.structs.replace(
        profile,
        standard=dict(profile.standard),
        custom=dict(profile.custom),
        log=[occurrence for occurrence in profile.log if occurrence.applied_at <= moment],
    )
    for change in reversed(profile.changes):
        if change.at > moment:
            for name, (before, _after) in change.fields.items():
                _undo(past, name, before)
    return past


def _undo(profile: Profile, name: str, before: Any) -> None:
    if name == "email":
        profile.email = before
    elif name == "phone":
        profile.phone = before
    else:
        values = profile.standard if name in profile.standard else profile.custom
        if before is None:
            values.pop(name, None)
        else:
            values[name] = before
