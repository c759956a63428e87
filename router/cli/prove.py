"""`hybrid-router prove`: claims about a connection file, proved by trying every event, or refuted with one."""

import time
from collections.abc import Iterator
from typing import Literal, get_args

import click
import msgspec

from policies.claims import CONSENTS, WORDS, Unclear
from policies.connection import RULESETS, Workspace, revised
from policies.matrix import Lane
from policies.problems import did_you_mean
from policies.proofs import Agreement, equivalent, rule_uses
from policies.standing_claims import STANDING_CLAIMS
from router.cli.exit_codes import ExitCode
from router.cli.scope import Scope, scope_options
from router.config.connections import read_connections
from router.proofs.answers import Answer, Answers, RuleAnswers, Side, answer, rules_text, text
from router.proofs.questions import Claim, Question, question, questions_of_file, read_claims
from router.visible import visible_json

_WORDS = "\n".join(
    f"  {name:<14} {word.about}: {'anything' if word.values is None else ', '.join(word.values[:6])}"
    f"{', …' if word.values and len(word.values) > 6 else ''}"
    for name, word in WORDS.items()
)
_EXAMPLE = f"""\b
An EXPRESSION compares words with values (=, !=, several with commas), joined by and, or, not and parentheses:
{_WORDS}
  {", ".join(CONSENTS)}: the labels that `hybrid-router matrix` prints

\b
Example:
  hybrid-router prove never 'device=deliver and cloud=deliver' -c fixtures/connections/quickstart.yaml
  hybrid-router prove no-loss -c fixtures/connections/quickstart.yaml --except 'source=ios-app'
  hybrid-router prove implies 'mode=hybrid and origin=user' 'device!=deliver' -c fixtures/connections/quickstart.yaml
  hybrid-router prove equivalent documented rudderstack -c fixtures/connections/quickstart.yaml
"""
_PARTS = {"never": 1, "always": 1, "implies": 2, "equivalent": 2, "rules": 0, **dict.fromkeys(STANDING_CLAIMS, 0)}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    claim: str | None
    parts: tuple[str, ...]
    connection_file: str | None
    claims: str | None
    except_: str | None
    agreement: Agreement
    scope: Scope


@click.command("prove", epilog=_EXAMPLE)
@click.argument("claim", required=False, metavar=f"[{'|'.join(_PARTS)}]")
@click.argument("parts", nargs=-1, metavar="[EXPRESSION | A B]")
@click.option("--connection", "-c", "connection_file", metavar="FILE", help="Connection file (YAML or JSON).")
@click.option("--claims", metavar="FILE", help="Prove the claims of a YAML file instead.")
@click.option("--except", "except_", metavar="EXPRESSION", help="Events that the claim is not about.")
@click.option(
    "--by",
    "agreement",
    type=click.Choice(get_args(Agreement)),
    default="verdict",
    show_default=True,
    help="With `equivalent`: what both sides must agree in.",
)
@scope_options
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def prove(
    claim: str | None,
    parts: tuple[str, ...],
    connection_file: str | None,
    claims: str | None,
    except_: str | None,
    agreement: Agreement,
    format_: Literal["text", "json"],
    **scope: object,
) -> int:
    """Prove a claim about a connection file by trying every event that its rules tell apart.

    A false claim exits with 1 and shows an event of which it is false, as a line that `hybrid-router explain` reads. `rules`
    says of each rule whether anything hangs on it.
    """
    chosen = Chosen(
        claim=claim,
        parts=parts,
        connection_file=connection_file,
        claims=claims,
        except_=except_,
        agreement=agreement,
        scope=msgspec.convert(scope, Scope),
    )
    _check(chosen)
    if claim == "rules":
        _print_rules(chosen, format_)
        return ExitCode.OK
    try:
        told = tuple(_answers(chosen))
    except Unclear as unclear:
        raise click.BadParameter(str(unclear), param_hint="EXPRESSION") from unclear
    answers = Answers(holds=all(each.holds for each in told), answers=told)
    click.echo(text(answers) if format_ == "text" else _json(answers), nl=False)
    return ExitCode.OK if answers.holds else ExitCode.TESTS_FAILED


