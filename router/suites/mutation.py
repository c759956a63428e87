"""Mutation score: would the suites notice that a rule is negated, missing, or in another place?

Each mutant of the policy runs all tests that pass; the first that fails kills it. One that survives is told with an event that
tells it from the policy, as a case to paste; one that nothing tells from it on these connection files is equivalent and does not count.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from policies.capabilities import Mode, SourceType
from policies.connection import Workspace
from policies.decision import Decision
from policies.matrix import lanes_of
from policies.mutants import Difference, Domain, Mutant, mutants
from policies.sdks import SDKS, default_sdk
from router.proofs.witness import message_of, said_of_consents
from router.suites.pasting import case_text
from router.suites.running import Policies, Result, judge
from router.suites.trial import Trial


class Killed(msgspec.Struct, frozen=True, kw_only=True):
    """A mutant, and the test that fails under it."""

    mutant: str
    test: str


class Survivor(msgspec.Struct, frozen=True, kw_only=True):
    """A mutant under which no test fails, and a case for a suite beside `connection` that would kill it."""

    mutant: str
    connection: str
    case: str
    mutated: Decision
    """What the mutant decides of that event."""


class Equivalent(msgspec.Struct, frozen=True, kw_only=True):
    """A mutant that decides every case of these connection files as the policy does, and why."""

    mutant: str
    why: str


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all mutants. `cases` = events on which survivors were looked at."""

    killed: tuple[Killed, ...]
    survivors: tuple[Survivor, ...]
    equivalent: tuple[Equivalent, ...]
    cases: int

    @property
    def share(self) -> Fraction:
        """Per cent killed of those that can be, exactly."""
        counted = len(self.killed) + len(self.survivors)
        return Fraction(100 * len(self.killed), counted) if counted else Fraction(100)

    def is_below(self, threshold: float) -> bool:
        """Whether fewer than so many per cent are killed."""
        return self.share < Fraction(str(threshold))


def _ignore(done: int, total: int) -> None:
    """Nobody watches."""


def score_of(
    workspaces: Mapping[Path, Workspace], results: Sequence[Result], watch: Callable[[int, int], None] = _ignore
) -> Score:
    """Run every mutant against the tests that pass; `watch` hears how many are done, of how many."""
    trials = [result.trial for result in results if result.status == "passed"]
    every, killed, left = list(mutants()), list[Killed](), list[Mutant]()
    for number, mutant in enumerate(every):
        watch(number, len(every))
        if killer := _killer(mutant, trials):
            killed.append(Killed(mutant=mutant.id, test=killer.test.id))
            trials = [killer, *(each for each in trials if each is not killer)]
        else:
            left.append(mutant)
    domains = {
        path: Domain(lanes_of(workspace, ["source-type", "sdk", "mode"]))
        for path, workspace in workspaces.items()
        if left
    }
    told = [_told(mutant, workspaces, domains) for mutant in left]
    return Score(
        killed=tuple(killed),
        survivors=tuple(each for each in told if isinstance(each, Survivor)),
        equivalent=tuple(each for each in told if isinstance(each, Equivalent)),
        cases=sum(domain.cases for domain in domains.values()),
    )


def _killer(mutant: Mutant, trials: Sequence[Trial]) -> Trial | None:
    """The first test that fails under a mutant."""
    policies = Policies(mutant.policy)
    return next((trial for trial in trials if judge(trial, policies).status == "failed"), None)


def _told(
    mutant: Mutant, workspaces: Mapping[Path, Workspace], domains: Mapping[Path, Domain]
) -> Survivor | Equivalent:
    for path, domain in domains.items():
        if difference := domain.difference(mutant):
            return Survivor(
                mutant=mutant.id,
                connection=str(path),
                case=_case(mutant, difference, workspaces[path]),
                mutated=difference.mutated,
            )
    reasons = dict.fromkeys(domain.why_equivalent(mutant) for domain in domains.values())
    return Equivalent(mutant=mutant.id, why="; ".join(reasons))


def _case(mutant: Mutant, difference: Difference, workspace: Workspace) -> str:
    """An item of `tests:` that the mutant fails."""
    decision = difference.decision
    return case_text(
        {
            "name": f"not {mutant.id}",
            "given": dict(_given(difference, workspace)),
            "event": message_of(difference.lane, difference.facts),
            "expect": {
                "device": msgspec.to_builtins(decision.device),
                "cloud": msgspec.to_builtins(decision.cloud),
            },
        }
    )


def _given(difference: Difference, workspace: Workspace) -> Iterator[tuple[str, Any]]:
    lane, facts = difference.lane, difference.facts
    connection = lane.policy.terms.connection
    source, destination = connection.source, connection.destination
    if any(each.id == source.id for each in workspace.sources):
        yield "source", source.id
        ways = len(workspace.connections_of(source.id))
    else:
        yield "source_type", source.type
        ways = len(workspace.destinations)
    if ways > 1:
        yield "destination", destination.id
    if lane.carrier.mode != _file_mode(workspace, source.type, destination.id):
        yield "mode", lane.carrier.mode
    usual = SDKS.get(source.sdk) or default_sdk(source.type)
    if usual and lane.carrier.sdk != usual.id:
        yield "sdk", lane.carrier.sdk
    if facts.client is not None:
        yield "consent", said_of_consents(facts.client)
    if facts.suppressed:
        yield "suppressed", True


def _file_mode(workspace: Workspace, source_type: SourceType, destination_id: str) -> Mode:
    found = (each for each in workspace.destinations if each.id == destination_id)
    return next(each.mode_for(source_type) for each in found)
