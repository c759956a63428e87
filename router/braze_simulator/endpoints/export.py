"""POST /users/export/ids (Braze docs: export user profile by identifier). It reads applied state only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from router.braze_simulator.calls import Answer, JsonObject
from router.braze_simulator.intake import TOO_MANY_USERS, Acceptance, Intake, refused
from router.braze_simulator.profiles.addresses import email_key
from router.braze_simulator.profiles.history import as_of
from router.braze_simulator.profiles.identifiers import alias_problem
from router.braze_simulator.profiles.profile import Occurrence, Profile
from router.braze_simulator.profiles.resolution import by_alias
from router.braze_simulator.times import export_text, iso
from router.braze_simulator.workspace import Workspace

_DAY_SECONDS = 86_400
FIELDS_REQUIRED = "'fields_to_export' is required"
NOTHING_ASKED = "'external_ids', 'user_aliases', 'device_id', 'braze_id', 'email_address' or 'phone' is required"


class _Asked:
    """The profiles that were asked for, and the ids that nobody has."""

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self.unknown: list[str] = []

    def add(self, found: Sequence[Profile | None], shown: str) -> None:
        known = [profile for profile in found if profile is not None]
        for profile in known:
            self.profiles[profile.braze_id] = profile
        if not known:
            self.unknown.append(shown)


def accept_export(intake: Intake, document: JsonObject) -> Acceptance:
    """The asked fields of at most 50 users; ids that nobody has are listed."""
    fields = document.get("fields_to_export")
    if intake.config.export_onboarded_after_2024_08_22 and not fields:
        return refused(400, FIELDS_REQUIRED)
    if fields is not None and (unknown := _unknown_fields(fields)):
        return refused(400, f"Invalid fields_to_export: {', '.join(unknown)}")
    listed = [*_listed(document, "external_ids"), *_listed(document, "user_aliases")]
    if len(listed) > intake.config.limits.entries:
        return refused(400, TOO_MANY_USERS)
    asked = _find(intake.workspace, document)
    if asked is None:
        return refused(400, NOTHING_ASKED)
    return Acceptance(answer=Answer(status=200, body=_body(intake, asked, fields or sorted(FIELDS))))


def _body(intake: Intake, asked: _Asked, fields: Sequence[str]) -> dict[str, Any]:
    workspace = intake.workspace
    moment = workspace.now() - intake.stale_seconds
    seen = [profile if intake.stale_seconds == 0 else as_of(profile, moment) for profile in asked.profiles.values()]
    return {
        "message": "success",
        "users": [exported(workspace, profile, fields) for profile in seen if profile is not None],
        "invalid_user_ids": asked.unknown,
    }


def exported(workspace: Workspace, profile: Profile, fields: Sequence[str]) -> dict[str, Any]:
    """The fields of a profile that have a value."""
    values = {name: FIELDS[name](workspace, profile) for name in fields}
    return {name: value for name, value in values.items() if value is not None}


def _unknown_fields(fields: Any) -> list[str]:
    if not isinstance(fields, list):
        return [str(fields)]
    return [str(name) for name in fields if not isinstance(name, str) or name not in FIELDS]


def _listed(document: JsonObject, name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []


def _find(workspace: Workspace, document: JsonObject) -> _Asked | None:
    asked, directory = _Asked(), workspace.directory
    for external_id in _listed(document, "external_ids"):
        asked.add([directory.by_external_id.get(str(external_id))], str(external_id))
    for alias in _listed(document, "user_aliases"):
        if alias_problem(alias) is None:
            asked.add([by_alias(workspace, alias)], alias["alias_name"])
    one = _find_one(workspace, document)
    for name, profiles in one.items():
        asked.add(profiles, str(document[name]))
    named = one or _listed(document, "external_ids") or _listed(document, "user_aliases")
    return asked if named else None


def _find_one(workspace: Workspace, document: JsonObject) -> dict[str, Sequence[Profile | None]]:
    directory = workspace.directory
    finders: Mapping[str, Callable[[str], Sequence[Profile | None]]] = {
        "braze_id": lambda text: [directory.profiles.get(text)],
        "email_address": directory.with_email,
        "phone": directory.with_phone,
        "device_id": lambda text: [profile for profile in directory.profiles.values() if _has_device(profile, text)],
    }
    return {name: find(str(document[name])) for name, find in finders.items() if document.get(name)}


def _has_device(profile: Profile, device_id: str) -> bool:
    return device_id in profile.devices or any(token.device_id == device_id for token in profile.push_tokens)


def _window(workspace: Workspace, profile: Profile, kind: str) -> list[dict[str, Any]] | None:
    """Counts of the last 90 days, recounted from the log."""
    start = workspace.now() - workspace.config.limits.export_days * _DAY_SECONDS
    recent: dict[str, list[Occurrence]] = {}
    for occurrence in profile.log:
        if occurrence.kind == kind and occurrence.time >= start:
            recent.setdefault(occurrence.name, []).append(occurrence)
    return [_counted(name, occurrences) for name, occurrences in recent.items()] or None


def _counted(name: str, occurrences: list[Occurrence]) -> dict[str, Any]:
    times = [occurrence.time for occurrence in occurrences]
    count = sum(
        (occurrence.properties or {}).get("quantity", 1) for occurrence in occurrences if _is_purchase(occurrence)
    )
    return {"name": name, "first": iso(min(times)), "last": iso(max(times)), "count": count or len(occurrences)}


def _is_purchase(occurrence: Occurrence) -> bool:
    return occurrence.kind == "purchase"


Read = Callable[[Workspace, Profile], Any]


def _standard(name: str) -> Read:
    return lambda _workspace, profile: profile.standard.get(name)


def _nothing(_workspace: Workspace, _profile: Profile) -> None:
    """Fields of features that are not simulated."""


_STANDARD_FIELDS = (
    "push_subscribe",
    "email_subscribe",
    "country",
    "dob",
    "first_name",
    "gender",
    "home_city",
    "language",
    "last_name",
    "time_zone",
)
_NOT_SIMULATED = (
    "attributed_campaign",
    "attributed_source",
    "attributed_adgroup",
    "attributed_ad",
    "campaigns_received",
    "canvases_received",
    "cards_clicked",
    "uninstalled_at",
)
FIELDS: Mapping[str, Read] = {
    **{name: _standard(name) for name in _STANDARD_FIELDS},
    **dict.fromkeys(_NOT_SIMULATED, _nothing),
    "apps": lambda workspace, profile: _apps(workspace, profile),
    "braze_id": lambda _workspace, profile: profile.braze_id,
    "created_at": lambda _workspace, profile: export_text(profile.created_at),
    "custom_attributes": lambda _workspace, profile: profile.custom or None,
    "custom_events": lambda workspace, profile: _window(workspace, profile, "event"),
    "devices": lambda _workspace, profile: (
        [{"device_id": key, **about} for key, about in profile.devices.items()] or None
    ),
    "email": lambda _workspace, profile: None if profile.email is None else email_key(profile.email),
    "external_id": lambda _workspace, profile: profile.external_id,
    "last_coordinates": lambda _workspace, profile: _coordinates(profile),
    "phone": lambda _workspace, profile: profile.phone,
    "purchases": lambda workspace, profile: _window(workspace, profile, "purchase"),
    "push_tokens": lambda workspace, profile: _tokens(workspace, profile),
    "random_bucket": lambda _workspace, profile: profile.random_bucket,
    "total_revenue": lambda _workspace, profile: profile.revenue_cents / 100,
    "user_aliases": lambda _workspace, profile: (
        [{"alias_name": name, "alias_label": label} for label, name in profile.aliases.items()] or None
    ),
}


def _apps(workspace: Workspace, profile: Profile) -> list[dict[str, Any]] | None:
    """Session counts per app."""
    return [
        {
            "name": workspace.config.apps.get(app_id, app_id),
            "sessions": entry.count,
            "first_used": iso(entry.first),
            "last_used": iso(entry.last),
        }
        for app_id, entry in profile.sessions.items()
    ] or None


def _coordinates(profile: Profile) -> list[float] | None:
    location = profile.standard.get("current_location")
    return None if location is None else [location["longitude"], location["latitude"]]


def _tokens(workspace: Workspace, profile: Profile) -> list[dict[str, Any]] | None:
    return [
        {
            "app": workspace.config.apps.get(token.app_id, token.app_id),
            "token": token.token,
            "device_id": token.device_id,
        }
        for token in profile.push_tokens
    ] or None