def _check(chosen: Chosen) -> None:
    if (chosen.claim is None) == (chosen.claims is None):
        raise click.UsageError(f"give a claim ({', '.join(_PARTS)}) or --claims FILE")
    if chosen.claim is None:
        return
    if chosen.claim not in _PARTS:
        raise click.BadParameter(f"there is no claim `{chosen.claim}`; {did_you_mean(chosen.claim, _PARTS)}")
    wanted = _PARTS[chosen.claim]
    if len(chosen.parts) != wanted:
        told = f"{len(chosen.parts)} given" if chosen.parts else "none given"
        raise click.UsageError(f"`{chosen.claim}` takes {wanted} expressions or files, {told}; put each in quotes")


def _answers(chosen: Chosen) -> Iterator[Answer]:
    if chosen.claim == "equivalent":
        yield _compared(chosen)
        return
    side, questions = _asked(chosen)
    for each in questions:
        started = time.perf_counter()
        proof = each.prove()
        yield answer(str(each.claim), each.about, proof, time.perf_counter() - started, [side])


def _asked(chosen: Chosen) -> tuple[Side, list[Question]]:
    if chosen.claims is None:
        side, lanes = _side(chosen)
        return side, [question(_claim(chosen), lanes)]
    file, connection = read_claims(chosen.claims)
    named = chosen.connection_file or (str(connection) if connection else None)
    side, lanes = _side(msgspec.structs.replace(chosen, connection_file=named))
    return side, questions_of_file(chosen.claims, file.claims, lanes)


def _claim(chosen: Chosen) -> Claim:
    match chosen.claim:
        case "never":
            return Claim(never=chosen.parts[0], except_=chosen.except_)
        case "always":
            return Claim(always=chosen.parts[0], except_=chosen.except_)
        case "implies":
            return Claim(implies=list(chosen.parts), except_=chosen.except_)
        case standing:
            return Claim(standing=standing, except_=chosen.except_)


def _side(chosen: Chosen) -> tuple[Side, tuple[Lane, ...]]:
    if chosen.connection_file is None:
        raise click.UsageError("give a connection file with -c FILE")
    workspace, _ = read_connections(chosen.connection_file)
    return Side(chosen.connection_file, workspace), chosen.scope.lanes(workspace)


def _compared(chosen: Chosen) -> Answer:
    """Two files, or two rule sets of one."""
    if all(part in RULESETS for part in chosen.parts):
        side, _ = _side(chosen)
        sides = [side, side]
        workspaces = [_under(part, side.workspace) for part in chosen.parts]
    else:
        workspaces = [read_connections(part)[0] for part in chosen.parts]
        sides = [Side(*each) for each in zip(chosen.parts, workspaces, strict=True)]
    before, after = (chosen.scope.lanes(workspace) for workspace in workspaces)
    started = time.perf_counter()
    proof = equivalent(before, after, chosen.agreement)
    about = f"both agree in the {chosen.agreement} of every event"
    return answer(f"equivalent {' '.join(chosen.parts)}", about, proof, time.perf_counter() - started, sides)


def _under(ruleset: str, workspace: Workspace) -> Workspace:
    return revised(msgspec.structs.replace(workspace, ruleset=next(each for each in RULESETS if each == ruleset)))


def _print_rules(chosen: Chosen, format_: Literal["text", "json"]) -> None:
    _, lanes = _side(chosen)
    started = time.perf_counter()
    rules, cases = rule_uses(lanes)
    told = RuleAnswers(cases=cases, seconds=round(time.perf_counter() - started, 3), rules=rules)
    click.echo(rules_text(told) if format_ == "text" else _json(told), nl=False)


def _json(told: Answers | RuleAnswers) -> str:
    return visible_json(msgspec.json.format(msgspec.json.encode(told)).decode()) + "\n"
