"""GET and POST /_sim/snapshot: the whole state as one JSON document, equal for equal states, and back again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from starlette.requests import Request

from router.braze_simulator.config import SubscriptionGroup
from router.braze_simulator.ledgers.data_points import Charge, GroupBy
from router.braze_simulator.ledgers.discards import Discard
from router.braze_simulator.operations import Batch
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.subscriptions import Subscription
from router.braze_simulator.times import iso, parse_time
from router.braze_simulator.workspace import Workspace


class Snapshot(msgspec.Struct, kw_only=True):
    """Everything that a workspace knows, except its configuration, fault rules and request bodies."""

    version: int
    now: str
    issued: int
    profiles: list[Profile]
    subscriptions: list[Subscription]
    groups: dict[str, SubscriptionGroup]
    waiting: list[Batch]
    merged_into: dict[str, str]
    deleted: list[str]
    registry: dict[str, set[str]]
    sdk_users: dict[str, str]
    points_total: int
    points: dict[GroupBy, dict[str, int]]
    charges: list[Charge]
    discards: list[Discard]


def show_snapshot(workspace: Workspace, _request: Request) -> Any:
    """GET /_sim/snapshot."""
    return take_snapshot(workspace)


def take_snapshot(workspace: Workspace) -> Any:
    """The state as plain data, with keys and sets in a fixed order."""
    ledger = workspace.data_points
    snapshot = Snapshot(
        version=1,
        now=iso(workspace.now()),
        issued=workspace.ids.issued,
        profiles=sorted(workspace.directory.profiles.values(), key=lambda profile: profile.braze_id),
        subscriptions=sorted(
            workspace.subscriptions.rows.values(), key=lambda row: (row.channel, row.address, row.group)
        ),
        groups=workspace.subscriptions.groups,
        waiting=workspace.backlog.waiting,
        merged_into=workspace.merged_into,
        deleted=workspace.deleted,
        registry=workspace.registry,
        sdk_users=workspace.sdk_users,
        points_total=ledger.total,
        points={name: dict(totals) for name, totals in ledger.totals.items()},
        charges=list(ledger.charges),
        discards=list(workspace.discards.rows),
    )
    return msgspec.to_builtins(snapshot, order="deterministic")


def restore_snapshot(workspace: Workspace, document: Any) -> None:
    """Replace the state; raise ValueError (msgspec.ValidationError with a path) and keep it when the document is wrong."""
    snapshot = msgspec.convert(document, Snapshot)
    if snapshot.version != 1:
        raise ValueError(f"snapshot version {snapshot.version} is not known")
    moment = parse_time(snapshot.now)
    workspace.reset()
    if moment is not None and workspace.clock.mode == "virtual":
        workspace.clock.jump(moment)
    workspace.ids.issued = snapshot.issued
    for profile in snapshot.profiles:
        workspace.directory.restore(profile)
    workspace.subscriptions.groups = snapshot.groups
    workspace.subscriptions.rows = {(row.channel, row.address, row.group): row for row in snapshot.subscriptions}
    workspace.backlog.waiting = snapshot.waiting
    workspace.merged_into, workspace.deleted = snapshot.merged_into, snapshot.deleted
    workspace.registry, workspace.sdk_users = snapshot.registry, snapshot.sdk_users
    _restore_ledgers(workspace, snapshot)


def _restore_ledgers(workspace: Workspace, snapshot: Snapshot) -> None:
    ledger = workspace.data_points
    ledger.total = snapshot.points_total
    for name, totals in snapshot.points.items():
        ledger.totals[name] = Counter(totals)
    ledger.charges.extend(snapshot.charges)
    workspace.discards.rows.extend(snapshot.discards)
    workspace.discards.by_reason.update(row.reason for row in snapshot.discards)
