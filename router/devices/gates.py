"""The gates of one device: whether its SDK hands an event to Braze, judged by the policy from the config that the SDK received.

No rule is written here: `policies` has them all. This module makes Facts of an event as the SDK itself sees it, where an absent
key and null are two things and nothing has been cleaned yet.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from policies.client_consent import ClientConsent
from policies.decide import compile_on_device
from policies.decision import Verdict
from policies.facts import Facts
from policies.javascript import truthy
from policies.sdks import Sdk

Event = Mapping[str, Any]


class Judged(msgspec.Struct, frozen=True):
    """The verdict on one event, and why."""

    verdict: Verdict
    why: str


class Gates:
    """One SDK with the Braze config that it received and the consents of its user. `sdk` None = no SDK carries Braze."""

    def __init__(self, sdk: Sdk | None, config: Mapping[str, Any], consent: ClientConsent | None = None) -> None:
        self._policy = compile_on_device(sdk, config)
        self._consent = consent

    @property
    def is_loaded(self) -> bool:
        """Whether the SDK starts Braze at all: then Braze's own events go through."""
        started = Facts(type="", origin="auto", client=self._consent)
        return self._policy.decide(started).device.verdict == "deliver"

    def judge(self, event: Event) -> Judged:
        """What becomes of one event."""
        decision = self._policy.explain(device_facts(event, self._consent))
        last = [step for step in decision.steps if step.path == "device"][-1]
        return Judged(decision.device, last.why)


def device_facts(event: Event, consent: ClientConsent | None = None) -> Facts:
    """The facts of an event before it has left the device."""
    kind, name, context = event.get("type"), event.get("event"), event.get("context")
    return Facts(
        type=kind if isinstance(kind, str) else "",
        origin="auto" if isinstance(context, Mapping) and context.get("origin") == "auto" else "user",
        name=name if isinstance(name, str) else None,
        odd_name=None if isinstance(name, str) else name,
        user_id=_user_id(event.get("userId")),
        integrations=event.get("integrations", UNSET),
        properties=event.get("properties", UNSET),
        client=consent,
    )


def _user_id(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode() if truthy(value) else ""
