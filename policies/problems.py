"""What is wrong with a piece of plain data, and where: JSON pointer, message, fix."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong at `pointer` (RFC 6901); `fix` says how to mend it."""

    pointer: str
    message: str
    fix: str = ""


class Invalid(Exception):
    """The data cannot be used; `problems` lists every reason found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


def pointer(*parts: str | int) -> str:
    """Join reference tokens into a JSON pointer, escaped as RFC 6901 asks."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A hint naming the closest known word; when none is close, `otherwise` or the whole list."""
    known = sorted(known)
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else otherwise or f"use one of: {', '.join(known)}"
