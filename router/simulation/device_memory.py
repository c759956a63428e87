"""The device path of one event after another: the calls each device's SDK makes, by what it remembers of the events before."""

from typing import Any

import msgspec

from policies.decide import Policy
from policies.decision import Verdict
from policies.facts import Facts
from router.devices import DeviceState, SdkError, calls, startup
from router.devices.integrations import raw_event
from router.events import Message
from router.identity import identity_of
from router.simulation.envelopes import Envelope
from router.simulation.outcome import DeviceCall


class DeviceMemory:
    """What every device remembers by now; a device is known by its connection and its events' identity."""

    def __init__(self) -> None:
        self._devices: dict[tuple[str, str], DeviceState] = {}

    def run(
        self, policy: Policy, facts: Facts, verdict: Verdict, envelope: Envelope, message: Message
    ) -> tuple[Verdict, list[DeviceCall]]:
        """The verdict as it turns out, and the calls; where the SDK's own code throws, nothing reaches Braze."""
        sdk = policy.terms.device.sdk
        if sdk is None or verdict.verdict == "block" or verdict.rule == "device/auto-generated":
            return verdict, []
        config = dict(policy.terms.device.config)
        device = (policy.terms.connection.id, identity_of(facts, message))
        state = self._devices.get(device)
        if state is None:
            state = DeviceState().after(startup(sdk.id, config, anonymous_id=facts.anonymous_id or None))
        try:
            done, state = calls(sdk.id, config, state, _as_sent(envelope, message), verdict=verdict.verdict)
        except SdkError:
            return Verdict("block", "device/sdk-error"), []
        if device[1]:
            self._devices[device] = state
        return verdict, [DeviceCall(method, args) for method, *args in done]


def _as_sent(envelope: Envelope, message: Message) -> dict[str, Any]:
    """The event as its SDK saw it, where absent and null differ."""
    try:
        event = msgspec.json.decode(envelope.message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return raw_event(message)
    return event if isinstance(event, dict) else raw_event(message)
