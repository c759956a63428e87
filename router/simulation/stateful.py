"""Recorded events one after another, each meeting what those before it have left behind: `simulate --stateful`.

A repeated messageId is not accepted again, trait dedup leaves out what Braze has already, devices remember. The clock are the
events' own times. Braze accepts everything at once, so nothing that only happens when deliveries overlap is seen here.
"""

from collections.abc import Iterable, Iterator

from policies.capabilities import SourceType
from policies.connection import Workspace
from policies.decide import Policy
from policies.decision import Verdict
from policies.facts import Facts
from router.braze.objects import EventError
from router.braze.trait_dedup import RULE
from router.events import Message
from router.identifiers import clean_text
from router.identity import identity_of
from router.simulation.cloud_memory import CloudMemory, Delivery
from router.simulation.device_memory import DeviceMemory
from router.simulation.envelopes import Envelope
from router.simulation.message_memory import MessageMemory
from router.simulation.outcome import DeviceCall, EventFailure, Outcome, WouldRequest
from router.simulation.simulate import Fate, Simulation, outcome_of
from router.timestamps import parse_time

REPEATED = "repeated messageId: not accepted again"


class StatefulSimulation:
    """One workspace and what its events have left behind so far."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        source_type: SourceType | None = None,
        window_seconds: int = 86_400,
        trait_days: int = 30,
    ) -> None:
        self._stateless = Simulation(workspace, source_type=source_type)
        self._messages = MessageMemory(window_seconds)
        self._cloud = CloudMemory(trait_days=trait_days)
        self._devices = DeviceMemory()
        self._now = 0.0

    def run(self, envelopes: Iterable[Envelope]) -> Iterator[Outcome]:
        """One outcome for each event and connected destination, in input order."""
        for index, envelope in enumerate(envelopes):
            yield from self.outcomes(envelope, index=index)

    def outcomes(self, envelope: Envelope, *, index: int = 0) -> list[Outcome]:
        """What would happen to the next event on each of its connections."""
        message, route, facts = self._stateless.classified(envelope)
        self._now = time_of(message, self._now)
        message_id = clean_text(message.message_id) if isinstance(message.message_id, str) else ""
        identity = (route.source.id, identity_of(facts, message))
        repeated = bool(message_id) and self._messages.has_seen((*identity, message_id), self._now)
        fates = [
            (policy, self._refused(policy, facts) if repeated else self._lived(policy, facts, message, envelope))
            for policy in route.policies
        ]
        return [outcome_of(index, message, facts, policy, fate) for policy, fate in fates]

    def _refused(self, policy: Policy, facts: Facts) -> Fate:
        decision = policy.decide(facts)
        return Fate(device=decision.device, cloud=decision.cloud, notes=(REPEATED,))

    def _lived(self, policy: Policy, facts: Facts, message: Message, envelope: Envelope) -> Fate:
        decision = policy.decide(facts)
        device, done = self._devices.run(policy, facts, decision.device, envelope, message)
        if decision.cloud.verdict != "deliver":
            return Fate(device=device, cloud=decision.cloud, calls=done)
        delivery = self._cloud.deliver(policy, message, now=self._now)
        return _fate(device, decision.cloud, done, delivery)


def _fate(device: Verdict, cloud: Verdict, calls: list[DeviceCall], delivery: Delivery) -> Fate:
    if delivery.failure is not None:
        return Fate(device=device, cloud=cloud, calls=calls, failure=_failure(delivery.failure))
    return Fate(
        device=device,
        cloud=Verdict("block", RULE) if delivery.filtered else cloud,
        calls=calls,
        requests=[WouldRequest(request.path, request.body) for request in delivery.requests],
        notes=(_saved(delivery.repeats),) if delivery.deduplicated and delivery.repeats else (),
    )


def time_of(message: Message, otherwise: float) -> float:
    """When the event came in, as far as it says so; an event without any time stands where the one before it does."""
    for stated in (message.received_at, message.timestamp, message.original_timestamp, message.sent_at):
        moment = parse_time(stated)
        if moment is not None:
            return moment.timestamp()
    return otherwise


def _failure(error: EventError) -> EventFailure:
    return EventFailure(rule="cloud/invalid", status=error.status, message=error.message)


def _saved(count: int) -> str:
    return f"trait dedup: {count} attribute update{'s' if count > 1 else ''} not sent, Braze has the value"
