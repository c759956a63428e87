"""The life of one device: every call that its Braze SDK gets, at what time, and when the SDK tells Braze.

What is called is `router.devices`' business; this module knows when. Before Braze is ready, the RudderStack SDK holds events back.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from policies.facts import Facts
from router.devices import Call, DeviceState, SdkError, background, calls, foreground, startup
from router.simulation.through_braze.devices import Device
from router.simulation.through_braze.recording import Recorded
from router.simulation.through_braze.timing import BEFORE, QUEUE, is_web, timing_of
from router.simulation.through_braze.visits import Visit, is_auto, visits_of

_SESSION_START: Call = ["users.behaviors.app.SessionStart"]
_SESSION_END: Call = ["users.behaviors.app.SessionEnd"]
_OVERFLOW = "too many events before Braze was ready"


class TimedCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call on the Braze SDK: the time that it bears, and when the SDK sends it to Braze."""

    call: Call
    time: float
    sent: float


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of one device in order, and the events that never became what they should, by index, with the reason."""

    device: Device
    calls: tuple[TimedCall, ...]
    lost: Mapping[int, str]
    tied_before: str
    """The user to whom the cloud had tied this device before the recording begins; empty where the device told Braze itself."""


def live(device: Device) -> Life:
    """Everything that happens on the device."""
    living = _Living(device)
    visits = visits_of(device.events)
    tied = living.before(visits[0])
    for left, visit, following in zip([None, *visits], visits, [*visits[1:], None], strict=False):
        living.visit(visit, left=left, following=following)
    return Life(device=device, calls=tuple(living.done), lost=living.lost, tied_before=tied)


class _Living:
    """A device at work: what it knows between two events, and what it has called so far."""

    def __init__(self, device: Device) -> None:
        self.done: list[TimedCall] = []
        self.lost: dict[int, str] = {}
        self._device = device
        self._sdk = device.sdk.id
        self._is_web = is_web(device.sdk.code)
        self._timing = timing_of(device.sdk.code)
        self._state = DeviceState()
        self._ready = 0.0

    def before(self, visit: Visit) -> str:
        """What must have happened before the recording: an SDK that is not starting has started, an identified user was identified."""
        first = visit.events[0].facts
        user = "" if first.type == "identify" else first.user_id
        if visit.cold and not user:
            return ""
        at = visit.begin - BEFORE
        hears = self._device.policy.decide(Facts(type="identify", user_id=user)).device.verdict != "block"
        switch: list[Call] = [["changeUser", user]] if user and hears else []
        self._state = self._state.after(switch)
        self.done += [
            TimedCall(call=call, time=at, sent=at) for call in (*_without_session(self._start_up(visit)), *switch)
        ]
        return "" if hears else user

    def visit(self, visit: Visit, *, left: Visit | None, following: Visit | None) -> None:
        """One visit from its beginning to the end of its session; `left` and `following` are its neighbours."""
        self._ready = self._ready_in(visit)
        if left is not None and self._is_web and not left.has_session("End"):
            self._make(_SESSION_END, left.end)
        self._begin(visit, is_continued=self._goes_on(left, visit))
        for event in self._kept(visit):
            self._hear(event)
        if not (self._is_web or self._goes_on(visit, following) or visit.has_session("End")):
            for call in background(self._sdk) or [_SESSION_END]:
                self._make(call, visit.end + self._timing.session)

    def _begin(self, visit: Visit, *, is_continued: bool) -> None:
        """The SDKs start, or the app comes back; either opens a session unless one goes on or the recording has it."""
        opened = is_continued or visit.has_session("Start")
        if visit.cold:
            self._state = self._state.after_restart()
            begun = self._start_up(visit)
            self._make_all(_without_session(begun) if opened else begun)
        if not opened and not self._is_web:
            self._make_all(foreground(self._sdk) or [_SESSION_START])

    def _goes_on(self, visit: Visit | None, following: Visit | None) -> bool:
        """Whether the session outlives the pause between two visits."""
        if visit is None or following is None:
            return False
        return following.begin - visit.end <= self._timing.session

    def _start_up(self, visit: Visit) -> list[Call]:
        anonymous_id = visit.events[0].facts.anonymous_id or None
        begun = startup(self._sdk, dict(self._device.config), anonymous_id=anonymous_id, user_id=self._state.user_id)
        self._state = self._state.after(begun)
        return begun

    def _ready_in(self, visit: Visit) -> float:
        """When the Braze SDK takes calls; an event of its own proves that it does."""
        if not visit.cold:
            return visit.begin
        own = [event.happened for event in visit.events if is_auto(event)]
        return min([visit.begin + self._timing.ready, *own])

    def _kept(self, visit: Visit) -> Iterator[Recorded]:
        """The events for the integration; of those before it was ready, the newest."""
        wanted = [event for event in visit.events if event.decision.device.verdict != "block"]
        early = [event for event in wanted if event.happened < self._ready]
        dropped = early[:-QUEUE]
        self.lost |= {event.index: _OVERFLOW for event in dropped}
        return iter(wanted[len(dropped) :])

    def _hear(self, event: Recorded) -> None:
        called = _own_call(event) if is_auto(event) else self._integration_calls(event)
        for call in called:
            self._make(call, max(event.happened, self._ready))

    def _integration_calls(self, event: Recorded) -> list[Call]:
        verdict = event.decision.device.verdict
        try:
            done, self._state = calls(
                self._sdk,
                self._device.config,
                self._state,
                event.raw,
                verdict="identity" if verdict == "identity" else "deliver",
            )
        except SdkError as error:
            # What was called before the integration threw has reached the Braze SDK all the same.
            self.lost[event.index] = str(error)
            self._state = self._state.after(error.calls)
            return list(error.calls)
        return done

    def _make_all(self, begun: Iterable[Call]) -> None:
        for call in begun:
            self._make(call, self._ready)

    def _make(self, call: Call, time: float) -> None:
        """A call waits for the next flush; asking for a flush sends all that waits."""
        now = max(time, self._ready)
        self.done.append(TimedCall(call=call, time=time, sent=self._next_flush(now)))
        if call[0] == "requestImmediateDataFlush":
            self.done = [_sent_by(waiting, now) for waiting in self.done]

    def _next_flush(self, now: float) -> float:
        """Flushes follow each other from the moment at which the SDK was ready."""
        passed = max(1, math.ceil((now - self._ready) / self._timing.flush))
        return self._ready + passed * self._timing.flush


def _sent_by(waiting: TimedCall, now: float) -> TimedCall:
    return msgspec.structs.replace(waiting, sent=now) if waiting.sent > now else waiting


def _own_call(event: Recorded) -> list[Call]:
    """What the Braze SDK does by itself has its Currents name for a method."""
    if event.facts.name is None:
        return []
    properties = event.raw.get("properties")
    arguments: list[Any] = [properties] if isinstance(properties, dict) and properties else []
    return [[event.facts.name, *arguments]]


def _without_session(begun: Iterable[Call]) -> list[Call]:
    return [call for call in begun if call[0] != "openSession"]
