"""The plan as data: everything that its texts, pages and files are rendered from. It has a format version.

A preview is no census: `window`, `events` and `unexercised` say what the traffic was and what it did not hold.
"""

import msgspec

from policies.capabilities import SourceType

FORMAT = "hybrid-router-plan"
VERSION = 1


class ModeChange(msgspec.Struct, frozen=True, kw_only=True):
    """The connection mode of one source type at one destination, before and after."""

    destination: str
    source_type: SourceType
    before: str
    after: str
    supported: bool
    """Whether the source type supports the mode to come; where not, both paths are blocked (`…/mode-unsupported`)."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one source, type and name that take one path before and one after, with up to three messageIds."""

    destination: str
    source: str
    source_type: SourceType
    type: str
    event: str | None
    before: str
    after: str
    rules_before: tuple[str, ...]
    """The rules that settled device and cloud; empty where the source is not connected."""
    rules_after: tuple[str, ...]
    events: int
    samples: tuple[str, ...]


class Lagging(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate of what clients with the old config do to the events of one source while the cloud has the new one."""

    destination: str
    source: str
    source_type: SourceType
    exposed: int
    """Events of this traffic that such a client's old device path and the new cloud path together would lose or double."""
    result: str
    """`lost` or `doubled`."""
    expected: float | None
    """Estimated events: exposed × lag / window × offline share. None where the traffic has no window."""


class ClientLag(msgspec.Struct, frozen=True, kw_only=True):
    """The model's parameters, its formula and its result."""

    lag_seconds: float
    offline_share: float
    window_seconds: float | None
    formula: str
    estimate: bool
    rows: tuple[Lagging, ...]


class IdentityRisk(msgspec.Struct, frozen=True, kw_only=True):
    """Visitors of one source who may end up with two Braze profiles: anonymous by cloud while the device runs Braze."""

    source: str
    source_type: SourceType
    before: int
    after: int
    after_identified: int
    """Of `after`, those whom this traffic also sees with a userId."""
    heals: bool
    """Whether the SDK merges the profiles when they sign in (web does, mobile SDKs do not)."""
    exact: bool
    """Counted one by one, or estimated from a sample."""


class Peak(msgspec.Struct, frozen=True, kw_only=True):
    """The busiest minute of the cloud path to one destination."""

    minute: str
    events: int
    requests_least: int
    """With full batches of 75."""
    requests_most: int
    """With a request for every event."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Events by cloud to one destination and its peaks, beside Braze's limit for /users/track."""

    destination: str
    events_before: int
    events_after: int
    peak_before: Peak | None
    peak_after: Peak | None
    limit_per_minute: int
    limit: str
    exceeded: bool
    """Whether the peak to come breaks the limit even with full batches."""
    series: tuple[tuple[str, float, float], ...] = ()
    """Events a minute by cloud over the window, in at most 60 steps: (first minute, before, after)."""


class RequestPeak(msgspec.Struct, frozen=True, kw_only=True):
    """Requests to one endpoint: all of them, and those of the busiest minute beside Braze's limit."""

    path: str
    requests: int
    minute: str
    peak: int
    limit_per_minute: int
    exceeded: bool


class SideCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one workspace's paths to a destination cost. Requests are those of one read a minute and partition."""

    objects: dict[str, int]
    requests: tuple[RequestPeak, ...]
    refused: int
    sdk_errors: int
    filtered: int
    cloud_points: int
    device_points: int
    updates: int
    repeats: int
    repeat_points: int
    deduplicated: bool
    """Some connection has trait dedup on, so that its repeats are not sent."""
    top_repeats: tuple[tuple[str, int], ...]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One destination, before and after."""

    destination: str
    before: SideCost
    after: SideCost


class Unexercised(msgspec.Struct, frozen=True, kw_only=True):
    """What this traffic did not hold, so that nothing is known of it."""

    sources: tuple[str, ...]
    """Connected sources without any event."""
    types: tuple[tuple[str, tuple[str, ...]], ...]
    """For each other source, the message types it never sent."""
    filtered_names: tuple[tuple[str, tuple[str, ...]], ...]
    """For each destination, names of its event filter that never occurred."""
    rules: tuple[str, ...]
    """Rules of the new workspace that no event reached."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From which minute to which the events say they are. Of much traffic one in a thousand at either end may lie outside:
    a device clock that is years off must not stretch the window."""

    oldest: str
    newest: str
    seconds: float
    outside: int = 0
    """Events before or after it."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The figures that a plan is judged by. A unit is one event for one connected destination."""

    events: int
    undecided: int
    units: int
    changed: int
    """Units whose path changes."""
    rules_changed: int
    """Units that keep their path, settled by another rule."""
    lost: int
    """No path after, some path before."""
    doubled: int
    """Both paths after, not both before."""
    lost_already: int
    doubled_already: int
    without_ids: int
    undated: int


class UndecidedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that could not be decided."""

    place: str
    why: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What recorded traffic would meet if `base_revision` were replaced by `target_revision`."""

    format: str = FORMAT
    version: int = VERSION
    base_revision: str
    target_revision: str
    modes: tuple[ModeChange, ...]
    summary: Summary
    window: Window | None
    rows: tuple[Row, ...]
    """Every group of units, the largest first."""
    client_lag: ClientLag | None
    identity: tuple[IdentityRisk, ...]
    pace: tuple[Pace, ...]
    cost: tuple[Cost, ...] = ()
    """Only where it was asked for: every event transformed, with trait dedup and device memory."""
    unexercised: Unexercised
    undecided: tuple[UndecidedLine, ...]
    unconnected: dict[str, int]
    pooled_names: int

    @property
    def changes(self) -> bool:
        """Whether applying it would change anything: a decision of this traffic, or the config itself."""
        return self.base_revision != self.target_revision

    @property
    def nothing_decided(self) -> bool:
        """Whether the traffic held no event for any destination, so that zeros mean nothing."""
        return not self.summary.units

    @property
    def refused(self) -> tuple[int, int] | None:
        """Events that go by cloud and that the transform refuses, before and after; None where nothing was transformed."""
        if not self.cost:
            return None
        return sum(cost.before.refused for cost in self.cost), sum(cost.after.refused for cost in self.cost)

    @property
    def moved(self) -> tuple[Row, ...]:
        """Units that change path."""
        return tuple(row for row in self.rows if row.before != row.after)

    @property
    def lost(self) -> tuple[Row, ...]:
        """Units that have a path before and none after."""
        return tuple(row for row in self.rows if row.before != "neither" == row.after)

    @property
    def lost_already(self) -> tuple[Row, ...]:
        """Units that have no path before and none after."""
        return tuple(row for row in self.rows if row.before == row.after == "neither")

    @property
    def doubled(self) -> tuple[Row, ...]:
        """Units that go both ways after, and did not before."""
        return tuple(row for row in self.rows if row.before != "both" == row.after)

    @property
    def doubled_already(self) -> tuple[Row, ...]:
        """Units that go both ways before and after."""
        return tuple(row for row in self.rows if row.before == row.after == "both")
