"""What Braze knows about one user. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Path = Literal["cloud", "device"]
OccurrenceKind = Literal["event", "purchase", "session", "engagement"]


class Tally(msgspec.Struct, kw_only=True, gc=False):
    """How often something happened and when first and last."""

    first: float
    last: float
    count: int


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One applied event, purchase, session start or end, or message engagement."""

    id: str
    kind: OccurrenceKind
    name: str
    time: float
    properties: dict[str, Any] | None
    app_id: str | None
    path: Path
    request_id: str
    applied_at: float
    digest: str = ""


class PushToken(msgspec.Struct, frozen=True, kw_only=True):
    """A push token, the app it belongs to and the device that holds it."""

    app_id: str
    token: str
    device_id: str


class Cart(msgspec.Struct, kw_only=True):
    """An e-commerce cart: quantity per (product, variant) line, its total, and when it expires unless touched."""

    lines: dict[str, dict[str, Any]]
    total: float | None
    updated_at: float
    expires: float


class Commerce(msgspec.Struct, kw_only=True):
    """What the recommended e-commerce events add up to, in USD."""

    total_revenue: float = 0.0
    total_refunds: float = 0.0
    orders_placed: set[str] = msgspec.field(default_factory=set)
    orders_cancelled: set[str] = msgspec.field(default_factory=set)
    carts: dict[str, Cart] = msgspec.field(default_factory=dict)

    @property
    def total_orders(self) -> int:
        """Distinct placed orders minus distinct cancelled ones (Braze docs: ecommerce events)."""
        return len(self.orders_placed) - len(self.orders_cancelled)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one applied object changed: field → [before, after]."""

    at: float
    request_id: str
    path: Path
    what: str
    fields: dict[str, Any]


class Profile(msgspec.Struct, kw_only=True):
    """One user. `standard` and `custom` are attribute values as Braze would export them."""

    braze_id: str
    created_at: float
    updated_at: float
    updated_seq: int
    random_bucket: int
    external_id: str | None = None
    deprecated_ids: list[str] = msgspec.field(default_factory=list)
    aliases: dict[str, str] = msgspec.field(default_factory=dict)
    email: str | None = None
    phone: str | None = None
    standard: dict[str, Any] = msgspec.field(default_factory=dict)
    custom: dict[str, Any] = msgspec.field(default_factory=dict)
    types: dict[str, str] = msgspec.field(default_factory=dict)
    events: dict[str, Tally] = msgspec.field(default_factory=dict)
    purchases: dict[str, Tally] = msgspec.field(default_factory=dict)
    sessions: dict[str, Tally] = msgspec.field(default_factory=dict)
    log: list[Occurrence] = msgspec.field(default_factory=list)
    revenue_cents: int = 0
    commerce: Commerce = msgspec.field(default_factory=Commerce)
    push_tokens: list[PushToken] = msgspec.field(default_factory=list)
    devices: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    is_test: bool = False
    control_group: bool = False
    marked_for_deletion: bool = False
    spam_blocked: bool = False
    applied_seq: int = 0
    latest_times: dict[str, float] = msgspec.field(default_factory=dict)
    changes: list[Change] = msgspec.field(default_factory=list)

    @property
    def identified(self) -> bool:
        """Braze calls a user identified when it has an external id."""
        return self.external_id is not None

    @property
    def user(self) -> str:
        """The most telling name of this profile, for ledgers: external id, alias, e-mail, phone, else Braze id."""
        if self.external_id is not None:
            return self.external_id
        for label, name in self.aliases.items():
            return f"{label}:{name}"
        return self.email or self.phone or self.braze_id


def tally(counts: dict[str, Tally], name: str, moment: float, times: int = 1) -> None:
    """Count `name` as having happened `times` times at `moment`."""
    entry = counts.get(name)
    if entry is None:
        counts[name] = Tally(first=moment, last=moment, count=times)
        return
    entry.count += times
    if moment < entry.first:
        entry.first = moment
    elif moment > entry.last:
        entry.last = moment
