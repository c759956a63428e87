"""What can be claimed of a connection: a small language over an event, how it comes, and what is decided.

`device=deliver and cloud=deliver`, `type=screen,group`, `not (mode=hybrid or rule=cloud/consent)`. Words are below; values that
cannot occur are errors, so that no claim is true for want of a letter.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

import msgspec

from policies.capabilities import MESSAGE_TYPES, MODES, SOURCE_TYPES
from policies.cases import INTEGRATIONS, Fragment, every_value, facts_of
from policies.decision import Decision
from policies.facts import Facts
from policies.matrix import Carrier, Lane, Way, way_of
from policies.problems import did_you_mean
from policies.rules import CLOUD, DEVICE
from policies.sdks import SDKS

Truth = Callable[[Facts, Decision], bool]
_VERDICTS = ("deliver", "block", "identity")
_YES_NO = ("yes", "no")


class Unclear(Exception):
    """An expression that says nothing that can be checked."""


class Word(NamedTuple):
    """What a word of the language stands for; `values` are all that it can be, None = anything."""

    about: str
    values: Sequence[str] | None
    read: Callable[[Carrier, Facts, Decision], str | Sequence[str]]
    decided: bool = False
    """It reads the decision, not the event."""


def _type(facts: Facts) -> str:
    return facts.type if facts.type in MESSAGE_TYPES else "other" if facts.type else "none"


WORDS: Mapping[str, Word] = {
    "device": Word(
        "verdict of the device path", _VERDICTS, lambda _, __, decision: decision.device.verdict, decided=True
    ),
    "cloud": Word(
        "verdict of the cloud path", _VERDICTS[:2], lambda _, __, decision: decision.cloud.verdict, decided=True
    ),
    "path": Word(
        "which path delivers",
        get_args(Way),
        lambda _, __, decision: way_of(decision.device, decision.cloud),
        decided=True,
    ),
    "rule": Word(
        "the rule that settled its path",
        tuple(rule.id for rule in (*DEVICE, *CLOUD)),
        lambda _, __, decision: (decision.device.rule, decision.cloud.rule),
        decided=True,
    ),
    "type": Word("message type", (*MESSAGE_TYPES, "other", "none"), lambda _, facts, __: _type(facts)),
    "name": Word("event name, in quotes where it has blanks", None, lambda _, facts, __: facts.name or ""),
    "named": Word("it has a name", _YES_NO, lambda _, facts, __: _said(bool(facts.name))),
    "user": Word("whether it has a userId", ("known", "anonymous"), lambda _, facts, __: _known(facts)),
    "origin": Word("who made it", ("user", "auto"), lambda _, facts, __: facts.origin),
    "returned": Word("it came back from Braze", _YES_NO, lambda _, facts, __: _said(facts.returned_from_braze)),
    "integrations": Word(
        "the integrations object", tuple(label for label, _ in INTEGRATIONS), lambda _, facts, __: _integrations(facts)
    ),
    "suppressed": Word("its user is suppressed", _YES_NO, lambda _, facts, __: _said(facts.suppressed)),
    "source": Word("id of the source", None, lambda carrier, _, __: carrier.source),
    "destination": Word("id of the destination", None, lambda carrier, _, __: carrier.destination),
    "source_type": Word("source type", SOURCE_TYPES, lambda carrier, _, __: carrier.source_type),
    "sdk": Word("SDK on the device", (*SDKS, "none"), lambda carrier, _, __: carrier.sdk or "none"),
    "mode": Word("connection mode", MODES, lambda carrier, _, __: carrier.mode),
}
"""Two more depend on what a destination asks for: `device_consent` and `event_consent`, with the labels of the matrix."""
CONSENTS: Mapping[str, Callable[[Facts], object]] = {
    "device_consent": lambda facts: facts.client,
    "event_consent": lambda facts: facts.consent_management,
}


class Atom(msgspec.Struct, frozen=True):
    """`word=value,value` or, negated, `word!=value,value`."""

    word: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.word}{'!=' if self.negated else '='}{','.join(map(_quoted, self.values))}"


class Not(msgspec.Struct, frozen=True):
    """`not …`."""

    part: "Expression"


class And(msgspec.Struct, frozen=True):
    """`… and …`."""

    parts: tuple["Expression", ...]


class Or(msgspec.Struct, frozen=True):
    """`… or …`."""

    parts: tuple["Expression", ...]


Expression = Atom | Not | And | Or


def parse(text: str, lanes: Sequence[Lane]) -> Expression:
    """Read an expression about these lanes; raises Unclear, with a hint, for anything that cannot be true or false of them."""
    expression = _Reading(text).expression()
    for atom in atoms(expression):
        _check(atom, lanes)
    return expression


def truth_on(lane: Lane, expression: Expression) -> Truth:
    """Whether the expression is true of an event of this lane and what is decided of it."""
    if isinstance(expression, Atom):
        return _atom_on(lane, expression)
    if isinstance(expression, Not):
        negated = truth_on(lane, expression.part)
        return lambda facts, decision: not negated(facts, decision)
    truths = [truth_on(lane, part) for part in expression.parts]
    if isinstance(expression, And):
        return lambda facts, decision: all(truth(facts, decision) for truth in truths)
    return lambda facts, decision: any(truth(facts, decision) for truth in truths)


def atoms(expression: Expression) -> Iterator[Atom]:
    """Every comparison in an expression."""
    if isinstance(expression, Atom):
        yield expression
        return
    for part in (expression.part,) if isinstance(expression, Not) else expression.parts:
        yield from atoms(part)


def said_of_events(expression: Expression) -> Iterator[Atom]:
    """Each value of each comparison that hangs on the event alone, and on nothing that is decided."""
    for atom in atoms(expression):
        if atom.word in CONSENTS or not WORDS[atom.word].decided:
            yield from (Atom(atom.word, (value,)) for value in atom.values)


def names_in(expression: Expression) -> frozenset[str] | None:
    """Event names that an expression asks for; None where it says nothing of names at all."""
    said = [atom for atom in atoms(expression) if atom.word in ("name", "named")]
    return frozenset(name for atom in said if atom.word == "name" for name in atom.values) if said else None


def _atom_on(lane: Lane, atom: Atom) -> Truth:
    if atom.word in CONSENTS:
        return _consent_on(lane, atom)
    read, wanted, negated = WORDS[atom.word].read, frozenset(atom.values), atom.negated

    def truth(facts: Facts, decision: Decision) -> bool:
        value = read(lane.carrier, facts, decision)
        return (not wanted.isdisjoint((value,) if isinstance(value, str) else value)) is not negated

    return truth


def _consent_on(lane: Lane, atom: Atom) -> Truth:
    read = CONSENTS[atom.word]
    wanted = [
        read(facts_of([{"type": ""}, fragment]))
        for label, fragment in _consents(lane, atom.word).items()
        if label in atom.values
    ]
    return lambda facts, _: (read(facts) in wanted) is not atom.negated


def _consents(lane: Lane, word: str) -> Mapping[str, Fragment]:
    return next(dict(values) for name, values in every_value(lane.policy).items() if name == word)


def _check(atom: Atom, lanes: Sequence[Lane]) -> None:
    known = _values_of(atom.word, lanes)
    for value in atom.values:
        if known is not None and value not in known:
            raise Unclear(f"`{atom.word}` is never `{value}`; {did_you_mean(value, known)}")


def _values_of(word: str, lanes: Sequence[Lane]) -> Sequence[str] | None:
    if word in CONSENTS:
        return list(dict.fromkeys(label for lane in lanes for label in _consents(lane, word)))
    if word in ("source", "destination"):
        return list(dict.fromkeys(getattr(lane.carrier, word) for lane in lanes))
    if word not in WORDS:
        raise Unclear(f"there is no word `{word}`; {did_you_mean(word, (*WORDS, *CONSENTS))}")
    return WORDS[word].values


_TOKEN = re.compile(r"""\s*(?:(?P<sign>!=|=|,|\(|\))|"(?P<text>[^"]*)"|(?P<bare>[^\s"=!,()]+))""")


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_DEEPEST = 50


class _Reading:
    """`or` binds weakest, then `and`, then `not`."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def expression(self) -> Expression:
        found = self._or()
        if token := self._peek():
            raise Unclear(f"`{token.text}` at {token.at + 1} does not belong here; join comparisons with `and` or `or`")
        return found

    def _or(self) -> Expression:
        parts = [self._and()]
        while self._take("bare", "or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Expression:
        parts = [self._not()]
        while self._take("bare", "and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self) -> Expression:
        if self._depth > _DEEPEST:
            raise Unclear(f"more than {_DEEPEST} levels of `not` and parentheses; say it in several claims")
        self._depth += 1
        found = self._innermost()
        self._depth -= 1
        return found

    def _innermost(self) -> Expression:
        if self._take("bare", "not"):
            return Not(self._not())
        if self._take("sign", "("):
            found = self._or()
            if not self._take("sign", ")"):
                raise Unclear("a parenthesis is not closed; add `)`")
            return found
        return self._atom()

    def _atom(self) -> Expression:
        word = self._value("a comparison such as `device=deliver`", ("bare",))
        negated = self._take("sign", "!=")
        if not negated and not self._take("sign", "="):
            raise Unclear(f"`{word}` is not compared with anything; write e.g. `{word}=…`")
        values = [self._value(f"a value of `{word}`", ("bare", "text"))]
        while self._take("sign", ","):
            values.append(self._value(f"a value of `{word}`", ("bare", "text")))
        return Atom(word, tuple(values), negated)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, kind: str, text: str) -> bool:
        token = self._peek()
        if token is None or (token.kind, token.text) != (kind, text):
            return False
        self._next += 1
        return True

    def _value(self, what: str, kinds: Sequence[str]) -> str:
        token = self._peek()
        if token is None or token.kind not in kinds:
            raise Unclear(
                f"here should stand {what}, not " + (f"`{token.text}` at {token.at + 1}" if token else "the end")
            )
        self._next += 1
        return token.text


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unclear(f"`{text[at:].strip()[:10]}` at {at + 1} cannot be read; put texts in double quotes")
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], found.start(kind))
        at = found.end()


def _said(fact: bool) -> str:
    return "yes" if fact else "no"


def _known(facts: Facts) -> str:
    return "known" if facts.user_id else "anonymous"


def _integrations(facts: Facts) -> str:
    return next((label for label, given in _GIVEN if given == facts.integrations), "")


_GIVEN = tuple((label, said.get("integrations", msgspec.UNSET)) for label, said in INTEGRATIONS)


def _quoted(value: str) -> str:
    return value if re.fullmatch(r'[^\s"=!,()]+', value) else f'"{value}"'
