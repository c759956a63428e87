"""Config branches: every statement of a connection file on which a decision can hang.

A statement counts as tried by an event if what is expected of it would not come were the statement left out. No rule is written
here: the connection without the statement is compiled and asked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from policies.connection import PER_SOURCE_KEYS, Connection
from policies.decide import Policy
from policies.decision import Decision, Path, Verdict
from policies.facts import Facts
from policies.problems import pointer
from policies.terms import Terms, terms_of
from router.suites.file import PathExpectation

_MODE_KEYS = frozenset({"connectionMode", "useNativeSDK"})
_Keys = tuple[str | int, ...]


class Branch:
    """One statement, by its JSON pointer; `lacking` makes the terms of the connection without it."""

    def __init__(self, at: str, lacking: Callable[[], Terms], *, name: str | None = None) -> None:
        self.pointer = at
        self.name = name
        """The event name, as the SDK compares it, on whose events alone a decision can hang here; None = on any."""
        self._lacking = lacking
        self._policy: Policy | None = None

    def decides(self, path: Path, facts: Facts, decision: Decision, *, stated: PathExpectation) -> bool:
        """Whether what the expectation states of that path, its verdict or its rule, hangs on the statement."""
        if self._policy is None:
            self._policy = Policy(self._lacking())
        came: Verdict = getattr(decision, path)
        other: Verdict = getattr(self._policy.decide(facts), path)
        return (stated.verdict is not None and other.verdict != came.verdict) or (
            stated.rule is not None and other.rule != came.rule
        )


class Branches:
    """Every statement in force for a connection; not its mode where (`overridden`) a test has put another one in force."""

    def __init__(self, terms: Terms, *, overridden: bool) -> None:
        self._normal = terms.device.filter.normal
        self._by_name: defaultdict[str | None, list[Branch]] = defaultdict(list)
        for branch in (*_switches(terms), *_settings(terms, overridden=overridden), *_ruleset(terms)):
            self._by_name[branch.name].append(branch)

    def concerning(self, facts: Facts) -> Iterator[Branch]:
        """Those on which a decision about the event can hang. A list of thousands of names costs one look-up."""
        yield from self._by_name[None]
        if facts.name is not None:
            yield from self._by_name.get(self._normal(facts.name), ())


def _switches(terms: Terms) -> Iterator[Branch]:
    connection = terms.connection
    if not connection.enabled:
        yield Branch(f"{connection.pointer}/enabled", _terms(terms, replace(connection, enabled=True)))
    for part in ("source", "destination"):
        stated = getattr(connection, part)
        if not stated.enabled:
            on = replace(connection, **{part: replace(stated, enabled=True)})
            yield Branch(f"{stated.pointer}/enabled", _terms(terms, on))


def _ruleset(terms: Terms) -> Iterator[Branch]:
    if terms.ruleset != "documented":
        yield Branch("/ruleset", lambda: terms_of(terms.connection, "documented", terms.device.sdk))


def _settings(terms: Terms, *, overridden: bool) -> Iterator[Branch]:
    destination = terms.connection.destination
    for keys in _statements(destination.config, terms.connection.source.type):
        if overridden and keys[0] in _MODE_KEYS:
            continue
        yield Branch(
            f"{destination.pointer}/config{pointer(*keys)}",
            _without_setting(terms, keys),
            name=_listed_name(terms, keys),
        )


def _without_setting(terms: Terms, keys: _Keys) -> Callable[[], Terms]:
    def lacking() -> Terms:
        destination = terms.connection.destination
        config = _without(destination.config, keys)
        return _terms(terms, replace(terms.connection, destination=replace(destination, config=config)))()

    return lacking


def _terms(terms: Terms, connection: Connection) -> Callable[[], Terms]:
    return lambda: terms_of(connection, terms.ruleset, terms.device.sdk)


def _statements(config: Mapping[str, Any], source_type: str) -> Iterator[_Keys]:
    for key, value in config.items():
        if key in PER_SOURCE_KEYS and isinstance(value, Mapping):
            for name in (name for name in (source_type, "*") if name in value):
                yield from _parts((key, name), value[name])
                break
        else:
            yield from _parts((key,), value)


def _parts(keys: _Keys, value: Any) -> Iterator[_Keys]:
    """The value itself; of a list every item, and what an item asks for in lists of its own."""
    if not isinstance(value, list):
        yield keys
        return
    for number, item in enumerate(value):
        yield (*keys, number)
        for key, inner in item.items() if isinstance(item, Mapping) else ():
            if isinstance(inner, list):
                yield from ((*keys, number, key, each) for each in range(len(inner)))
            elif key == "resolutionStrategy":
                yield (*keys, number, key)


def _without(value: Any, keys: _Keys) -> Any:
    first, *rest = keys
    if isinstance(value, list):
        changed = [
            _without(item, tuple(rest)) if number == first and rest else item for number, item in enumerate(value)
        ]
        return changed if rest else [item for number, item in enumerate(value) if number != first]
    if rest:
        return {**value, first: _without(value[first], tuple(rest))}
    return {key: item for key, item in value.items() if key != first}


def _listed_name(terms: Terms, keys: _Keys) -> str | None:
    """The name that an item of a filter list stands for."""
    if len(keys) != 2 or keys[0] not in ("whitelistedEvents", "blacklistedEvents"):
        return None
    entry = terms.connection.destination.config[str(keys[0])][keys[1]]
    name = entry.get("eventName") if isinstance(entry, Mapping) else None
    return terms.device.filter.normal(name) if isinstance(name, str) else None
