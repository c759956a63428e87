"""The devices of a recording: each app installation or browser on which an SDK runs Braze, and its events."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from policies.decide import Policy
from policies.facts import Facts
from policies.sdks import Sdk
from policies.startup import app_key
from router.simulation.through_braze.recording import Recorded
from router.simulation.through_braze.timing import is_web

_OWN_EVENT = Facts(type="", origin="auto")


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One device that runs Braze, with its events in order of time."""

    id: str
    sdk: Sdk
    policy: Policy
    events: tuple[Recorded, ...]

    @property
    def config(self) -> Mapping[str, Any]:
        """The Braze config that its SDK has received."""
        return self.policy.terms.device.config

    @property
    def app_id(self) -> str:
        """The app identifier that its Braze SDK writes with."""
        return app_key(self.sdk.code, self.config)


def devices_of(recording: Iterable[Recorded]) -> list[Device]:
    """Every device that runs Braze. What was sent twice happened once."""
    found: dict[str, list[Recorded]] = {}
    for event in sorted(recording, key=lambda event: event.happened):
        if not event.repeated and _runs_braze(event.policy):
            found.setdefault(device_id(event), []).append(event)
    return [device for name, events in found.items() for device in _device(name, events)]


def device_id(event: Recorded) -> str:
    """`<source>/<device>`. The mobile SDKs name their device, which stays the same one when a reset() makes a new anonymousId."""
    device = event.message.details.device
    own = device.get("id") if isinstance(device, dict) and not is_web(event.policy.terms.device.code) else None
    return f"{event.source.id}/{own if isinstance(own, str) and own else event.identity}"


def _runs_braze(policy: Policy) -> bool:
    """Whether events of Braze's own would go through."""
    return policy.decide(_OWN_EVENT).device.verdict == "deliver"


def _device(name: str, events: list[Recorded]) -> Iterable[Device]:
    policy = events[0].policy
    if (sdk := policy.terms.device.sdk) is not None:
        yield Device(id=name, sdk=sdk, policy=policy, events=tuple(events))
