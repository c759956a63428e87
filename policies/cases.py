"""The cases of a connection: every event that its rules can tell from the others, one of each.

Made from the connection's own lists and consents. Values are put together where every rule says the same of them, whatever the
event's type, name and user; `policies.domain` has the same for connections made up.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, Literal, get_args

import msgspec

from policies.asked_consents import consents_on_devices, consents_stated
from policies.capabilities import MESSAGE_TYPES
from policies.decide import Policy
from policies.domain import OTHER_TYPE
from policies.facts import Facts
from policies.rules import CLOUD, DEVICE
from policies.spellings import INSTALL, ORDER, is_special, other_name, spellings

DimensionName = Literal["event", "user", "integrations", "device_consent", "event_consent", "suppressed", "origin"]
DIMENSIONS: tuple[DimensionName, ...] = get_args(DimensionName)
"""In the order in which their facts are put together: where an event comes from has the last word."""
Fragment = Mapping[str, Any]
NamedFacts = tuple[str, Fragment]
"""A label, and what it says of an event."""

NO_TYPE, OTHER_TYPES = "(no type)", "any other type"
_PRODUCT = {"product_id": "p-1", "price": 9.5, "quantity": 2}
_NAMELESS: tuple[NamedFacts, ...] = (
    ("(no name)", {}),
    ("(empty name)", {"name": ""}),
    ("(name is no text)", {"odd_name": 7}),
)
_CONTENTS: Mapping[str, tuple[NamedFacts, ...]] = {
    ORDER.lower(): (
        ("with all", {"currency": "EUR", "products": [_PRODUCT]}),
        ("without currency", {"products": [_PRODUCT]}),
        ("without quantity", {"currency": "EUR", "products": [{"product_id": "p-1", "price": 9.5}]}),
        ("without price", {"currency": "EUR", "products": [{"product_id": "p-1"}]}),
        ("without products", {"currency": "EUR"}),
        ("with revenue alone", {"currency": "EUR", "revenue": 19}),
        ("with a null product", {"currency": "EUR", "products": [None]}),
    ),
    INSTALL.lower(): (
        ("with campaign", {"campaign": {"source": "s"}}),
        ("without campaign", {}),
        ("with another campaign", {"campaign": "s"}),
    ),
}
"""Properties at which some integration looks, by special name in small letters (`policies.handlers`)."""
INTEGRATIONS: tuple[NamedFacts, ...] = (
    ("absent", {}),
    *(
        (label, {"integrations": given})
        for label, given in (
            ("All:true", {"All": True}),
            ("All:false", {"All": False}),
            ("Braze:true", {"Braze": True}),
            ("Braze:false", {"Braze": False}),
            ("All:false Braze:true", {"All": False, "Braze": True}),
            ("Braze:{…}", {"Braze": {"appId": "a"}}),
            ("All:false Braze:{…}", {"All": False, "Braze": {"appId": "a"}}),
            ("Braze:null", {"Braze": None}),
            ("All:text", {"All": "no"}),
            ("null", None),
            ("a text", "Braze"),
        )
    ),
)
_USERS: tuple[NamedFacts, ...] = (("known", {"user_id": "u-1"}), ("anonymous", {"user_id": ""}))
_SUPPRESSED: tuple[NamedFacts, ...] = (("no", {}), ("yes", {"suppressed": True}))
_ORIGINS: tuple[NamedFacts, ...] = (("user", {}), ("auto", {"origin": "auto"}))
_RETURNED: tuple[NamedFacts, ...] = (
    ("back from Braze", {"returned_from_braze": True, "integrations": {"Braze": False}}),
    ("back from Braze, auto", {"returned_from_braze": True, "origin": "auto", "integrations": {"Braze": False}}),
)
"""RudderStack's Braze source puts that `integrations` object on every event, whatever else the case says."""


class Value(msgspec.Struct, frozen=True):
    """What an event can have in one respect: `labels` are all that no rule tells apart, `facts` those of the first."""

    labels: tuple[str, ...]
    facts: Mapping[str, Any]


class Dimension(msgspec.Struct, frozen=True):
    """One respect in which events differ. The first value is the ordinary one."""

    name: DimensionName
    values: tuple[Value, ...]


