"""Custom events: the check before acceptance and the count and log entry afterwards (Braze docs: event object)."""

from __future__ import annotations

import xxhash
from msgspec.json import encode

from router.braze_simulator.activity.commerce import after_commerce_event
from router.braze_simulator.activity.commerce_schema import COMMERCE_EVENTS, schema_problems
from router.braze_simulator.activity.properties import (
    RESERVED_IN_EVENTS,
    kept_properties,
    properties_problem,
    property_points,
)
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.operations import Operation
from router.braze_simulator.problems import (
    BAD_APP_ID,
    BAD_NAME,
    BAD_TIME,
    NAME_REQUIRED,
    TIME_REQUIRED,
    Problem,
)
from router.braze_simulator.profiles.identifiers import identifier_problem
from router.braze_simulator.profiles.profile import Occurrence, OccurrenceKind, Profile, tally
from router.braze_simulator.profiles.resolution import resolve
from router.braze_simulator.times import parse_event_time
from router.braze_simulator.workspace import Workspace

_NAME_CHARS = 255


def event_problems(entry: JsonObject, config: SimulatorConfig) -> list[Problem]:
    """Every problem of one event object; none when it is accepted."""
    found = (
        identifier_problem(entry, config),
        _name_problem(entry.get("name")),
        time_problem(entry.get("time")),
        properties_problem(entry.get("properties"), RESERVED_IN_EVENTS, config.limits.property_bytes),
        app_problem(entry.get("app_id"), config),
    )
    problems = [problem for problem in found if problem is not None]
    if not problems and entry["name"] in COMMERCE_EVENTS:
        return schema_problems(entry["name"], entry.get("properties"))
    return problems


def time_problem(value: object) -> Problem | None:
    """What is wrong with a `time` field."""
    if value is None:
        return TIME_REQUIRED
    return BAD_TIME if parse_event_time(value) is None else None


def app_problem(value: object, config: SimulatorConfig) -> Problem | None:
    """What is wrong with an `app_id`; only a strict workspace looks."""
    known = value is None or not config.strict_app_ids or value in config.apps
    return None if known else BAD_APP_ID


def apply_event(workspace: Workspace, operation: Operation) -> Profile | None:
    """Count and log one event on the profile it means."""
    if blocklisted(workspace, operation):
        return None
    profile = resolve(workspace, operation)
    if profile is None:
        return None
    if profile.spam_blocked:
        workspace.discard(operation, "spam-blocked")
        return None
    book_event(workspace, profile, operation)
    return profile


def blocklisted(workspace: Workspace, operation: Operation) -> bool:
    """Whether the workspace ignores events of this name; noted as a discard."""
    name = operation.body["name"]
    ignored = name in workspace.config.blocklist.events
    if ignored:
        workspace.discard(operation, "blocklisted", key=name)
    return ignored


def book_event(workspace: Workspace, profile: Profile, operation: Operation) -> None:
    """Count and log the event of a checked object on this profile."""
    name = operation.body["name"]
    properties = kept_properties(workspace, operation, operation.body.get("properties"))
    moment = happened_at(workspace, operation.body["time"])
    tally(profile.events, name, moment)
    log(workspace, profile, operation, kind="event", name=name, moment=moment, properties=properties)
    workspace.registry["events"].add(name)
    if name in COMMERCE_EVENTS:
        after_commerce_event(workspace, profile, name, properties or {})
        points = {name: 0}
    else:
        points = {name: 1, **property_points(workspace, name, properties)}
    _block_spam(workspace, profile)
    finish(workspace, profile, operation, moment=moment, points=points)


def happened_at(workspace: Workspace, time: str) -> float:
    """The time of an occurrence; a future one becomes now."""
    moment = parse_event_time(time)
    now = workspace.now()
    return now if moment is None or moment > now else moment


def log(
    workspace: Workspace,
    profile: Profile,
    operation: Operation,
    *,
    kind: OccurrenceKind,
    name: str,
    moment: float,
    properties: JsonObject | None,
) -> None:
    """Write one occurrence into the profile's log."""
    digest = ""
    if workspace.config.retention.properties == "digest" and properties:
        digest = xxhash.xxh64_hexdigest(encode(properties, order="deterministic"))
        properties = None
    app_id = operation.body.get("app_id")
    profile.log.append(
        Occurrence(
            id=workspace.ids.uuid(),
            kind=kind,
            name=name,
            time=moment,
            properties=properties,
            app_id=app_id if isinstance(app_id, str) else None,
            path=operation.path,
            request_id=operation.request_id,
            applied_at=workspace.now(),
            digest=digest,
        )
    )


def finish(
    workspace: Workspace, profile: Profile, operation: Operation, *, moment: float, points: dict[str, int]
) -> None:
    """Book the cost of an occurrence, check its place in the order, and mark the profile as updated."""
    now = workspace.now()
    workspace.order.check_sequence(profile, operation, now)
    workspace.order.check_time(profile, operation, now, moment=moment)
    workspace.directory.touch(profile, now)
    workspace.data_points.charge(operation, profile.braze_id, now, points)


def _name_problem(name: object) -> Problem | None:
    if name is None or name == "":
        return NAME_REQUIRED
    fits = isinstance(name, str) and len(name) <= _NAME_CHARS and name[0] != "$"
    return None if fits else BAD_NAME


def _block_spam(workspace: Workspace, profile: Profile) -> None:
    if len(profile.events) > workspace.config.limits.spam_names:
        profile.spam_blocked = True
