"""The rules in force, and the choice of at most one for a request. The same seed makes the same choices."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec

from router.braze_simulator.calls import Call
from router.braze_simulator.faults.rules import FaultRule
from router.braze_simulator.times import parse_time


class Armed(msgspec.Struct, kw_only=True):
    """A rule with its memory: how many requests met it and in how many it acted."""

    rule: FaultRule
    dice: random.Random
    matched: int = 0
    fired: int = 0
    burst_start: float = 0.0
    burst_used: int = 0


class Faults:
    """Rules in order; the first that acts wins."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numbered = 0
        self.armed: dict[str, Armed] = {}

    def arm(self, rules: Iterable[FaultRule]) -> list[str]:
        """Add rules behind the others; their ids. A rule with the id of an older one takes its place."""
        return [self._arm(rule) for rule in rules]

    def disarm(self, rule_id: str) -> bool:
        """Take a rule away; False when there is none with this id."""
        return self.armed.pop(rule_id, None) is not None

    def clear(self) -> None:
        """Take all rules away."""
        self.armed.clear()

    def choose(self, call: Call) -> Armed | None:
        """The first rule that acts on this request."""
        for armed in self.armed.values():
            if armed.rule.match.meets(call) and self._acts(armed, call.at):
                return armed
        return None

    def _arm(self, rule: FaultRule) -> str:
        self._numbered += 1
        rule_id = rule.id or f"fault-{self._numbered}"
        seed = self._seed if rule.window.seed is None else rule.window.seed
        self.armed[rule_id] = Armed(
            rule=msgspec.structs.replace(rule, id=rule_id), dice=random.Random(f"{seed}:{rule_id}")
        )
        return rule_id

    @staticmethod
    def _acts(armed: Armed, now: float) -> bool:
        window = armed.rule.window
        armed.matched += 1
        after_skip = armed.matched - window.skip
        if after_skip <= 0 or (after_skip - 1) % window.every:
            return False
        if window.count is not None and armed.fired >= window.count:
            return False
        until = parse_time(window.until) if window.until else None
        if until is not None and now >= until:
            return False
        if window.probability < 1.0 and armed.dice.random() >= window.probability:
            return False
        armed.fired += 1
        return True
