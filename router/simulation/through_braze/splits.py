"""Split profiles: one visitor of the recording, several profiles in Braze.

It happens in hybrid mode: the cloud's first event makes a profile that has only the alias, the Braze SDK has one of its own, and its
addAlias comes too late (RudderStack docs, Braze hybrid mode). Two users on one device are no split.
"""

from collections.abc import Iterable, Mapping

import msgspec

from router.braze.transform.identity import ANONYMOUS_LABEL
from router.braze_simulator.profiles.profile import Profile
from router.simulation.through_braze.devices import Device
from router.simulation.through_braze.recording import Recorded


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """The profiles of one anonymousId, by name. `orphans` are those that a known user (`users`) ought to have in theirs."""

    anonymous_id: str
    users: tuple[str, ...]
    profiles: tuple[str, ...]
    orphans: tuple[str, ...]


def name_of(profile: Profile) -> str:
    """External id, alias or device: whatever tells most."""
    if profile.external_id is None and not profile.aliases and profile.devices:
        return f"device {next(iter(profile.devices))}"
    return profile.user


def splits(recording: Iterable[Recorded], devices: Iterable[Device], profiles: Iterable[Profile]) -> list[Split]:
    """Every anonymousId with more than one profile, in order of appearance."""
    users = _users_of(recording)
    holders = _holders(profiles, _anonymous_ids(devices))
    found = (_split(anonymous_id, known, holders) for anonymous_id, known in users.items())
    return [split for split in found if split is not None]


def _split(anonymous_id: str, users: Mapping[str, None], holders: Mapping[str, list[Profile]]) -> Split | None:
    held = holders.get(anonymous_id, [])
    anonymous = [profile for profile in held if not profile.identified]
    known = [profile.external_id or "" for profile in held if profile.identified]
    named = dict.fromkeys([*known, *users]) if anonymous else {}
    if len(anonymous) + len(named) < 2:
        return None
    orphans = tuple(name_of(profile) for profile in anonymous)
    return Split(
        anonymous_id=anonymous_id,
        users=tuple(named),
        profiles=(*named, *orphans),
        orphans=orphans if named else (),
    )


def _users_of(recording: Iterable[Recorded]) -> dict[str, dict[str, None]]:
    """The users that events name beside each anonymousId."""
    users: dict[str, dict[str, None]] = {}
    for event in recording:
        if event.facts.anonymous_id:
            known = users.setdefault(event.facts.anonymous_id, {})
            if event.facts.user_id:
                known[event.facts.user_id] = None
    return users


def _anonymous_ids(devices: Iterable[Device]) -> dict[str, set[str]]:
    return {device.id: {event.facts.anonymous_id for event in device.events} for device in devices}


def _holders(profiles: Iterable[Profile], ids_of: Mapping[str, set[str]]) -> dict[str, list[Profile]]:
    """The profiles of each anonymousId: the one with its alias, and the one that its device writes to."""
    holders: dict[str, list[Profile]] = {}
    for profile in profiles:
        alias = profile.aliases.get(ANONYMOUS_LABEL)
        ids = {alias} if alias else set().union(*(ids_of.get(device, set()) for device in profile.devices))
        for anonymous_id in ids:
            holders.setdefault(anonymous_id, []).append(profile)
    return holders
