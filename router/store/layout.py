"""Accepted messages, and how one commit lays them out for the enqueue script: few arguments, since each costs a client more
than the bytes in it."""

from collections.abc import Iterable, Sequence

import msgspec

from policies.decision import Decision
from router.store import keys
from router.store.accounting import counter
from router.store.entries import Row


class Unit(msgspec.Struct, frozen=True, gc=False):
    """The decision about one message for one connected destination."""

    destination: str
    decision: Decision
    revision: str


class Incoming(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message that the gateway found good, with the decision for each destination it is connected to."""

    source: str
    identity: str
    """Device identity: anonymousId, else userId; order is kept for it."""
    type: str
    message_id: str
    decision_id: str
    """Follows the event from here to Braze: into logs, dead letters and the decision log."""
    received_at: str
    message: bytes
    units: tuple[Unit, ...]
    mismatched: bool = False
    """The event's own marks contradict the type of its source."""
    suppressed: bool = False
    """A regulation keeps it from being sent on."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The script's arguments, apart from the keys: what each message is known by, and what is to become of it."""

    marks: bytes
    """20 bytes a message: digest of its id, fingerprint of its payload."""
    fate_numbers: bytes
    """2 bytes a message: which of `fates` is its own, from 1."""
    fates: list[str]
    counters: list[str]
    batches: dict[str, list[Row]]
    """Per destination the events to queue; their order numbers the queues."""


def lay_out(messages: Sequence[Incoming]) -> Layout:
    """Lay out the messages of one partition's commit. Pure."""
    layout = _Drawing()
    fate_numbers: list[bytes] = []
    marks: list[bytes] = []
    for position, message in enumerate(messages):
        marks.append(keys.message_digest(message.source, message.message_id))
        marks.append(keys.payload_fingerprint(message.message))
        fate_numbers.append(layout.place(position, message))
    return Layout(
        marks=b"".join(marks),
        fate_numbers=b"".join(fate_numbers),
        fates=layout.fates,
        counters=list(layout.counters),
        batches=layout.batches,
    )


class _Drawing:
    """Numbers queues, counters and fates as they come up; messages decided alike share a fate."""

    def __init__(self) -> None:
        self.batches: dict[str, list[Row]] = {}
        self.counters: dict[str, int] = {}
        self.fates: list[str] = []
        self._numbers: dict[tuple[str, ...], bytes] = {}

    def place(self, position: int, message: Incoming) -> bytes:
        """Put a message into the batches it belongs to; returns the number of its fate."""
        shape = [message.source]
        for unit in message.units:
            cloud = unit.decision.cloud
            shape += (unit.destination, cloud.rule)
            if cloud.verdict == "deliver":
                self._batch(unit.destination).append(_row(position, message, unit))
        key = tuple(shape)
        number = self._numbers.get(key)
        if number is None:
            self.fates.append(self._fate(message))
            number = self._numbers[key] = len(self.fates).to_bytes(2)
        return number

    def _batch(self, destination: str) -> list[Row]:
        batch = self.batches.get(destination)
        if batch is None:
            batch = self.batches[destination] = []
        return batch

    def _fate(self, message: Incoming) -> str:
        queues: list[int] = []
        counted: list[int] = []
        for unit in message.units:
            destination, cloud = unit.destination, unit.decision.cloud
            counted.append(self._counter(counter("accepted", message.source, destination)))
            if cloud.verdict == "deliver":
                queues.append(list(self.batches).index(destination) + 1)
            else:
                counted.append(self._counter(counter("blocked", message.source, destination, cloud.rule)))
        repeated = self._counter(counter("duplicate", message.source, ""))
        conflicting = self._counter(counter("conflict", message.source, ""))
        return f"{_joined(queues)}|{_joined(counted)}|{repeated}|{conflicting}"

    def _counter(self, name: str) -> int:
        return self.counters.setdefault(name, len(self.counters) + 1)


def _joined(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _row(position: int, message: Incoming, unit: Unit) -> Row:
    return (
        position,
        message.source,
        message.type,
        message.message_id,
        message.decision_id,
        message.received_at,
        unit.revision,
        unit.decision.device.rule,
        unit.decision.cloud.rule,
        message.message,
    )
