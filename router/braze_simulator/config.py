"""What a simulated workspace is like: keys, apps, limits, and a switch for everything that Braze does not document.

The names of the switches and their defaults are the simulator's specification; docs/braze-simulator.md lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

DEFAULT_KEY = "braze-simulator-key"

Permission = Literal[
    "users.track",
    "users.track.bulk",
    "users.track.sync",
    "users.identify",
    "users.alias.new",
    "users.alias.update",
    "users.merge",
    "users.delete",
    "users.external_ids.rename",
    "users.external_ids.remove",
    "users.export.ids",
    "subscription.status.set",
    "subscription.status.get",
    "subscription.groups.get",
]
ForcedType = Literal["boolean", "number", "string", "time", "array"]
TrackLimitModel = Literal["combined75", "legacy75x3", "combined50"] | int


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One REST key's name (shown instead of the key), permissions and IP allow-list; empty lists allow everything."""

    name: str = "dev"
    permissions: tuple[Permission, ...] = ()
    ip_allow: tuple[str, ...] = ()


class SubscriptionGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subscription group and the channel whose addresses it holds."""

    name: str = ""
    channel: Literal["email", "sms"] = "email"


class Consistency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When accepted work reaches profiles: at once, after a seeded delay, in shuffled order, or on `/_sim/settle` only."""

    mode: Literal["immediate", "delayed", "reordered", "manual"] = "immediate"
    min_seconds: float = 0.01
    max_seconds: float = 0.1
    seed: int = 0


class ClockSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A real clock (which `/_sim/clock` may push ahead) or one that stands still between advances."""

    mode: Literal["real", "virtual"] = "real"
    start: str = "2026-01-01T00:00:00Z"


class Mau(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The two windows of MAU pricing for /users/track (Braze: API limits, track page)."""

    hourly: int = 250_000
    burst_3s: int = 3_000


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes and lifetimes. Bytes are of compact JSON."""

    array_items: int = 500
    nested_bytes: int = 102_400
    property_bytes: int = 102_400
    purchase_property_bytes: int = 51_200
    properties: int = 256
    string_chars: int = 255
    truncate: Literal["off"] | int = "off"
    body_bytes: int = 4_000_000
    bulk_body_bytes: int = 2_000_000
    bulk_objects: int = 1_000
    bulk_objects_per_profile: int = 100
    entries: int = 50
    orphan_days: int = 30
    cart_days: int = 30
    export_days: int = 90
    spam_sessions: int = 5_000_000
    spam_names: int = 20_000


class Blocklist(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names that the workspace does not take: ignored attributes and events, refused external ids."""

    attributes: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    external_ids: frozenset[str] = frozenset()


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much the ledgers remember; totals and duplicate detection do not depend on it."""

    requests: int = 10_000
    body_bytes: int = 64_000_000
    data_point_rows: int = 100_000
    discards: int = 100_000
    changes_per_profile: int = 200
    properties: Literal["keep", "digest"] = "keep"


class SimulatorConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One workspace. `keys` maps the secret to what it may do; no repr, log or page shows it."""

    keys: dict[str, Key] = msgspec.field(default_factory=lambda: {DEFAULT_KEY: Key()})
    control_token: str | None = None
    seed: int = 0
    clock: ClockSettings = ClockSettings()
    consistency: Consistency = Consistency()
    limits: Limits = Limits()
    retention: Retention = Retention()
    apps: dict[str, str] = {}
    strict_app_ids: bool = False
    subscription_groups: dict[str, SubscriptionGroup] = {}
    strict_subscription_groups: bool = False
    bulk_enabled: bool = True
    sync_enabled: bool = True
    track_limit_model: TrackLimitModel = "combined75"
    rate_plan: Literal["datapoint", "legacy", "mau", "off"] = "datapoint"
    mau: Mau = Mau()
    header_dialect: Literal["general-epoch", "mau-delta"] = "general-epoch"
    success_status: int = 201
    delete_status: int = 200
    trailing_slash_status: Literal[404, 403] = 404
    error_style: Literal["sentence", "code"] = "sentence"
    export_onboarded_after_2024_08_22: bool = True
    blocklist: Blocklist = Blocklist()
    forced_types: dict[str, ForcedType] = {}
    segmentable_event_props: dict[str, tuple[str, ...]] = {}
    fx: dict[str, float] = msgspec.field(default_factory=lambda: dict(FX_TO_USD))
    alias_event_creates: Literal["explicit-false", "never"] = "explicit-false"
    merge_behavior: Literal["ignore", "honour"] = "ignore"
    alias_update_taken: Literal["noop", "error"] = "noop"
    identify_label_conflict: Literal["skip", "merge"] = "skip"
    nested_null: Literal["drop", "delete-on-merge"] = "drop"
    nested_drop_scope: Literal["user", "request"] = "user"
    ecommerce_rejected: Literal["success", "error"] = "success"
    ecommerce_error_array: Literal["events", "purchases"] = "events"
    dp_country_language: Literal[0, 1] = 1
    dp_array_add_per_value: bool = True
    dp_purchase_quantity: Literal["once", "each"] = "once"

    def __repr__(self) -> str:
        return f"SimulatorConfig({len(self.keys)} keys, not shown)"


FX_TO_USD: dict[str, float] = {
    "USD": 1.0,
    "EUR": 1.1,
    "GBP": 1.3,
    "CHF": 1.15,
    "JPY": 0.0067,
    "CAD": 0.73,
    "AUD": 0.66,
    "SEK": 0.095,
    "NOK": 0.094,
    "DKK": 0.147,
    "PLN": 0.26,
}
"""Fixed rates, so that revenue is the same in every run; Braze refreshes its own daily."""


def config_from(document: Any) -> SimulatorConfig:
    """Read plain data (a YAML or JSON document); raise msgspec.ValidationError with the path of the first mistake."""
    return msgspec.convert(document, SimulatorConfig, strict=False)


def public_settings(config: SimulatorConfig) -> dict[str, Any]:
    """The config as plain data without secrets: keys stand under their names."""
    document: dict[str, Any] = msgspec.to_builtins(config)
    document["keys"] = [msgspec.to_builtins(key) for key in config.keys.values()]
    del document["control_token"]
    return document


def with_changes(config: SimulatorConfig, changes: Mapping[str, Any]) -> SimulatorConfig:
    """The config with some top-level settings replaced; nested settings are merged one level deep."""
    document: dict[str, Any] = msgspec.to_builtins(config)
    for name, value in changes.items():
        current = document.get(name)
        document[name] = {**current, **value} if isinstance(current, dict) and isinstance(value, Mapping) else value
    return config_from(document)
