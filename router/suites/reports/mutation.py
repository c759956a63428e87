"""A mutation score for a terminal, and for JSON."""

from collections.abc import Iterator
from typing import Any

import click
import msgspec

from policies.decision import Verdict
from router.proofs.wrapping import wrapped
from router.suites.coverage import percent
from router.suites.mutation import Score, Survivor
from router.visible import visible


def mutation_text(score: Score) -> str:
    """The score, what survives with cases to paste, and what no test over these files can kill."""
    return "\n".join(_lines(score)) + "\n"


def mutation_json(score: Score) -> dict[str, Any]:
    """Everything, and the score in per cent, cut and not rounded."""
    return {"percent": percent(score.share), **msgspec.to_builtins(score)}


def _lines(score: Score) -> Iterator[str]:
    counted = len(score.killed) + len(score.survivors)
    yield f"mutation score  {len(score.killed)}/{counted}  {percent(score.share)} %"
    for survivor in score.survivors:
        yield from _listed("survives", f"{survivor.mutant}: {_would(survivor)}", fg="red")
    for equivalent in score.equivalent:
        yield from _listed("equivalent", f"{equivalent.mutant}: {equivalent.why}", dim=True)
    if score.equivalent:
        yield f"  an equivalent mutant decides each of {score.cases:,} cases as the policy does,"
        yield "  from every source type, in every mode and by every SDK"
    for connection in dict.fromkeys(survivor.connection for survivor in score.survivors):
        yield f"\n# cases that kill what survives, for `tests:` of a suite beside {visible(connection)}"
        yield from (survivor.case for survivor in score.survivors if survivor.connection == connection)


def _listed(word: str, text: str, **style: Any) -> Iterator[str]:
    """Wrapped before it is styled: a style takes no column."""
    first, *rest = wrapped(f"{word}  {text}", indent=2)
    yield first.replace(word, click.style(word, **style), 1)
    yield from rest


def _would(survivor: Survivor) -> str:
    """What the mutant would make of the event of the case."""
    mutated = survivor.mutated
    return f"an event would be {_said(mutated.device)} and {_said(mutated.cloud)}"


def _said(verdict: Verdict) -> str:
    return f"{verdict.verdict} by {verdict.rule}"
