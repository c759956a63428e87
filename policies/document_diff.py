"""What differs between two connection documents, value by value, with things named by id in the pointers."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from policies.edits import Document
from policies.problems import pointer


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value that differs. `pointer` goes by ids (`/destinations/braze-eu/config/connectionMode/web`)."""

    pointer: str
    before: Any = msgspec.UNSET
    """Left out where the value is new."""
    after: Any = msgspec.UNSET
    """Left out where the value is gone."""


def differences(before: Document, after: Document) -> list[Difference]:
    """Every value that differs, in the order of the pointers."""
    old, new = dict(_values(before)), dict(_values(after))
    return [
        Difference(pointer=at, before=old.get(at, msgspec.UNSET), after=new.get(at, msgspec.UNSET))
        for at in sorted(old.keys() | new.keys())
        if old.get(at, msgspec.UNSET) != new.get(at, msgspec.UNSET)
    ]


def _values(document: Document) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if key == "connections":
            for link in value:
                yield from _leaves(link, f"/connections/{link['source']}:{link['destination']}")
        elif key in ("sources", "destinations"):
            for entry in value:
                yield from _leaves(entry, pointer(key, entry["id"]))
        else:
            yield from _leaves(value, pointer(key))


def _leaves(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    """Mappings are opened, lists are one value: a filter list is read as a whole."""
    if not isinstance(value, Mapping):
        yield at, value
        return
    for key, below in value.items():
        yield from _leaves(below, at + pointer(key))
