"""In which order everything reaches Braze: flushes of Braze SDKs, and reads of the router's queues. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from router.simulation.through_braze.devices import Device
from router.simulation.through_braze.lives import Life, TimedCall
from router.simulation.through_braze.recording import Recorded
from router.simulation.through_braze.timing import BEFORE


class Flush(msgspec.Struct, frozen=True, kw_only=True):
    """What one Braze SDK sends at once."""

    at: float
    device: Device
    calls: tuple[TimedCall, ...]


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one identity that the router delivers together."""

    at: float
    events: tuple[Recorded, ...]


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """The router ties an anonymousId to a user, as it did when the user was identified before the recording."""

    at: float
    anonymous_id: str
    user: str


Happening = Flush | Read | Tie


def timeline(recording: Iterable[Recorded], lives: Sequence[Life], *, cloud_latency: float) -> list[Happening]:
    """Everything in order of time; `cloud_latency` is what an event needs from its arrival at the router to Braze, in seconds."""
    happenings: list[Happening] = [*_ties(lives), *_flushes(lives), *_reads(recording, cloud_latency)]
    return sorted(happenings, key=lambda happening: happening.at)


def _flushes(lives: Iterable[Life]) -> Iterable[Flush]:
    for life in lives:
        together: dict[float, list[TimedCall]] = {}
        for call in life.calls:
            together.setdefault(call.sent, []).append(call)
        for at, calls in together.items():
            yield Flush(at=at, device=life.device, calls=tuple(calls))


def _reads(recording: Iterable[Recorded], cloud_latency: float) -> Iterable[Read]:
    together: dict[tuple[float, str], list[Recorded]] = {}
    for event in recording:
        if event.decision.cloud.verdict == "deliver" and not event.repeated:
            together.setdefault((event.arrived, event.identity), []).append(event)
    for (arrived, _), events in together.items():
        yield Read(at=arrived + cloud_latency, events=tuple(events))


def _ties(lives: Iterable[Life]) -> Iterable[Tie]:
    """Between the start of the device and its first recorded event."""
    for life in lives:
        first = life.device.events[0]
        if life.tied_before and first.facts.anonymous_id:
            at = first.happened - BEFORE / 2
            yield Tie(at=at, anonymous_id=first.facts.anonymous_id, user=life.tied_before)
