"""A test made ready to run: each event it meets on each connection, decoded and classified, so that running it needs no file."""

from collections.abc import Callable

import msgspec

from policies.decide import Policy
from policies.decision import Decision, Step, Verdict
from policies.facts import Facts
from policies.sdks import Sdk
from policies.terms import Terms
from router.classify import classify
from router.devices import DeviceState, SdkError, calls, startup
from router.devices.integrations import raw_event
from router.events import Message, decode_message
from router.simulation.outcome import DeviceCall, Outcome
from router.simulation.simulate import decided_outcome
from router.suites.expectation import Met
from router.suites.file import DeviceStep
from router.suites.suite import PolicyTest

PolicyOf = Callable[[Terms], Policy]
"""Compiles a connection's terms; `policies.decide.Policy` does it with the rules that run live."""


class Occurrence:
    """One event on one connection. Outcomes are remembered by decision: another policy that decides alike costs a look-up."""

    def __init__(
        self, *, index: int, message: Message, facts: Facts, terms: Terms, before: tuple[DeviceStep, ...] = ()
    ) -> None:
        self.index = index
        self.message = message
        self.facts = facts
        self.terms = terms
        self._before = before
        self._outcomes: dict[tuple[Verdict, Verdict], Outcome] = {}

    def met(self, policy: Policy) -> Met:
        """What comes of the event under a policy of these terms."""
        decision = policy.decide(self.facts)
        return Met(
            decision=decision,
            outcome=self._outcome(policy, decision),
            source=self.terms.connection.source.id,
            steps_of=lambda: self._steps(policy),
        )

    def _steps(self, policy: Policy) -> tuple[Step, ...]:
        return policy.explain(self.facts).steps

    def _outcome(self, policy: Policy, decision: Decision) -> Outcome:
        if self._before:
            return self._after_past(policy, decision)
        known = (decision.device, decision.cloud)
        if known not in self._outcomes:
            self._outcomes[known] = decided_outcome(self.index, self.message, self.facts, policy, decision)
        return self._outcomes[known]

    def _after_past(self, policy: Policy, decision: Decision) -> Outcome:
        """The outcome on a device that has lived through something: its integration remembers."""
        outcome, sdk = decided_outcome(self.index, self.message, self.facts, policy, decision), policy.terms.device.sdk
        if outcome.device.verdict == "block" or sdk is None:
            return outcome
        device = _Device(policy, sdk, self.facts)
        for step in self._before:
            device.live(step)
        return msgspec.structs.replace(outcome, device_calls=device.take(self.message, decision.device))


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A test and the events it meets; none is a failure."""

    test: PolicyTest
    occurrences: tuple[Occurrence, ...] = ()


class _Device:
    """A device of an SDK under a policy, and what the SDK remembers."""

    def __init__(self, policy: Policy, sdk: Sdk, facts: Facts) -> None:
        self._policy, self._facts = policy, facts
        self._sdk, self._config = sdk.id, dict(policy.terms.device.config)
        started = startup(self._sdk, self._config, anonymous_id=facts.anonymous_id or None)
        self._state = DeviceState().after(started)

    def live(self, step: DeviceStep) -> None:
        if step.event is None:
            self._state = self._state.after_restart() if step.restart else self._state.after_reset()
            return
        message = decode_message(msgspec.json.encode(step.event))
        facts = classify(message, self._policy.terms.connection.source)
        facts = msgspec.structs.replace(facts, client=self._facts.client)
        self.take(message, self._policy.decide(facts).device)

    def take(self, message: Message, verdict: Verdict) -> list[DeviceCall]:
        if verdict.verdict == "block" or verdict.rule == "device/auto-generated":
            return []
        try:
            made, self._state = calls(self._sdk, self._config, self._state, raw_event(message), verdict=verdict.verdict)
        except SdkError:
            return []
        return [DeviceCall(method, args) for method, *args in made]
