"""One device's story, step by step: events, RudderStack resets and restarts, as `device-calls` reads and answers them."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

import msgspec

from policies.capabilities import SOURCE_TYPES
from policies.client_consent import ClientConsent
from policies.device_rules import SDK_ERROR
from policies.problems import did_you_mean
from policies.sdks import SDKS, find_sdk
from router.devices.gates import Gates
from router.devices.sdk_calls import Call, SdkError
from router.devices.state import DeviceState, Event
from router.errors import InvalidJson


class Step(msgspec.Struct, frozen=True):
    """One thing that happens to the device: an event, or a RudderStack reset(), or a new process or page."""

    event: dict[str, Any] | None = None
    reset: bool = False
    restart: bool = False

    def __post_init__(self) -> None:
        if self.event is None and not (self.reset or self.restart):
            raise ValueError("a step is an event, a reset or a restart")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One device: its SDK, the Braze config that it received, its user's consents (None = consent management off)."""

    sdk: str
    config: dict[str, Any]
    steps: list[Step]
    consent: ClientConsent | None = None


class Answer(msgspec.Struct, frozen=True):
    """What an event led to."""

    verdict: Literal["deliver", "block", "identity"]
    rule: str
    calls: list[Call]
    error: str | None


class Silence(msgspec.Struct, frozen=True):
    """What a reset or restart leads to: no integration calls Braze."""

    calls: list[Call]


class Story(msgspec.Struct, frozen=True):
    """The calls of the start, and an answer for every step."""

    init: list[Call]
    steps: list[Answer | Silence]


class CallLists(Protocol):
    """What SDKs call on Braze once the gates are open; the package `router.devices` is one."""

    def startup(self, sdk: str, config: Mapping[str, Any], *, anonymous_id: str | None) -> list[Call]:
        """The calls of an SDK that starts Braze."""

    def calls(
        self,
        sdk: str,
        config: Mapping[str, Any],
        state: DeviceState,
        event: Event,
        *,
        verdict: Literal["deliver", "identity"],
    ) -> tuple[list[Call], DeviceState]:
        """The calls for an event that the gates let through, and what the device then remembers; raises SdkError."""


def replay(case: Case, sdks: CallLists) -> Story:
    """Live through one case; raises InvalidJson when it names an SDK that there is none of."""
    found = find_sdk(case.sdk)
    if found is None and case.sdk not in SOURCE_TYPES:
        raise InvalidJson(f"there is no SDK `{case.sdk}`; {did_you_mean(case.sdk, SDKS)}")
    gates = Gates(found, case.config, case.consent)
    init = sdks.startup(case.sdk, case.config, anonymous_id=_anonymous_id(case)) if gates.is_loaded else []
    return Story(init, list(_answers(case, gates, sdks, DeviceState().after(init))))


def _answers(case: Case, gates: Gates, sdks: CallLists, state: DeviceState) -> Iterator[Answer | Silence]:
    for step in case.steps:
        if step.event is not None:
            answer, state = _answer(case, gates, sdks, state, step.event)
            yield answer
            continue
        state = state.after_restart() if step.restart else state.after_reset()
        yield Silence([])


def _answer(case: Case, gates: Gates, sdks: CallLists, state: DeviceState, event: Event) -> tuple[Answer, DeviceState]:
    judged = gates.judge(event)
    verdict, rule = judged.verdict.verdict, judged.verdict.rule
    if verdict == "block":
        return Answer(verdict, rule, [], judged.why if rule == SDK_ERROR else None), state
    if rule == "device/auto-generated":
        return Answer(verdict, rule, [], None), state
    try:
        made, then = sdks.calls(case.sdk, case.config, state, event, verdict=verdict)
    except SdkError as error:
        return Answer("block", SDK_ERROR, [], str(error)), state
    return Answer(verdict, rule, made, None), then


def _anonymous_id(case: Case) -> str | None:
    """The anonymousId that the device's first event bears, which the SDK had when it started."""
    ids = (step.event.get("anonymousId") for step in case.steps if step.event is not None)
    return next((found for found in ids if isinstance(found, str)), None)
