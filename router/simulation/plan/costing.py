"""Transforms every event of a share of the users, one after another, and bills both workspaces for it.

What is decided by users (trait dedup, device memory, repeated messageIds) needs all events of a user in one place and in order:
users are dealt out by a hash of the userId, or of the anonymousId where there is none. Requests are those of one read a minute
for each of the router's partitions; a router that keeps up reads more often and sends more, smaller ones.
"""

from collections.abc import Iterator

import msgspec
import xxhash

from policies.decide import Policy
from policies.facts import Facts
from router.braze.batching import BatchSettings, batch
from router.braze.objects import Item
from router.braze.trait_values import is_attribute
from router.errors import InvalidJson
from router.events import Message
from router.identifiers import clean_text, id_text
from router.identity import identity_of
from router.simulation.cloud_memory import CloudMemory, Delivery
from router.simulation.device_memory import DeviceMemory
from router.simulation.envelopes import Envelope, parse_envelope
from router.simulation.message_memory import MessageMemory
from router.simulation.plan.bill import Bill, Bills
from router.simulation.plan.counting import minute_of
from router.simulation.plan.data_points import call_points, points_of
from router.simulation.plan.heads import read_line
from router.simulation.plan.question import Question
from router.simulation.plan.traffic import Part, lines_of
from router.simulation.simulate import Simulation
from router.simulation.sources import NoSource
from router.simulation.stateful import time_of

PARTITIONS = 16
"""Users are dealt out to as many partitions as a router has by default, however many processes share them."""

_WINDOW_SECONDS = 86_400
_BATCHING = BatchSettings(coalescing="per_user")


class Share(msgspec.Struct, frozen=True):
    """The partitions of which one process takes care: those that leave this remainder."""

    number: int
    of: int

    def takes(self, partition: int) -> bool:
        """Whether the partition is among them."""
        return partition % self.of == self.number


class Waiting(msgspec.Struct):
    """Items of one minute that will be sent together."""

    minute: str = ""
    items: list[tuple[int, Item]] = []


class Costing:
    """One workspace, meeting event after event."""

    def __init__(self, when: str, question: Question) -> None:
        self._when = when
        workspace = question.old if when == "old" else question.new
        self._simulation = Simulation(workspace, source_type=question.source_type)
        self._messages = MessageMemory(_WINDOW_SECONDS)
        self._cloud = CloudMemory()
        self._devices = DeviceMemory()
        self._waiting: dict[tuple[str, int], Waiting] = {}
        self._now = 0.0
        self.bills: Bills = {}

    def add(self, envelope: Envelope, partition: int) -> None:
        """Bill one event; one that cannot be decided costs nothing (the plan reports it)."""
        try:
            message, route, facts = self._simulation.classified(envelope)
        except (InvalidJson, NoSource):
            return
        self._now = time_of(message, self._now)
        message_id = clean_text(message.message_id) if isinstance(message.message_id, str) else ""
        named = (route.source.id, identity_of(facts, message), message_id)
        if message_id and self._messages.has_seen(named, self._now):
            return
        for policy in route.policies:
            self._bill(policy, facts, message, envelope, partition)

    def finish(self) -> Bills:
        """Send what waits."""
        for (destination, _), waiting in self._waiting.items():
            self._send(destination, waiting)
        return self.bills

    def _bill(self, policy: Policy, facts: Facts, message: Message, envelope: Envelope, partition: int) -> None:
        destination = policy.terms.connection.destination.id
        bill = self.bills.setdefault((self._when, destination), Bill())
        decision = policy.decide(facts)
        verdict, calls = self._devices.run(policy, facts, decision.device, envelope, message)
        bill.sdk_errors += verdict.rule == "device/sdk-error"
        bill.device_points += sum(map(call_points, calls))
        if decision.cloud.verdict != "deliver":
            return
        delivery = self._cloud.deliver(policy, message, now=self._now)
        _bill_delivery(bill, delivery)
        self._queue(destination, partition, minute_of(message) or "", delivery.sent)

    def _queue(self, destination: str, partition: int, minute: str, items: tuple[Item, ...]) -> None:
        waiting = self._waiting.setdefault((destination, partition), Waiting())
        if waiting.minute != minute:
            self._send(destination, waiting)
            waiting.minute, waiting.items = minute, []
        at = waiting.items[-1][0] + 1 if waiting.items else 0
        waiting.items += [(at, item) for item in items]

    def _send(self, destination: str, waiting: Waiting) -> None:
        bill = self.bills.setdefault((self._when, destination), Bill())
        for request in batch(waiting.items, _BATCHING).requests:
            bill.note_requests(request.path, waiting.minute, 1)


def cost_of(question: Question, parts: tuple[Part, ...], share: Share) -> Bills:
    """The bills of both workspaces for the users of this share: a pure function of the files, as `count_part` is."""
    sides = (Costing("old", question), Costing("new", question))
    for partition, envelope in _envelopes(parts, share):
        for side in sides:
            side.add(envelope, partition)
    return sides[0].finish() | sides[1].finish()


def _envelopes(parts: tuple[Part, ...], share: Share) -> Iterator[tuple[int, Envelope]]:
    for part in parts:
        for line in lines_of(part):
            partition = _partition(line)
            if share.takes(partition):
                try:
                    yield partition, parse_envelope(line)
                except InvalidJson:
                    continue


def _partition(line: bytes) -> int:
    """Lines that are hard to read go to the first partition, whatever their user."""
    read = read_line(line)
    if read is None:
        return 0
    _, head, _ = read
    user = id_text(head.user_id) or id_text(head.anonymous_id)
    return int(xxhash.xxh3_64_intdigest(user.encode("utf-8", "replace")) % PARTITIONS)


def _bill_delivery(bill: Bill, delivery: Delivery) -> None:
    if delivery.failure is not None:
        bill.refused += 1
        return
    bill.filtered += delivery.filtered
    for item in delivery.sent:
        bill.objects[item.kind] = bill.objects.get(item.kind, 0) + 1
    bill.cloud_points += sum(map(points_of, delivery.sent))
    updates, left = _attributes(delivery.items), _attributes(delivery.left)
    bill.updates += len(updates)
    if delivery.repeats:
        bill.repeat_points += sum(map(points_of, delivery.items)) - sum(map(points_of, delivery.left))
        for name in left:
            updates.remove(name)
        for name in updates:
            bill.note_repeat(name)


def _attributes(items: tuple[Item, ...]) -> list[str]:
    return [name for item in items if item.kind == "attributes" for name in item.body if is_attribute(name)]