class Cases(msgspec.Struct, frozen=True):
    """A case is a combination of one value of each dimension."""

    dimensions: tuple[Dimension, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each dimension has."""
        return tuple(len(dimension.values) for dimension in self.dimensions)

    def coordinates(self) -> Iterator[tuple[int, ...]]:
        """Every case, as the index of its value in each dimension."""
        return product(*map(range, self.sizes))

    def facts(self, coordinates: Sequence[int]) -> Facts:
        """The event of one case."""
        return facts_of(dimension.values[at].facts for dimension, at in zip(self.dimensions, coordinates, strict=True))

    def facts_said(self, coordinates: Sequence[int]) -> int:
        """How much must be said of the event of one case."""
        values = (each.values[at] for each, at in zip(self.dimensions, coordinates, strict=True))
        return sum(len(value.facts) for value in values)

    def every(self) -> Iterator[Facts]:
        """The event of every case, in the order of `coordinates`."""
        return map(self.facts, self.coordinates())


def _nothing(facts: Facts) -> None:
    return None


def cases_of(
    *policies: Policy, names: Collection[str] | None = None, apart: Callable[[Facts], Hashable] = _nothing
) -> Cases:
    """The cases that some rule of some of these policies tells apart; they must be of one source.

    `names` are further event names, which then every message type may have, and `apart` tells apart what no rule does: a claim
    may ask for either.
    """
    values = every_value(*policies, names=names)
    distinct = partial(_distinct, signature=lambda facts: (_rulings(facts, policies), apart(facts)))
    users = tuple(facts for _, facts in values["user"])
    event = distinct("event", values["event"], users)
    events = tuple(value.facts for value in event.values)
    user = distinct("user", values["user"], events)
    known = {"event": event, "user": user}
    bases = tuple({**facts, **value.facts} for facts in events for value in user.values)
    return Cases(tuple(known.get(name) or distinct(name, values[name], bases) for name in DIMENSIONS))


def every_value(
    *policies: Policy, names: Collection[str] | None = None
) -> Mapping[DimensionName, Sequence[NamedFacts]]:
    """All that an event can have in each respect, with a label, the ordinary first; some of it may make no difference."""
    clients = consents_on_devices(*(policy.terms.device for policy in policies))
    stated = consents_stated(*(policy.terms.connection for policy in policies))
    return {
        "event": tuple(_events(policies, names)),
        "origin": _origins(policies[0]),
        "user": _USERS,
        "integrations": INTEGRATIONS,
        "device_consent": tuple((label, {"client": client}) for label, client in clients),
        "event_consent": tuple((label, {"consent_management": consents}) for label, consents in stated),
        "suppressed": _SUPPRESSED,
    }


def facts_of(fragments: Iterable[Fragment]) -> Facts:
    """The event that has all of this; where two say different things of one fact, the later one counts."""
    said: dict[str, Any] = {"anonymous_id": "a-1"}
    for fragment in fragments:
        said.update(fragment)
    return Facts(**said)


def _events(policies: Sequence[Policy], asked: Collection[str] | None) -> Iterator[NamedFacts]:
    filters = [policy.terms.device.filter for policy in policies]
    names, other = spellings(filters, asked or ()), ("(other name)", {"name": other_name(filters, asked or ())})
    for kind in (*MESSAGE_TYPES, OTHER_TYPE, ""):
        if kind == "track":
            contents = (*_plain(names), other, *_NAMELESS, *_special(names))
        elif any(each.judges(kind) for each in filters):
            contents = (_NOTHING, *map(_named, names), other)
        else:
            contents = (_NOTHING,) if asked is None else (_NOTHING, *map(_named, sorted(asked)), other)
        said = {"": NO_TYPE, OTHER_TYPE: OTHER_TYPES}.get(kind, kind)
        yield from ((f"{said} {label}".rstrip(), {"type": kind, **facts}) for label, facts in contents)


_NOTHING: NamedFacts = ("", {})


def _plain(names: Iterable[str]) -> Iterator[NamedFacts]:
    return map(_named, (name for name in names if not is_special(name)))


def _special(names: Iterable[str]) -> Iterator[NamedFacts]:
    for name in filter(is_special, names):
        label, named = _named(name)
        for what, properties in _CONTENTS[name.lower()]:
            yield f"{label} {what}", {**named, "properties": properties}


def _named(name: str) -> NamedFacts:
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)
    return f'"{shown}"', {"name": name}


def _origins(policy: Policy) -> tuple[NamedFacts, ...]:
    """Only a source of type cloud can be RudderStack's Braze source; one that says so brings nothing else."""
    source = policy.terms.connection.source
    if source.definition == "Braze":
        return _RETURNED
    return (*_ORIGINS, *_RETURNED) if source.type == "cloud" and not source.definition else _ORIGINS


def _distinct(
    name: DimensionName,
    values: Iterable[NamedFacts],
    bases: Sequence[Fragment],
    *,
    signature: Callable[[Facts], Hashable],
) -> Dimension:
    """A dimension whose values differ in the signature of an event with some base."""
    alike: dict[tuple[Hashable, ...], Value] = {}
    for label, facts in values:
        said = tuple([signature(facts_of((base, facts))) for base in bases])
        known = alike.get(said)
        alike[said] = Value((*known.labels, label), known.facts) if known else Value((label,), facts)
    return Dimension(name, tuple(alike.values()))


def _rulings(facts: Facts, policies: Sequence[Policy]) -> Hashable:
    rulings = (rule.judge(facts, policy.terms) for policy in policies for rule in (*DEVICE, *CLOUD))
    return tuple([(ruling.outcome, ruling.rule) for ruling in rulings])
