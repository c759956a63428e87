"""Proofs in the form in which they are printed: JSON with a format version, and text made from it."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from policies.connection import Workspace
from policies.decision import Decision, Verdict
from policies.matrix import Carrier
from policies.proofs import USES, Proof, RuleUse
from router.matrix.page import carrier_title
from router.matrix.phrases import EVERYTHING, condition
from router.proofs.witness import envelope, explain_command
from router.proofs.wrapping import wrapped
from router.visible import visible_json


class Verdicts(msgspec.Struct, frozen=True):
    """What is decided of an event."""

    device: Verdict
    cloud: Verdict


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A connection of which a claim is false, and each condition that is enough for it."""

    connection: Carrier
    when: tuple[str, ...]


class Example(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event of which a claim is false; `event` is a line that `explain` reads, `commands` show what is said here."""

    event: dict[str, Any]
    decided: Verdicts | None
    other: Verdicts | msgspec.UnsetType | None = msgspec.UNSET
    """On the other side, where two are compared."""
    commands: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one claim."""

    claim: str
    about: str
    holds: bool
    vacuous: str
    cases: int
    failing: int
    seconds: float
    where: tuple[Where, ...]
    counterexample: Example | None


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all claims that were asked about."""

    version: Literal[1] = 1
    holds: bool
    answers: tuple[Answer, ...]


class RuleAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What each rule is good for."""

    version: Literal[1] = 1
    cases: int
    seconds: float
    rules: tuple[RuleUse, ...]


class Side(msgspec.Struct, frozen=True):
    """A file and what it says."""

    file: str
    workspace: Workspace


def answer(claim: str, about: str, proof: Proof, seconds: float, sides: Sequence[Side]) -> Answer:
    """An answer about one file, or two that are compared."""
    return Answer(
        claim=claim,
        about=about,
        holds=proof.holds,
        vacuous=proof.vacuous,
        cases=proof.cases,
        failing=proof.failing,
        seconds=round(seconds, 3),
        where=tuple(
            Where(
                connection=failing.carrier,
                when=tuple(condition(when, failing.dimensions) or EVERYTHING for when in failing.when),
            )
            for failing in proof.where
        ),
        counterexample=_example(proof, sides),
    )


def _example(proof: Proof, sides: Sequence[Side]) -> Example | None:
    found = proof.counterexample
    if found is None:
        return None
    pairs = zip((found.lane, found.other_lane), (sides[0], sides[-1]), strict=True)
    known = [(lane, side) for lane, side in pairs if lane]
    return Example(
        event=envelope(known[0][0], found.facts, known[0][1].workspace),
        decided=_verdicts(found.decision),
        other=_verdicts(found.other) if len(sides) > 1 else msgspec.UNSET,
        commands=tuple(explain_command(lane, found.facts, side.workspace, side.file) for lane, side in known),
    )


def _verdicts(decision: Decision | None) -> Verdicts | None:
    return Verdicts(decision.device, decision.cloud) if decision else None


def text(answers: Answers) -> str:
    """Each claim with what came of it, and a last line where there are several."""
    held = sum(each.holds for each in answers.answers)
    last = [f"{held} of {len(answers.answers)} claims hold"] if len(answers.answers) > 1 else []
    return "\n\n".join(["\n".join(_lines(each)) for each in answers.answers] + last) + "\n"


def _lines(told: Answer) -> Iterator[str]:
    yield from wrapped(f"{'holds' if told.holds else 'FALSE' if told.failing else 'VACUOUS'}  {told.claim}")
    if told.about:
        yield from wrapped(told.about, indent=2)
    tried = f"{told.cases:,} cases, all that the rules or the claim tell apart, in {told.seconds:.2f} s"
    yield from wrapped(f"false of {told.failing:,} of {tried}" if told.failing else f"tried on {tried}", indent=2)
    if told.vacuous:
        yield from wrapped(f"nothing is proved: {told.vacuous}", indent=2)
    for where in told.where:
        yield from wrapped(carrier_title(where.connection), indent=2)
        for when in where.when[:_MOST_SHOWN]:
            yield from wrapped(when, indent=4)
        if len(where.when) > _MOST_SHOWN:
            yield f"    and {len(where.when) - _MOST_SHOWN} more"
    if told.counterexample:
        yield from _example_lines(told.counterexample)


_MOST_SHOWN = 3


def _example_lines(example: Example) -> Iterator[str]:
    yield "  counterexample"
    yield f"    {visible_json(msgspec.json.encode(example.event).decode())}"
    yield from wrapped(_told(example.decided), indent=4)
    if example.other is not msgspec.UNSET:
        yield from wrapped(_told(example.other), indent=4)
    yield "  see it"
    yield from (f"    {visible_json(command)}" for command in example.commands)


def _told(verdicts: Verdicts | None) -> str:
    if verdicts is None:
        return "no such connection"
    device, cloud = verdicts.device, verdicts.cloud
    return f"device: {device.verdict} {device.rule} · cloud: {cloud.verdict} {cloud.rule}"


def rules_text(told: RuleAnswers) -> str:
    """One line for each rule, wrapped where it has many others, and what the words mean."""
    width = max(len(each.rule) for each in told.rules)
    lines = [f"{'rule':<{width}}  {'use':<9}  {'settles':>7}  {'would':>7}  others"]
    for each in told.rules:
        lines += _rule_lines(f"{each.rule:<{width}}  {each.use:<9}  {each.settles:>7,}  {each.would:>7,}", each.others)
    tried = (
        f"{told.cases:,} cases tried in {told.seconds:.2f} s; `would` = cases to which the rule has something to say"
    )
    lines += ["", *wrapped(tried)]
    for use, meaning in USES.items():
        lines += wrapped(f"{use}: {meaning}")
    return "\n".join(lines) + "\n"


def _rule_lines(said: str, others: Sequence[str]) -> list[str]:
    """Others stand beside their rule where they fit, else below it."""
    whole = wrapped(f"{said}  {', '.join(others)}")
    return whole if len(whole) == 1 else [said, *wrapped(", ".join(others), indent=4, hanging=4)]
