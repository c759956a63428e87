"""Proofs by enumeration: a claim is tried on every case of every lane, and either holds or has a counterexample."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from policies.cases import Cases, cases_of
from policies.claims import And, Expression, Not, Truth, names_in, said_of_events, truth_on
from policies.decision import Decision, Path, Verdict
from policies.facts import Facts
from policies.matrix import Carrier, Lane, When, apart, labels_of, paired, way_of
from policies.rules import CLOUD, DEVICE
from policies.ruling import Rule

Agreement = Literal["path", "verdict", "rule"]
"""In what two connections must agree to be equivalent: the path that delivers, both verdicts, or the rules too."""


class Counterexample(msgspec.Struct, frozen=True, kw_only=True):
    """An event of which a claim is false, how it comes, and what is decided; `other` on the other side of a comparison."""

    facts: Facts
    lane: Lane | None
    decision: Decision | None
    other_lane: Lane | None = None
    other: Decision | None = None


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a claim is false: each condition is enough by itself."""

    carrier: Carrier
    dimensions: When
    when: tuple[When, ...]


class _Found(NamedTuple):
    """A lane on which a claim is false: how often, and an event of which `said` facts must be said."""

    failing: Failing
    cases: int
    example: Counterexample
    said: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a claim. `vacuous` says why it is no proof although nothing speaks against it."""

    cases: int
    failing: int = 0
    vacuous: str = ""
    where: tuple[Failing, ...] = ()
    counterexample: Counterexample | None = None

    @property
    def holds(self) -> bool:
        """Whether it is proved."""
        return not self.failing and not self.vacuous


def never(expression: Expression, lanes: Sequence[Lane], but: Expression | None = None) -> Proof:
    """No case makes the expression true, apart from those that `but` is true of."""
    return _refute(_without(expression, but), lanes, said=(expression,))


def always(expression: Expression, lanes: Sequence[Lane], but: Expression | None = None) -> Proof:
    """Every case makes the expression true, apart from those that `but` is true of."""
    return _refute(_without(Not(expression), but), lanes, said=(expression,))


def implies(first: Expression, second: Expression, lanes: Sequence[Lane], but: Expression | None = None) -> Proof:
    """Whenever the first is true the second is; vacuous where the first never is."""
    return _refute(_without(And((first, Not(second))), but), lanes, said=(first, second), occurs=first)


def equivalent(before: Iterable[Lane], after: Iterable[Lane], agreement: Agreement = "verdict") -> Proof:
    """Both sides decide every case alike; a connection that one of them does not have is no agreement."""
    counted, found = 0, list[_Found]()
    for one, other in paired(before, after):
        lanes = [lane for lane in (one, other) if lane]
        cases = cases_of(*(lane.policy for lane in lanes))
        events = list(cases.every())
        sides = [[lane.policy.decide(facts) if lane else None for facts in events] for lane in (one, other)]
        wrong = [_said(then, agreement) != _said(now, agreement) for then, now in zip(*sides, strict=True)]
        counted += len(events)
        if any(wrong):
            least, at = _plainest(cases, wrong)
            example = Counterexample(
                facts=events[at], lane=one, decision=sides[0][at], other_lane=other, other=sides[1][at]
            )
            found.append(_Found(_failing(lanes[0], cases, wrong), sum(wrong), example, least))
    return _proof(counted, found)


def _refute(
    wrong: Expression,
    lanes: Sequence[Lane],
    *,
    said: Sequence[Expression],
    occurs: Expression | None = None,
) -> Proof:
    counted, found, unmet = 0, list[_Found](), _must_occur(said, occurs)
    for lane in lanes:
        cases = _cases(lane, wrong)
        events = list(cases.every())
        decisions = [lane.policy.decide(facts) for facts in events]
        is_wrong = truth_on(lane, wrong)
        outcomes = [is_wrong(*pair) for pair in zip(events, decisions, strict=True)]
        counted += len(events)
        unmet = [each for each in unmet if not any(map(truth_on(lane, each), events, decisions))]
        if any(outcomes):
            least, at = _plainest(cases, outcomes)
            example = Counterexample(facts=events[at], lane=lane, decision=decisions[at])
            found.append(_Found(_failing(lane, cases, outcomes), sum(outcomes), example, least))
    return _proof(counted, found, vacuous=f"no case has `{unmet[0]}`" if unmet else "")


def _proof(cases: int, found: Sequence[_Found], *, vacuous: str = "") -> Proof:
    return Proof(
        cases=cases,
        failing=sum(each.cases for each in found),
        vacuous=vacuous,
        where=tuple(each.failing for each in found),
        counterexample=min(found, key=lambda each: each.said).example if found else None,
    )


def _without(wrong: Expression, but: Expression | None) -> Expression:
    return And((wrong, Not(but))) if but else wrong


def _must_occur(said: Sequence[Expression], occurs: Expression | None) -> list[Expression]:
    """What some case must have, lest a claim hold because nothing it speaks of exists."""
    spoken_of: list[Expression] = [atom for expression in said for atom in said_of_events(expression)]
    return spoken_of + ([occurs] if occurs else [])


def _cases(lane: Lane, expression: Expression) -> Cases:
    """The cases that the rules or the expression tell apart."""
    truths = [truth_on(lane, atom) for atom in said_of_events(expression)]
    return cases_of(lane.policy, names=names_in(expression), apart=lambda facts: _answers(truths, facts))


def _answers(truths: Sequence[Truth], facts: Facts) -> tuple[bool, ...]:
    return tuple([truth(facts, _UNDECIDED) for truth in truths])


_UNDECIDED = Decision(Verdict("block", ""), Verdict("block", ""))
"""Stands in where nothing of the decision is asked for."""


def _failing(lane: Lane, cases: Cases, wrong: Sequence[bool]) -> Failing:
    conditions = apart(cases, [outcome or None for outcome in wrong])
    return Failing(carrier=lane.carrier, dimensions=labels_of(cases), when=tuple(when for when, _ in conditions))


def _plainest(cases: Cases, wrong: Sequence[bool]) -> tuple[int, int]:
    """How much must be said of the failing case of which the least must be said, and its place."""
    places = enumerate(zip(cases.coordinates(), wrong, strict=True))
    return min((cases.facts_said(coordinates), at) for at, (coordinates, outcome) in places if outcome)


def _said(decision: Decision | None, agreement: Agreement) -> object:
    if decision is None:
        return None
    if agreement == "path":
        return way_of(decision.device, decision.cloud)
    if agreement == "verdict":
        return decision.device.verdict, decision.cloud.verdict
    return decision


Use = Literal["settles", "redundant", "shadowed", "silent"]
USES: dict[Use, str] = {
    "settles": "it decides some case, and without it the verdict would be another",
    "redundant": "it decides some case, and the next rule to speak would give the same verdict",
    "shadowed": "it would speak to some case, and another rule has always spoken before",
    "silent": "it has nothing to say to any case",
}


class RuleUse(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule is good for on some lanes. `others` are the rules that speak before it, or would in its place."""

    rule: str
    path: Path
    use: Use
    settles: int
    would: int
    """Cases to which it has something to say."""
    others: tuple[str, ...] = ()


