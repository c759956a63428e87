"""Run tests against a policy. Pure: nothing is read, sent or timed, so that a mutant of the policy is judged in milliseconds."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from policies.decide import Policy
from policies.decision import Decision
from policies.terms import Terms
from router.suites.expectation import Met, Mismatch, mismatches
from router.suites.suite import PolicyTest
from router.suites.trial import Occurrence, PolicyOf, Trial

Status = Literal["passed", "failed", "skipped"]
_MOST_SHOWN = 3
"""Events of one test that are shown with what is wrong; the others are counted."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One event of which something other came than was expected; no event where the test met none, or too few."""

    mismatches: tuple[Mismatch, ...]
    met: Met | None = None
    occurrence: Occurrence | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one test."""

    trial: Trial
    status: Status
    failures: tuple[Failure, ...] = ()
    unshown: int = 0
    """Further events of which something other came than was expected."""
    decisions: tuple[Decision, ...] = ()
    """What the policy decided, one for each occurrence of the trial."""

    @property
    def test(self) -> PolicyTest:
        """The test."""
        return self.trial.test


def run(trials: Iterable[Trial], policy_of: PolicyOf = Policy) -> Iterator[Result]:
    """The result of each trial under the policies that `policy_of` compiles, one for each distinct terms."""
    policies = Policies(policy_of)
    return (judge(trial, policies) for trial in trials)


class Policies:
    """Compiles each terms once. Terms are told apart by identity: those that are equal share an object."""

    def __init__(self, policy_of: PolicyOf = Policy) -> None:
        self._policy_of = policy_of
        self._compiled: dict[int, Policy] = {}

    def of(self, terms: Terms) -> Policy:
        """The policy of these terms."""
        policy = self._compiled.get(id(terms))
        if policy is None:
            policy = self._compiled[id(terms)] = self._policy_of(terms)
        return policy


def judge(trial: Trial, policies: Policies) -> Result:
    """Run one test."""
    if trial.test.skip:
        return Result(trial=trial, status="skipped")
    failures, decisions, unshown = list(_wrong_count(trial)), list[Decision](), 0
    for occurrence in trial.occurrences:
        met = occurrence.met(policies.of(occurrence.terms))
        decisions.append(met.decision)
        wrong = tuple(mismatches(trial.test.expect, met))
        if wrong and len(failures) < _MOST_SHOWN:
            failures.append(Failure(mismatches=wrong, met=met, occurrence=occurrence))
        elif wrong:
            unshown += 1
    return Result(
        trial=trial,
        status="failed" if failures else "passed",
        failures=tuple(failures),
        unshown=unshown,
        decisions=tuple(decisions),
    )


def _wrong_count(trial: Trial) -> Iterator[Failure]:
    """A test that meets no event proves nothing."""
    met, expected = len({each.index for each in trial.occurrences}), trial.test.expect.events
    if met == 0:
        yield Failure(mismatches=(Mismatch(what="events", expected=expected or "at least one", got=0),))
    elif expected not in (None, met):
        yield Failure(mismatches=(Mismatch(what="events", expected=expected, got=met),))
