"""A rule's shape: one function that looks at facts and terms, and what it says."""

from collections.abc import Callable
from typing import Any

import msgspec

from policies.decision import Outcome
from policies.facts import Facts, Kind
from policies.terms import Terms


class Ruling(msgspec.Struct, frozen=True):
    """What a rule says: the outcome, why, where the config says so, and the value it saw."""

    outcome: Outcome
    why: str
    config_pointer: str | None = None
    value: Any = None
    rule: str | None = None
    """The id that the verdict bears where it is not the rule's own (an SDK that throws in the middle of a gate)."""


def never(kind: Kind, terms: Terms) -> bool:
    """The kind of event is all that the rule looks at."""
    return False


def any_name(name: str | None) -> bool:
    """Whatever the name, it is all that the rule reads."""
    return True


def unless_plain(kind: Kind, terms: Terms) -> bool:
    """The rule looks at what only some events carry."""
    return not kind.plain


class Rule(msgspec.Struct, frozen=True):
    """A rule function under its id.

    `reads` says whether, under given terms and for a given kind of event, the answer hangs on anything else of the event.
    Where it does not, compiling settles the rule once and for all.
    """

    id: str
    judge: Callable[[Facts, Terms], Ruling]
    reads: Callable[[Kind, Terms], bool] = never
    by_name: Callable[[str | None], bool] | None = None
    """For which names the name is all that it reads of a plain event, so that one answer serves every such event of that name."""
