"""Decide and transform recorded events with the code that runs live. Stateless: each event by itself."""

from collections.abc import Iterable, Iterator

import msgspec

from policies.capabilities import SourceType
from policies.connection import Workspace
from policies.decide import Policy
from policies.decision import Decision, Verdict
from policies.facts import Facts
from router.braze.options import TransformOptions
from router.braze.requests import transform_events
from router.classify import classify, mismatch
from router.devices import SdkError, device_calls
from router.enrichment import enrich
from router.events import Message, decode_message
from router.identifiers import clean_text
from router.routing import Route
from router.simulation.circumstances import NONE as NO_CIRCUMSTANCES
from router.simulation.circumstances import Circumstances
from router.simulation.envelopes import Envelope
from router.simulation.outcome import DeviceCall, EventFailure, Outcome, WouldRequest
from router.simulation.sources import Sources


class Simulation:
    """One workspace, ready to say what would happen to recorded events."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        source_type: SourceType | None = None,
        circumstances: Circumstances = NO_CIRCUMSTANCES,
    ) -> None:
        self._sources = Sources(workspace, source_type, circumstances.sdk)
        self._circumstances = circumstances

    def run(self, envelopes: Iterable[Envelope]) -> Iterator[Outcome]:
        """One outcome for each event and connected destination, in input order."""
        for index, envelope in enumerate(envelopes):
            yield from self.outcomes(envelope, index=index)

    def outcomes(self, envelope: Envelope, *, index: int = 0) -> list[Outcome]:
        """What would happen to one event on each of its connections."""
        message, route, facts = self.classified(envelope)
        return [decided_outcome(index, message, facts, policy, policy.decide(facts)) for policy in route.policies]

    def explain(self, envelope: Envelope, *, index: int = 0) -> list[Outcome]:
        """The same with every step, and what a person should know besides."""
        message, route, facts = self.classified(envelope)
        note = mismatch(message, route.source)
        return [
            _explained(
                decided_outcome(index, message, facts, policy, decision := policy.explain(facts)), decision, note
            )
            for policy in route.policies
        ]

    def classified(self, envelope: Envelope) -> tuple[Message, Route, Facts]:
        """The event as delivery would read it, its route, and what the rules look at; raises NoSource."""
        message = enrich(decode_message(envelope.message))
        route = self._sources.route(envelope, message)
        facts = self._circumstances.of(classify(message, route.source))
        return msgspec.structs.replace(message, type=facts.type), route, facts


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What the verdicts of one event lead to."""

    device: Verdict
    cloud: Verdict
    calls: list[DeviceCall] = []
    requests: list[WouldRequest] = []
    failure: EventFailure | None = None
    notes: tuple[str, ...] = ()


def outcome_of(index: int, message: Message, facts: Facts, policy: Policy, fate: Fate) -> Outcome:
    """The outcome of one event on one connection."""
    connection = policy.terms.connection
    return Outcome(
        index=index,
        message_id=clean_text(message.message_id) if isinstance(message.message_id, str) else None,
        type=facts.type,
        event=facts.name,
        source_type=connection.source.type,
        destination=connection.destination.id,
        origin=facts.origin,
        mode=policy.terms.mode,
        device=fate.device,
        cloud=fate.cloud,
        device_calls=fate.calls,
        requests=fate.requests,
        error=fate.failure,
        notes=fate.notes,
    )


def decided_outcome(index: int, message: Message, facts: Facts, policy: Policy, decision: Decision) -> Outcome:
    """What follows from a decision for an event that meets nothing of what came before it."""
    connection = policy.terms.connection
    config = connection.destination.config_for(connection.source.type)
    requests, failure = _cloud_part(message, config, decision)
    device, calls = _device_part(policy, config, message, decision)
    fate = Fate(device=device, cloud=decision.cloud, calls=calls, requests=requests, failure=failure)
    return outcome_of(index, message, facts, policy, fate)


def _explained(outcome: Outcome, decision: Decision, note: str | None) -> Outcome:
    return msgspec.structs.replace(outcome, steps=decision.steps, notes=(note,) if note else ())


def _cloud_part(
    message: Message, config: dict[str, object], decision: Decision
) -> tuple[list[WouldRequest], EventFailure | None]:
    if decision.cloud.verdict != "deliver":
        return [], None
    done = transform_events([message], TransformOptions.from_config(config))
    if done.errors:
        error = done.errors[0]
        return [], EventFailure(rule="cloud/invalid", status=error.status, message=error.message)
    return [WouldRequest(request.path, request.body) for request in done.requests], None


def _device_part(
    policy: Policy, config: dict[str, object], message: Message, decision: Decision
) -> tuple[Verdict, list[DeviceCall]]:
    """The device verdict and the SDK calls; where the SDK's own code would throw, nothing reaches Braze."""
    device, sdk = decision.device, policy.terms.device.sdk
    if sdk is None or device.verdict == "block" or device.rule == "device/auto-generated":
        return device, []
    try:
        calls = device_calls(sdk.id, config, message, device.verdict)
    except SdkError:
        return Verdict("block", "device/sdk-error"), []
    return device, [DeviceCall(call["method"], call["args"]) for call in calls]
