"""Claims as people write them, on a command line or in a file, and what is to be proved of each."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from policies.claims import Or, Unclear, parse
from policies.matrix import Lane
from policies.problems import Problem, did_you_mean
from policies.proofs import Proof, always, implies, never
from policies.standing_claims import STANDING_CLAIMS
from router.config.document import read_document
from router.config.shape import shaped
from router.errors import ConfigInvalid

_Expression = Annotated[str, Meta(min_length=1)]


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of `never`, `always`, `implies` and `standing`, with exceptions."""

    name: str = ""
    never: _Expression | None = None
    always: _Expression | None = None
    implies: Annotated[list[_Expression], Meta(min_length=2, max_length=2)] | None = None
    standing: str | None = None
    except_: _Expression | None = msgspec.field(default=None, name="except")

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it states: one of them where the claim is sound."""
        return tuple(kind for kind in ("never", "always", "implies", "standing") if getattr(self, kind) is not None)

    def __str__(self) -> str:
        parts = [*(self.implies or ()), *filter(None, (self.never, self.always))]
        kind = self.standing or next(iter(self.kinds), "nothing")
        said = f"{kind} {' => '.join(parts)}".strip()
        return f"{said}, except {self.except_}" if self.except_ else said


class ClaimsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Claims about one connection file; its path is relative to this file."""

    version: Literal[1]
    claims: Annotated[list[Claim], Meta(min_length=1)]
    connection: str | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A claim made ready: what is asked, what it is about, and how to find out."""

    claim: Claim
    about: str
    prove: Callable[[], Proof]


def read_claims(path: str) -> tuple[ClaimsFile, Path | None]:
    """The claims of a file and the connection file that it names; raises ConfigInvalid."""
    document = read_document(path)
    data = shaped(document, ClaimsFile)
    problems = [
        Problem(
            pointer=f"/claims/{number}",
            message=f"a claim states one of never, always, implies and standing, not {len(claim.kinds)}",
            fix="make it one claim each",
        )
        for number, claim in enumerate(data.claims)
        if len(claim.kinds) != 1
    ]
    if problems:
        raise ConfigInvalid([document.locate(problem) for problem in problems])
    return data, Path(path).parent / data.connection if data.connection else None


def questions_of_file(path: str, claims: Sequence[Claim], lanes: Sequence[Lane]) -> list[Question]:
    """Every claim of a file; raises ConfigInvalid with the place of each that says nothing of these connections."""
    document, problems, questions = read_document(path), list[Problem](), list[Question]()
    for number, claim in enumerate(claims):
        try:
            questions.append(question(claim, lanes))
        except Unclear as unclear:
            message, _, fix = str(unclear).partition("; ")
            problems.append(Problem(pointer=f"/claims/{number}/{claim.kinds[0]}", message=message, fix=fix))
    if problems:
        raise ConfigInvalid([document.locate(problem) for problem in problems])
    return questions


def question(claim: Claim, lanes: Sequence[Lane]) -> Question:
    """What is to be proved; raises Unclear."""
    about, wanted, exceptions = claim.name, claim, [claim.except_]
    if claim.standing is not None:
        standing = STANDING_CLAIMS.get(claim.standing)
        if standing is None:
            raise Unclear(f"there is no claim `{claim.standing}`; {did_you_mean(claim.standing, STANDING_CLAIMS)}")
        about, wanted = claim.name or standing.about, Claim(never=standing.never)
        exceptions += standing.but
    parts = tuple(parse(each, lanes) for each in exceptions if each)
    but = Or(parts) if parts else None
    if wanted.implies is not None:
        first, second = (parse(each, lanes) for each in wanted.implies)
        return Question(claim=claim, about=about, prove=lambda: implies(first, second, lanes, but))
    prove, text = (never, wanted.never) if wanted.never is not None else (always, wanted.always)
    expression = parse(text or "", lanes)
    return Question(claim=claim, about=about, prove=lambda: prove(expression, lanes, but))
