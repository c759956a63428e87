"""Verdicts, the steps that led to them, and the decision for one event."""

from typing import Any, Literal

import msgspec

Outcome = Literal["pass", "block", "deliver", "identity"]
Path = Literal["device", "cloud"]


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What happens on one path, and the id of the rule that settled it.

    `identity` (device only): the SDK switches the user and sends no traits.
    """

    verdict: Literal["deliver", "block", "identity"]
    rule: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One rule looked at: what it said and why, where the config says so, and the value it saw."""

    rule: str
    path: Path
    outcome: Outcome
    why: str
    config_pointer: str | None = None
    value: Any = None


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The verdicts for both paths; `steps` only when they were asked for."""

    device: Verdict
    cloud: Verdict
    steps: tuple[Step, ...] = ()
