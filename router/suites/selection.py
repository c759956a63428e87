"""Which tests are meant: by tag, and by an expression over their names such as `hybrid and not (alias or group)`."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from router.errors import RouterError
from router.suites.suite import PolicyTest

Choice = Callable[[PolicyTest], bool]
_DEEPEST = 50
_MOST_SHOWN = 200
_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")


class WrongExpression(RouterError):
    """A `-k` expression that cannot be read."""


def selected(tests: Sequence[PolicyTest], *, tags: Sequence[str], expression: str) -> list[PolicyTest]:
    """The tests that bear one of the tags (if any are given) and whose file name and name fit the expression."""
    fits = named(expression) if expression.strip() else _everything
    return [test for test in tests if (not tags or not test.tags.isdisjoint(tags)) and fits(test)]


def named(expression: str) -> Choice:
    """Words (parts of file name and name, in any case) with `and`, `or`, `not` and brackets; raises WrongExpression."""
    return _Parser(expression).parse()


def _everything(test: PolicyTest) -> bool:
    return True


class _Parser:
    """Recursive descent: `or` binds less than `and`, `and` less than `not`."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = _TOKEN.findall(expression)
        self._depth = 0

    def parse(self) -> Choice:
        choice = self._either()
        if self._tokens:
            raise self._wrong(f"`{self._tokens[0]}` comes too much")
        return choice

    def _either(self) -> Choice:
        choices = [self._all()]
        while self._took("or"):
            choices.append(self._all())
        return lambda test: any(choice(test) for choice in choices)

    def _all(self) -> Choice:
        choices = [self._one()]
        while self._took("and"):
            choices.append(self._one())
        return lambda test: all(choice(test) for choice in choices)

    def _one(self) -> Choice:
        if self._depth > _DEEPEST:
            raise self._wrong(f"more than {_DEEPEST} levels of `not` and brackets")
        self._depth += 1
        choice = self._innermost()
        self._depth -= 1
        return choice

    def _innermost(self) -> Choice:
        if self._took("not"):
            inner = self._one()
            return lambda test: not inner(test)
        if self._took("("):
            choice = self._either()
            if not self._took(")"):
                raise self._wrong("a bracket is not closed")
            return choice
        return self._word()

    def _word(self) -> Choice:
        if not self._tokens or self._tokens[0] in ("and", "or", ")"):
            raise self._wrong("a word is missing")
        word = self._tokens.pop(0).lower()
        return lambda test: word in f"{Path(test.file).name}::{test.name}".lower()

    def _took(self, token: str) -> bool:
        if self._tokens[:1] == [token]:
            self._tokens.pop(0)
            return True
        return False

    def _wrong(self, why: str) -> WrongExpression:
        shown = self._expression if len(self._expression) <= _MOST_SHOWN else f"{self._expression[:_MOST_SHOWN]}…"
        return WrongExpression(f"cannot read `-k {shown}`: {why}; write e.g. `hybrid and not alias`")
