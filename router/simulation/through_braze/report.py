"""What is in Braze at the end of a run: every profile, by which path its parts came, and what went wrong on the way."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from policies.capabilities import Mode
from router.braze_simulator.inspection.reading import surviving
from router.braze_simulator.inspection.views import profile_summary
from router.braze_simulator.ledgers.discards import Discard
from router.braze_simulator.ledgers.duplicates import Duplicate, duplicates
from router.braze_simulator.profiles.profile import Path, Profile
from router.braze_simulator.times import iso
from router.braze_simulator.workspace import Workspace
from router.simulation.through_braze.lives import Life
from router.simulation.through_braze.paths import Carried, Lost, carried, lost
from router.simulation.through_braze.play import Played
from router.simulation.through_braze.recording import Recorded
from router.simulation.through_braze.splits import Split, name_of, splits

ByPath = Mapping[Path, int]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What was run: the destination, the mode of each source, and the cloud's latency in seconds."""

    destination: str
    modes: Mapping[str, Mode]
    cloud_latency: float


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One profile. What happened is counted by kind, name and path."""

    user: str
    identified: bool
    aliases: tuple[str, ...]
    devices: tuple[str, ...]
    attributes: Mapping[str, Any]
    custom_attributes: Mapping[str, Any]
    subscriptions: Mapping[str, str]
    events: Mapping[str, ByPath]
    purchases: Mapping[str, ByPath]
    sessions: Mapping[str, ByPath]
    engagement: Mapping[str, ByPath]
    revenue: float
    data_points: ByPath


class Twice(msgspec.Struct, frozen=True, kw_only=True):
    """The same thing more than once on one profile."""

    user: str
    kind: str
    name: str
    time: str
    count: int
    paths: tuple[str, ...]


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """Something that Braze accepted and did not do."""

    at: str
    path: Path
    kind: str
    user: str
    key: str
    reason: str
    detail: str
    would_bill: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The whole run in numbers."""

    profiles: int
    identified: int
    occurrences: Mapping[str, ByPath]
    duplicates: int
    splits: int
    orphans: int
    discards: int
    data_points: ByPath


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    run: Run
    carried: Carried
    lost: Sequence[Lost]
    users: Sequence[User]
    duplicates: Sequence[Twice]
    splits: Sequence[Split]
    discards: Sequence[Dropped]
    totals: Totals


def report(run: Run, recording: Sequence[Recorded], lives: Sequence[Life], played: Played) -> Report:
    """Read the outcome of a run out of its Braze."""
    braze = played.braze
    profiles = sorted(braze.directory.profiles.values(), key=lambda profile: (not profile.identified, name_of(profile)))
    found = splits(recording, [life.device for life in lives], profiles)
    doubled = duplicates(profiles)
    return Report(
        run=run,
        carried=carried(recording, played.cloud),
        lost=lost(recording, lives, played.cloud),
        users=_users(braze, profiles),
        duplicates=[_twice(duplicate) for duplicate in doubled],
        splits=found,
        discards=[_dropped(discard) for discard in braze.discards.rows],
        totals=Totals(
            profiles=len(profiles),
            identified=sum(profile.identified for profile in profiles),
            occurrences=_by_name((entry.kind, entry.path) for profile in profiles for entry in profile.log),
            duplicates=len(doubled),
            splits=len(found),
            orphans=sum(len(split.orphans) for split in found),
            discards=braze.discards.count,
            data_points=_points(braze.data_points.totals["path"]),
        ),
    )


def _users(braze: Workspace, profiles: Iterable[Profile]) -> list[User]:
    points: dict[str, Counter[Path]] = {}
    for charge in braze.data_points.charges:
        cost = points.setdefault(surviving(braze, charge.profile), Counter())
        cost["cloud" if charge.path == "cloud" else "device"] += sum(charge.points.values())
    return [_user(braze, profile, points.get(profile.braze_id, {})) for profile in profiles]


def _user(braze: Workspace, profile: Profile, points: Mapping[Path, int]) -> User:
    shown = profile_summary(braze, profile)
    contacts = {name: shown[name] for name in ("email", "phone") if shown[name] is not None}
    return User(
        user=name_of(profile),
        identified=profile.identified,
        aliases=tuple(f"{label}:{name}" for label, name in sorted(profile.aliases.items())),
        devices=tuple(sorted(profile.devices)),
        attributes=contacts | profile.standard,
        custom_attributes=profile.custom,
        subscriptions={f"{row['group']} {row['address']}": row["state"] for row in shown["subscriptions"]},
        events=_happened(profile, "event"),
        purchases=_happened(profile, "purchase"),
        sessions=_happened(profile, "session"),
        engagement=_happened(profile, "engagement"),
        revenue=shown["total_revenue"],
        data_points=_points(points),
    )


def _happened(profile: Profile, kind: str) -> Mapping[str, ByPath]:
    return _by_name((entry.name, entry.path) for entry in profile.log if entry.kind == kind)


def _by_name(happened: Iterable[tuple[str, Path]]) -> Mapping[str, ByPath]:
    names: dict[str, Counter[Path]] = {}
    for name, path in happened:
        names.setdefault(name, Counter())[path] += 1
    return {name: dict(sorted(names[name].items())) for name in sorted(names)}


def _points(points: Mapping[Any, int]) -> ByPath:
    return {"cloud": points.get("cloud", 0), "device": points.get("device", 0)}


def _twice(duplicate: Duplicate) -> Twice:
    return Twice(
        user=duplicate.user,
        kind=duplicate.kind,
        name=duplicate.name,
        time=iso(duplicate.time),
        count=duplicate.count,
        paths=tuple(duplicate.paths),
    )


def _dropped(discard: Discard) -> Dropped:
    return Dropped(
        at=iso(discard.at),
        path=discard.path,
        kind=discard.kind,
        user=discard.user,
        key=discard.key,
        reason=discard.reason,
        detail=discard.detail,
        would_bill=discard.would_bill,
    )
