"""Visits: what one device did in one go, and whether the app or page was loaded for it.

A recording does not say when a process began or a person left. RudderStack's lifecycle events and long silences tell.
"""

from collections.abc import Iterable, Sequence

import msgspec

from router.simulation.through_braze.recording import Recorded
from router.simulation.through_braze.timing import SESSION, START_WINDOW, VISIT_GAP, is_web

_STARTS = frozenset({"Application Opened", "Application Installed", "Application Updated"})
_LEAVES = "Application Backgrounded"
_FROM_CURRENTS = "users.behaviors.app.Session"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one device in order of time. `cold`: the SDKs start at its beginning; else they were running."""

    events: tuple[Recorded, ...]
    cold: bool

    @property
    def begin(self) -> float:
        """When its first event happened."""
        return self.events[0].happened

    @property
    def end(self) -> float:
        """When its last event happened."""
        return self.events[-1].happened

    def has_session(self, mark: str) -> bool:
        """Whether the recording holds the Braze SDK's own session `Start` or `End`: then nobody has to make one up."""
        return any(is_auto(event) and event.facts.name == _FROM_CURRENTS + mark for event in self.events)


def is_auto(event: Recorded) -> bool:
    """Whether the Braze SDK generated the event itself and its destination has one that runs."""
    return event.decision.device.rule == "device/auto-generated"


def visits_of(events: Iterable[Recorded]) -> list[Visit]:
    """The visits of one device, whose events come in order of time."""
    pieces: list[list[Recorded]] = []
    for event in events:
        if not pieces or _begins_anew(pieces[-1], event):
            pieces.append([])
        pieces[-1].append(event)
    return [Visit(events=tuple(piece), cold=_is_cold(piece)) for piece in pieces]


def _begins_anew(visit: Sequence[Recorded], event: Recorded) -> bool:
    silence = event.happened - visit[-1].happened
    if silence > (SESSION if visit[-1].facts.name == _LEAVES else VISIT_GAP):
        return True
    return _starts_process(event) and event.happened - visit[0].happened > START_WINDOW


def _is_cold(visit: Sequence[Recorded]) -> bool:
    if is_web(visit[0].policy.terms.device.code):
        return True
    return any(_starts_process(event) for event in visit if event.happened - visit[0].happened <= START_WINDOW)


def _starts_process(event: Recorded) -> bool:
    """An app that comes back from the background was running all the time."""
    if event.facts.type != "track" or event.facts.name not in _STARTS or is_web(event.policy.terms.device.code):
        return False
    properties = event.raw.get("properties")
    return not (isinstance(properties, dict) and properties.get("from_background") is True)
