"""Recorded events one after another, each meeting what those before it have left behind: `simulate --stateful`.

A repeated messageId is not accepted again, trait dedup leaves out what Braze has already, devices remember. The clock are the
events' own times. Braze accepts everything at once, so nothing that only happens when deliveries overlap is seen here.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from policies.capabilities import SourceType
from policies.connection import Workspace
from policies.decide import Policy
from policies.decision import Decision, Verdict
from policies.facts import Facts
from router.braze.batching import batch
from router.braze.objects import EventError
from router.braze.options import TransformOptions
from router.braze.requests import event_items
from router.braze.trait_dedup import RULE, asked, reduce
from router.devices import DeviceState, SdkError, calls, startup
from router.devices.integrations import raw_event
from router.events import Message
from router.identifiers import clean_text
from router.identity import identity_of
from router.simulation.envelopes import Envelope
from router.simulation.message_memory import MessageMemory
from router.simulation.outcome import DeviceCall, EventFailure, Outcome, WouldRequest
from router.simulation.simulate import Fate, Simulation, outcome_of
from router.simulation.trait_recall import TraitRecall
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
        self._trait_days = trait_days
        self._traits: dict[str, TraitRecall] = {}
        self._devices: dict[tuple[str, str], DeviceState] = {}
        self._now = 0.0

    def run(self, envelopes: Iterable[Envelope]) -> Iterator[Outcome]:
        """One outcome for each event and connected destination, in input order."""
        for index, envelope in enumerate(envelopes):
            yield from self.outcomes(envelope, index=index)

    def outcomes(self, envelope: Envelope, *, index: int = 0) -> list[Outcome]:
        """What would happen to the next event on each of its connections."""
        message, route, facts = self._stateless.classified(envelope)
        self._now = _time_of(message, self._now)
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
        device, done = self._on_device(policy, facts, decision, message, envelope)
        fate = self._in_cloud(policy, decision, message)
        return msgspec.structs.replace(fate, device=device, calls=done)

    def _on_device(
        self, policy: Policy, facts: Facts, decision: Decision, message: Message, envelope: Envelope
    ) -> tuple[Verdict, list[DeviceCall]]:
        sdk, verdict = policy.terms.device.sdk, decision.device.verdict
        if sdk is None or verdict == "block" or decision.device.rule == "device/auto-generated":
            return decision.device, []
        config = dict(policy.terms.device.config)
        device = (policy.terms.connection.id, identity_of(facts, message))
        state = self._devices.get(device)
        if state is None:
            state = DeviceState().after(startup(sdk.id, config, anonymous_id=facts.anonymous_id or None))
        try:
            done, state = calls(sdk.id, config, state, _as_sent(envelope, message), verdict=verdict)
        except SdkError:
            return Verdict("block", "device/sdk-error"), []
        if device[1]:
            self._devices[device] = state
        return decision.device, [DeviceCall(method, args) for method, *args in done]

    def _in_cloud(self, policy: Policy, decision: Decision, message: Message) -> Fate:
        if decision.cloud.verdict != "deliver":
            return Fate(device=decision.device, cloud=decision.cloud)
        connection = policy.terms.connection
        options = TransformOptions.from_config(connection.destination.config_for(connection.source.type))
        items, errors = event_items([message], options)
        recall = self._traits.setdefault(connection.destination.id, TraitRecall(days=self._trait_days))
        deduplicated = (0,) if options.trait_dedup else ()
        known = recall.known_of(asked(items, deduplicated), self._now)
        reduced = reduce(items, deduplicated=deduplicated, known=known)
        batched = batch(reduced.items)
        if failed := (*errors, *batched.errors):
            return Fate(device=decision.device, cloud=decision.cloud, failure=_failure(failed[0]))
        for request in batched.requests:
            recall.learn(request, self._now)
        return Fate(
            device=decision.device,
            cloud=Verdict("block", RULE) if reduced.emptied else decision.cloud,
            requests=[WouldRequest(request.path, request.body) for request in batched.requests],
            notes=tuple(_saved(count) for count in reduced.saved.values()),
        )


def _time_of(message: Message, otherwise: float) -> float:
    """When the event came in, as far as it says so; an event without any time stands where the one before it does."""
    for stated in (message.received_at, message.timestamp, message.original_timestamp, message.sent_at):
        moment = parse_time(stated)
        if moment is not None:
            return moment.timestamp()
    return otherwise


def _as_sent(envelope: Envelope, message: Message) -> dict[str, Any]:
    """The event as its SDK saw it, where absent and null differ."""
    try:
        event = msgspec.json.decode(envelope.message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return raw_event(message)
    return event if isinstance(event, dict) else raw_event(message)


def _failure(error: EventError) -> EventFailure:
    return EventFailure(rule="cloud/invalid", status=error.status, message=error.message)


def _saved(count: int) -> str:
    return f"trait dedup: {count} attribute update{'s' if count > 1 else ''} not sent, Braze has the value"
