"""Mutants of the policy: each rule negated, dropped, and swapped with the next one.

A suite that passes under a mutant would not have noticed that the rule was wrong, missing or in the wrong place. Mutants that decide
every case of the connections at hand as the policy does are equivalent there: no suite over them can tell.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from policies.cases import cases_of
from policies.decide import Policy
from policies.decision import Decision, Outcome, Path
from policies.facts import Facts
from policies.matrix import Lane
from policies.rules import CLOUD, DEVICE
from policies.ruling import Rule, Ruling
from policies.terms import Terms

Mutation = Literal["negated", "dropped", "swapped"]
_SETTLES: Mapping[str, Outcome] = {
    "device/auto-generated": "deliver",
    "device/hybrid-identity": "identity",
}
"""What a negated rule says where the rule passes; all others block. The last rule of a path, negated, blocks too."""


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One change to the rules of one path."""

    path: Path
    mutation: Mutation
    rule: str
    next_rule: str = ""
    """The one with which it is swapped."""
    rules: tuple[Rule, ...]

    @property
    def id(self) -> str:
        """`device/consent negated`, `device/consent swapped with device/auto-generated`."""
        return f"{self.rule} {self.mutation}" + (f" with {self.next_rule}" if self.next_rule else "")

    def policy(self, terms: Terms) -> Policy:
        """The mutated policy of a connection."""
        if self.path == "device":
            return Policy(terms, device=self.rules)
        return Policy(terms, cloud=self.rules)


def mutants() -> Iterator[Mutant]:
    """Every mutant, path by path in the order of the rules.

    The last rule of a path is not dropped: nothing would be decided then, which no suite could miss.
    """
    for path in _RULES:
        rules = _RULES[path]
        for at, rule in enumerate(rules):
            before, after = rules[:at], rules[at + 1 :]
            negated = (*before, _negated(rule, path), *after)
            yield Mutant(path=path, mutation="negated", rule=rule.id, rules=negated)
            if after:
                yield Mutant(path=path, mutation="dropped", rule=rule.id, rules=(*before, *after))
                swapped = (*before, after[0], rule, *after[1:])
                yield Mutant(path=path, mutation="swapped", rule=rule.id, next_rule=after[0].id, rules=swapped)


_RULES: Mapping[Path, tuple[Rule, ...]] = {"device": DEVICE, "cloud": CLOUD}


def _negated(rule: Rule, path: Path) -> Rule:
    """The rule that passes where this one settles, and settles where this one passes; the last one blocks where it delivers."""
    is_last = rule is _RULES[path][-1]
    settled: Outcome = "block" if is_last else _SETTLES.get(rule.id, "block")

    def judge(facts: Facts, terms: Terms) -> Ruling:
        ruling = rule.judge(facts, terms)
        if is_last or ruling.outcome == "pass":
            return Ruling(settled, f"not: {ruling.why}", ruling.config_pointer, ruling.value)
        return Ruling("pass", f"not: {ruling.why}", ruling.config_pointer, ruling.value)

    return msgspec.structs.replace(rule, judge=judge)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """An event that tells a mutant from the policy, how it comes, and what each decides."""

    lane: Lane
    facts: Facts
    decision: Decision
    mutated: Decision


class Domain:
    """Every case of some lanes, decided once, to hold mutants against."""

    def __init__(self, lanes: Iterable[Lane]) -> None:
        self._decided = [
            (lane, [(facts, lane.policy.decide(facts)) for facts in _plainest_first(lane)]) for lane in lanes
        ]

    @property
    def cases(self) -> int:
        """How many there are."""
        return sum(len(cases) for _, cases in self._decided)

    def difference(self, mutant: Mutant) -> Difference | None:
        """An event that the mutant decides otherwise, of which little must be said; None = it is equivalent here."""
        for lane, cases in self._decided:
            mutated = mutant.policy(lane.policy.terms)
            for facts, decision in cases:
                if (other := mutated.decide(facts)) != decision:
                    return Difference(lane=lane, facts=facts, decision=decision, mutated=other)
        return None

    def why_equivalent(self, mutant: Mutant) -> str:
        """Why no case tells this mutant from the policy."""
        settled_by = {
            getattr(decision, mutant.path).rule
            for lane, cases in self._decided
            for facts, decision in cases
            if _is_concerned(mutant, facts, lane.policy.terms)
        }
        others = ", ".join(sorted(settled_by))
        if mutant.mutation == "negated":
            return f"no event reaches the rule: {others} settle all before"
        who = "the rule" if mutant.mutation == "dropped" else "both rules"
        if not settled_by:
            return f"no event makes {who} speak"
        return f"wherever {who} would speak, {others} has spoken before"


def _plainest_first(lane: Lane) -> Iterator[Facts]:
    cases = cases_of(lane.policy)
    return map(cases.facts, sorted(cases.coordinates(), key=cases.facts_said))


def _is_concerned(mutant: Mutant, facts: Facts, terms: Terms) -> bool:
    """Whether the change could matter to an event if it came so far."""
    if mutant.mutation == "negated":
        return True
    named = (rule for rule in _RULES[mutant.path] if rule.id in (mutant.rule, mutant.next_rule))
    return all(rule.judge(facts, terms).outcome != "pass" for rule in named)
