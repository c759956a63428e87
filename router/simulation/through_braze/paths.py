"""Which path carried each recorded event, and what was lost before anything reached Braze."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from router.identifiers import clean_text
from router.simulation.through_braze.cloud import CloudPath
from router.simulation.through_braze.lives import Life
from router.simulation.through_braze.recording import Recorded

Carrier = Literal["cloud", "device", "both", "cloud_and_user_switch", "neither"]


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a path took and that did not become what it should: all of it or a part is not in Braze."""

    index: int
    message_id: str | None
    path: Literal["cloud", "device"]
    reason: str


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """How many events went which way; `neither` by both rules, device first. Repeats of a messageId went nowhere.

    Of `filtered` events, which went by the cloud, trait dedup left nothing; it saved so many updates of attributes in all.
    """

    recorded: int
    repeated: int
    filtered: int
    updates_saved: int
    by: Mapping[Carrier, int]
    neither: Mapping[str, int]


def carried(recording: Iterable[Recorded], cloud: CloudPath) -> Carried:
    """Count the events of a recording by the path that carried them."""
    events = list(recording)
    fresh = [event for event in events if not event.repeated]
    by = Counter(carrier_of(event) for event in fresh)
    rules = Counter(
        f"{event.decision.device.rule} {event.decision.cloud.rule}" for event in fresh if carrier_of(event) == "neither"
    )
    return Carried(
        recorded=len(events),
        repeated=len(events) - len(fresh),
        filtered=len(cloud.filtered),
        updates_saved=cloud.saved,
        by={carrier: by[carrier] for carrier in _CARRIERS},
        neither=dict(sorted(rules.items())),
    )


def carrier_of(event: Recorded) -> Carrier:
    """The path or paths that carry one event."""
    device, cloud = event.decision.device.verdict, event.decision.cloud.verdict == "deliver"
    if device == "identity":
        return "cloud_and_user_switch" if cloud else "device"
    if device == "deliver":
        return "both" if cloud else "device"
    return "cloud" if cloud else "neither"


_CARRIERS: tuple[Carrier, ...] = ("cloud", "device", "both", "cloud_and_user_switch", "neither")


def lost(recording: Iterable[Recorded], lives: Iterable[Life], cloud: CloudPath) -> list[Lost]:
    """What broke on the device and what the cloud path refused, in order of the recording."""
    on_device = {index: reason for life in lives for index, reason in life.lost.items()}
    by_index = {event.index: event for event in recording}
    found = [_lost(by_index[index], "device", reason) for index, reason in on_device.items()]
    found += [_lost(by_index[index], "cloud", reason) for index, reason in cloud.refused.items()]
    return sorted(found, key=lambda each: (each.index, each.path))


def _lost(event: Recorded, path: Literal["cloud", "device"], reason: str) -> Lost:
    stated = event.message.message_id
    message_id = clean_text(stated) if isinstance(stated, str) else None
    return Lost(index=event.index, message_id=message_id, path=path, reason=reason)
