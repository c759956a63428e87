"""What /_sim shows, as plain data. Times are ISO 8601; keys and tokens never appear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from router.braze_simulator.activity.commerce import live_carts
from router.braze_simulator.ledgers.data_points import Row
from router.braze_simulator.ledgers.discards import Discard
from router.braze_simulator.ledgers.duplicates import Duplicate
from router.braze_simulator.ledgers.order import OrderViolation
from router.braze_simulator.ledgers.requests import RequestRecord
from router.braze_simulator.profiles.profile import Change, Occurrence, Profile, Tally
from router.braze_simulator.subscriptions import Subscription
from router.braze_simulator.times import iso
from router.braze_simulator.workspace import Workspace

View = dict[str, Any]


def profile_summary(workspace: Workspace, profile: Profile) -> View:
    """A profile without its history: who it is, its attributes, its counts."""
    return {
        "braze_id": profile.braze_id,
        "user": profile.user,
        "external_id": profile.external_id,
        "deprecated_ids": profile.deprecated_ids,
        "user_aliases": [{"alias_label": label, "alias_name": name} for label, name in profile.aliases.items()],
        "email": profile.email,
        "phone": profile.phone,
        "attributes": profile.standard,
        "custom_attributes": profile.custom,
        "custom_events": counts(profile.events),
        "purchases": counts(profile.purchases),
        "sessions": counts(profile.sessions),
        "total_revenue": profile.revenue_cents / 100,
        "subscriptions": [subscription_view(row) for row in workspace.subscriptions.of_profile(profile)],
        "data_points": workspace.data_points.totals["user"][profile.braze_id],
        "created_at": iso(profile.created_at),
        "updated_at": iso(profile.updated_at),
    }


def profile_view(workspace: Workspace, profile: Profile) -> View:
    """Everything about a profile: log, data points, discards and history of changes with request ids."""
    merged = merged_ids(workspace, profile)
    return {
        **profile_summary(workspace, profile),
        "attribute_types": profile.types,
        "events": [occurrence_view(occurrence) for occurrence in profile.log],
        "ecommerce": commerce_view(workspace, profile),
        "push_tokens": [msgspec.to_builtins(token) for token in profile.push_tokens],
        "devices": profile.devices,
        "random_bucket": profile.random_bucket,
        "is_test": profile.is_test,
        "control_group": profile.control_group,
        "marked_for_deletion": profile.marked_for_deletion,
        "spam_blocked": profile.spam_blocked,
        "merged_braze_ids": sorted(merged - {profile.braze_id}),
        "data_point_rows": [row_view(row) for row in workspace.data_points.rows() if row.profile in merged],
        "discards": [discard_view(row) for row in workspace.discards.rows if row.user in names_of(profile)],
        "changes": [change_view(change) for change in profile.changes],
    }


def merged_ids(workspace: Workspace, profile: Profile) -> set[str]:
    """Braze ids of this profile and of all that were merged into it."""
    ids = {profile.braze_id}
    for source in reversed(workspace.merged_into):
        if workspace.merged_into[source] in ids:
            ids.add(source)
    return ids


def names_of(profile: Profile) -> set[str]:
    """Every text by which an object may have named this profile."""
    aliases = {f"{label}:{name}" for label, name in profile.aliases.items()}
    return (
        aliases
        | {name for name in (profile.external_id, profile.email, profile.phone, profile.braze_id) if name}
        | {*profile.deprecated_ids}
    )


def counts(tallies: Mapping[str, Tally]) -> list[View]:
    """Counts as Braze exports them."""
    return [
        {"name": name, "first": iso(entry.first), "last": iso(entry.last), "count": entry.count}
        for name, entry in tallies.items()
    ]


def occurrence_view(occurrence: Occurrence) -> View:
    """One entry of a profile's log."""
    return {
        "id": occurrence.id,
        "kind": occurrence.kind,
        "name": occurrence.name,
        "time": iso(occurrence.time),
        "properties": occurrence.properties,
        "app_id": occurrence.app_id,
        "path": occurrence.path,
        "request_id": occurrence.request_id,
        "applied_at": iso(occurrence.applied_at),
    }


def commerce_view(workspace: Workspace, profile: Profile) -> View:
    """Totals and carts of the recommended e-commerce events; at most 50 products of a cart are shown, as at Braze."""
    commerce = profile.commerce
    return {
        "total_revenue": round(commerce.total_revenue, 2),
        "total_refunds": round(commerce.total_refunds, 2),
        "total_orders": commerce.total_orders,
        "orders_placed": sorted(commerce.orders_placed),
        "orders_cancelled": sorted(commerce.orders_cancelled),
        "carts": {
            cart_id: {
                "products": list(cart.lines.values())[:50],
                "total_value": cart.total,
                "updated_at": iso(cart.updated_at),
                "expires": iso(cart.expires),
            }
            for cart_id, cart in live_carts(profile, workspace.now()).items()
        },
    }


def subscription_view(row: Subscription) -> View:
    """One address's state in one group."""
    expires = None if row.expires is None else iso(row.expires)
    return {**msgspec.to_builtins(row), "expires": expires}


def change_view(change: Change) -> View:
    """One entry of a profile's history."""
    return {**msgspec.to_builtins(change), "at": iso(change.at)}


def row_view(row: Row) -> View:
    """One line of the data-point ledger."""
    return {**msgspec.to_builtins(row), "at": iso(row.at)}


def discard_view(row: Discard) -> View:
    """One silent discard."""
    return {**msgspec.to_builtins(row), "at": iso(row.at)}


def duplicate_view(duplicate: Duplicate) -> View:
    """One duplicate."""
    return {**msgspec.to_builtins(duplicate), "time": iso(duplicate.time)}


def violation_view(violation: OrderViolation) -> View:
    """One order violation; times are shown as times, sequence numbers as numbers."""
    view: View = {**msgspec.to_builtins(violation), "at": iso(violation.at)}
    if violation.kind == "time-backwards":
        view |= {"value": iso(violation.value), "latest": iso(violation.latest)}
    return view


def request_summary(record: RequestRecord) -> View:
    """One request without headers and bodies."""
    return {
        "id": record.id,
        "at": iso(record.at),
        "method": record.method,
        "path": record.path,
        "status": record.status,
        "key": record.key,
        "tag": record.tag,
        "fault": record.fault,
        "applied_at": None if record.applied_at is None else iso(record.applied_at),
    }


def request_view(record: RequestRecord) -> View:
    """One request with everything that is kept of it."""
    return {
        **request_summary(record),
        "query": record.query,
        "headers": record.headers,
        "body": plain_body(record.body),
        "response": plain_body(record.response) if isinstance(record.response, bytes) else record.response,
        "outcomes": record.outcomes,
    }


def plain_body(raw: bytes | None) -> Any:
    """A body as JSON where it is JSON, else as text; None when it is no longer kept."""
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw.decode("utf-8", "replace")