def rule_uses(lanes: Iterable[Lane]) -> tuple[tuple[RuleUse, ...], int]:
    """The use of every rule on these lanes, in their order, and how many cases were tried."""
    counts: Counter[tuple[str, str, str]] = Counter()
    cases = 0
    for lane in lanes:
        for facts in cases_of(lane.policy).every():
            cases += 1
            for rules in (DEVICE, CLOUD):
                counts.update(_spoken(rules, lane, facts))
    return (*(_use(rule, "device", counts) for rule in DEVICE), *(_use(rule, "cloud", counts) for rule in CLOUD)), cases


def _spoken(rules: Sequence[Rule], lane: Lane, facts: Facts) -> Iterator[tuple[str, str, str]]:
    """What each rule that has something to say amounts to: rule, `settles`, `redundant` or `shadowed`, and the other rule."""
    speaking = [
        (ruling.rule or rule.id, ruling.outcome)
        for rule in rules
        if (ruling := rule.judge(facts, lane.policy.terms)).outcome != "pass"
    ]
    (first, outcome), *rest = speaking
    same = rest and rest[0][1] == outcome
    yield first, "redundant" if same else "settles", rest[0][0] if same else ""
    yield from ((rule, "shadowed", first) for rule, _ in rest)


def _use(rule: Rule, path: Path, counts: Counter[tuple[str, str, str]]) -> RuleUse:
    mine = {(what, other): count for (name, what, other), count in counts.items() if name == rule.id}
    by_use = Counter[str]()
    for (what, _), count in mine.items():
        by_use[what] += count
    use: Use = next((each for each in USES if by_use[each]), "silent")
    return RuleUse(
        rule=rule.id,
        path=path,
        use=use,
        settles=by_use["settles"] + by_use["redundant"],
        would=sum(by_use.values()),
        others=tuple(sorted({other for what, other in mine if what == use and other})),
    )
