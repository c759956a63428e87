"""What one workspace's paths to one destination cost: objects, requests a minute, data points. Counters that add up."""

import msgspec

MOST_NAMES = 5_000
OTHERS = "(other attributes)"


class Bill(msgspec.Struct, kw_only=True):
    """The counters of one destination in one workspace."""

    objects: dict[str, int] = {}
    """By array: attributes, events, purchases, identify, merges, subscriptions."""
    requests: dict[str, dict[str, int]] = {}
    """By path and minute."""
    refused: int = 0
    """Events by cloud of which the transform makes nothing."""
    sdk_errors: int = 0
    """Events by device on which the SDK's own code throws."""
    filtered: int = 0
    """Events by cloud of which trait dedup leaves nothing."""
    cloud_points: int = 0
    device_points: int = 0
    updates: int = 0
    """Attribute updates by cloud, before trait dedup."""
    repeats: dict[str, int] = {}
    """Of these, by attribute, what Braze has already: trait dedup leaves them out where it is on."""
    repeat_points: int = 0

    def note_requests(self, path: str, minute: str, count: int) -> None:
        """So many requests went out in that minute."""
        by_minute = self.requests.setdefault(path, {})
        by_minute[minute] = by_minute.get(minute, 0) + count

    def note_repeat(self, name: str) -> None:
        """One update of this attribute was a repeat. Names come from clients: those beyond a limit are one."""
        known = name in self.repeats or len(self.repeats) < MOST_NAMES
        name = name if known else OTHERS
        self.repeats[name] = self.repeats.get(name, 0) + 1

    def merge(self, other: "Bill") -> None:
        """Take in the bill of other users."""
        for name in ("refused", "sdk_errors", "filtered", "cloud_points", "device_points", "updates", "repeat_points"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in ((self.objects, other.objects), (self.repeats, other.repeats)):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count
        for path, minutes in other.requests.items():
            for minute, count in minutes.items():
                self.note_requests(path, minute, count)


Bills = dict[tuple[str, str], Bill]
"""By workspace (`old` or `new`) and destination."""


def add_bills(total: Bills, bills: Bills) -> None:
    """Add the bills of other users to the total."""
    for key, bill in bills.items():
        total.setdefault(key, Bill()).merge(bill)
