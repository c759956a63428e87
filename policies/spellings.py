"""Spellings of event names: one of every kind that a filter, an integration or a claim tells apart.

Filters compare trimmed, the old web SDK's in any case; integrations compare as written, on web in any case; claims as written.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import count, product

from policies.event_filter import EventFilter

ORDER, INSTALL = "Order Completed", "Install Attributed"
SPECIAL = (ORDER, INSTALL)
"""Names that some integration takes for more than a custom event (`policies.handlers`)."""
_SOMETIMES_TRIMMED = "\x00\n\x1c\x85\u00a0\ufeff"
"""Characters of which each is trimmed by some platforms and kept by others."""


def other_name(filters: Iterable[EventFilter], asked: Collection[str]) -> str:
    """A name that is on no list, that nobody asks for and that no integration knows."""
    filters = tuple(filters)
    candidates = ("Some Other Event" + (f" {number}" if number > 1 else "") for number in count(1))
    return next(name for name in candidates if name not in asked and not _is_listed(name, filters))


def spellings(filters: Iterable[EventFilter], asked: Collection[str]) -> tuple[str, ...]:
    """All names worth trying beside `other_name`: special ones first, then those listed or asked for, and variants of both."""
    filters = tuple(each for each in filters if each.on)
    listed = frozenset[str]().union(*(each.names for each in filters))
    known = {*listed, *asked, *SPECIAL}
    found = {*listed, *asked}
    found.update(_fresh(_cases(name), known) for name in SPECIAL)
    found.update(_fresh(_padded(name), known) for name in listed if name in asked or is_special(name) or not name)
    if len({each.normal for each in filters}) > 1:
        found.update(variant for name in listed for variant in _disputed(name))
    return (*SPECIAL, *sorted(found - {"", *SPECIAL}))


def is_special(name: str) -> bool:
    """Whether an integration may take a name of these letters for more than a custom event."""
    return name.lower() in _LOWER


_LOWER = frozenset(map(str.lower, SPECIAL))


def _is_listed(name: str, filters: Sequence[EventFilter]) -> bool:
    return any(each.normal(name) in each.names for each in filters)


def _fresh(candidates: Iterator[str], known: Collection[str]) -> str:
    return next(name for name in candidates if name not in known)


def _cases(name: str) -> Iterator[str]:
    """The name in small letters, then with ever more capitals."""
    return ("".join(letters) for letters in product(*((each.lower(), each.upper()) for each in name)))


def _padded(name: str) -> Iterator[str]:
    """Every platform trims spaces, and no integration does."""
    return (f"{' ' * blanks}{name} " for blanks in count(1))


_DISPUTED: tuple[Callable[[str], str], ...] = (str.lower, str.upper, str.swapcase)


def _disputed(name: str) -> Iterator[str]:
    """Variants that some SDKs take for the listed name and others do not."""
    yield from (vary(name) for vary in _DISPUTED)
    yield from (f"{blank}{name}" for blank in _SOMETIMES_TRIMMED)
