"""What would happen to one event on one connection: the contract's JSON shape."""

from typing import Any

import msgspec

from policies.decision import Step, Verdict


class WouldRequest(msgspec.Struct, frozen=True):
    """A request that would go to Braze."""

    path: str
    body: dict[str, Any]


class DeviceCall(msgspec.Struct, frozen=True):
    """A call the device's Braze SDK would get."""

    method: str
    args: list[Any]


class EventFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why no request can be made of an event that the policy would deliver."""

    rule: str
    status: int
    message: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event on one connection. `steps` and `notes` only where they were asked for."""

    index: int
    message_id: str | None
    type: str
    event: str | None
    source_type: str
    destination: str
    origin: str
    mode: str
    device: Verdict
    cloud: Verdict
    device_calls: list[DeviceCall]
    requests: list[WouldRequest]
    error: EventFailure | None
    steps: tuple[Step, ...] | msgspec.UnsetType = msgspec.UNSET
    notes: tuple[str, ...] = ()
    """What a person should know beside the verdicts, such as marks of the event that contradict its source."""
