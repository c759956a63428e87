"""Conditions of a row in words: `identify; user = known; integrations ≠ All:false / Braze:false`."""

from collections import Counter
from collections.abc import Iterator, Sequence

from policies.capabilities import MESSAGE_TYPES
from policies.cases import NO_TYPE, OTHER_TYPES
from policies.matrix import When

EVERYTHING = "any event"
EVERYTHING_ELSE = "everything else"
_NAMES = {
    "user": "user",
    "integrations": "integrations",
    "device_consent": "consent on the device",
    "event_consent": "consent in the event",
    "suppressed": "suppressed",
    "origin": "origin",
}
_MOST_NAMES = 4


def condition(when: When, dimensions: When) -> str:
    """All conditions of a row, events first; empty where it has none."""
    return "; ".join(_parts(when, dimensions))


def shared(whens: Sequence[When]) -> When:
    """The conditions that all of several rows have, where there are several."""
    first = whens[0] if len(whens) > 1 else {}
    return {name: held for name, held in first.items() if all(when.get(name) == held for when in whens)}


def value(name: str, when: When, dimensions: When) -> str:
    """What a row says of one dimension; `*` = anything, `not` before what is shorter said by what is missing."""
    if name not in when:
        return "*"
    if name == "event":
        return _events(when[name], dimensions[name])
    held, negated = _shorter(when[name], dimensions[name])
    return "not " * negated + " / ".join(held)


def _parts(when: When, dimensions: When) -> Iterator[str]:
    if "event" in when:
        yield value("event", when, dimensions)
    for name, said in _NAMES.items():
        if name in when:
            held, negated = _shorter(when[name], dimensions[name])
            yield f"{said} {'≠' if negated else '='} {' / '.join(held)}"


def _shorter(held: Sequence[str], known: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The labels held, or those missing and True where these are fewer."""
    missing = _missing(held, known)
    return (held, False) if len(held) <= len(missing) else (missing, True)


def _events(held: Sequence[str], known: Sequence[str]) -> str:
    """Message types, with names only where the name matters; what is missing, where that is shorter."""
    missing = _missing(held, known)
    said, unsaid = list(_by_type(held, known)), list(_by_type(missing, known))
    return ", ".join(said) if len(said) <= len(unsaid) + 1 else "not " + ", ".join(unsaid)


def _missing(held: Sequence[str], known: Sequence[str]) -> list[str]:
    """Lists may hold thousands of names: look up, do not search."""
    found = frozenset(held)
    return [label for label in known if label not in found]


def _by_type(held: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    found = frozenset(held)
    for kind in (*MESSAGE_TYPES, OTHER_TYPES, NO_TYPE):
        mine = [label for label in known if label == kind or label.startswith(f"{kind} ")]
        names = [label for label in mine if label in found]
        if names and len(names) == len(mine):
            yield kind
        elif names:
            yield f"{kind} {_some(list(_by_name(kind, names, mine)))}"


def _by_name(kind: str, held: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """`"Order Completed" without price or without products`: the variants of a name together, all of them as the name alone."""
    variants, of_all = dict[str, list[str]](), Counter(map(_stem, known))
    for label in held:
        variants.setdefault(_stem(label), []).append(label)
    for stem, labels in variants.items():
        which = [label.removeprefix(stem).strip() for label in labels] if len(labels) < of_all[stem] else []
        yield " ".join(filter(None, (stem.removeprefix(kind).strip(), " or ".join(filter(None, which)))))


def _stem(label: str) -> str:
    return label[: label.rfind('"') + 1] or label


def _some(names: Sequence[str]) -> str:
    shown = " / ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"
