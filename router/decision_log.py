"""The decision log: one JSON line per decision, for audits and as recorded evidence. No traits, no properties."""

import sys
from collections.abc import Sequence
from typing import IO, Literal

import msgspec
import xxhash

from policies.decision import Verdict
from router.store.layout import Incoming

SAMPLE = 100
"""With `sample`, one message in so many is logged, chosen by its id: a resend is logged again or not at all."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about one message for one destination."""

    time: str
    decision_id: str
    message_id: str
    source: str
    type: str
    destination: str
    revision: str
    device: Verdict
    cloud: Verdict


class DecisionLog:
    """Writes accepted decisions to a stream (stdout)."""

    def __init__(self, mode: Literal["off", "sample", "all"], stream: IO[str] | None = None) -> None:
        self._mode = mode
        self._stream = stream or sys.stdout
        self._encoder = msgspec.json.Encoder()

    def write(self, messages: Sequence[Incoming]) -> None:
        """Log the decisions of messages that have been stored."""
        if self._mode == "off":
            return
        chosen = [message for message in messages if self._mode == "all" or _in_sample(message)]
        lines = [self._encoder.encode(line).decode() + "\n" for message in chosen for line in _lines(message)]
        if lines:
            self._stream.write("".join(lines))
            self._stream.flush()


def _in_sample(message: Incoming) -> bool:
    return xxhash.xxh32_intdigest(message.message_id.encode()) % SAMPLE == 0


def _lines(message: Incoming) -> list[Line]:
    return [
        Line(
            time=message.received_at,
            decision_id=message.decision_id,
            message_id=message.message_id,
            source=message.source,
            type=message.type,
            destination=unit.destination,
            revision=unit.revision,
            device=unit.decision.device,
            cloud=unit.decision.cloud,
        )
        for unit in message.units
    ]
