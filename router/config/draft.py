"""A connection file in the making: what readers of RudderStack's formats fill, value by value, with the place each came from."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from policies.capabilities import SOURCE_TYPES
from policies.connection import PER_SOURCE_KEYS
from policies.problems import Problem, pointer
from router.config.document import Document
from router.config.problems import Located

Origin = tuple[Document, str]
"""A document and a pointer in it."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A connection file's plain data (with the places it came from), and what could not be carried over."""

    document: Document
    notes: tuple[Located, ...] = ()


Reader = Callable[[list[Document]], Imported]
"""Reads the documents of one RudderStack format."""


class Draft:
    """Collects sources, destinations and connections; notes what is out of scope or contradicts itself."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._sources: list[dict[str, Any]] = []
        self._destinations: dict[str, dict[str, Any]] = {}
        self._connections: list[dict[str, Any]] = []
        self._origins: dict[str, Origin] = {}
        self._notes: list[Located] = []

    def source(self, data: Mapping[str, Any], origin: Origin, keys: Mapping[str, str]) -> None:
        """Add a source; `keys` = where (below `origin`) each of its values came from."""
        at = pointer("sources", len(self._sources))
        self._sources.append(_stated(data))
        self._place(at, origin, keys)

    def destination(self, data: Mapping[str, Any], origin: Origin, keys: Mapping[str, str]) -> None:
        """Add a destination, once per id."""
        if data["id"] in self._destinations:
            return
        at = pointer("destinations", len(self._destinations))
        self._destinations[data["id"]] = {**_stated(data), "config": {}}
        self._place(at, origin, keys)
        self._place(f"{at}/config", origin, {})

    def connection(self, data: Mapping[str, Any], origin: Origin) -> None:
        """Add a connection."""
        at = pointer("connections", len(self._connections))
        self._connections.append(_stated(data))
        self._place(at, origin, {})

    def config(self, destination_id: str, config: Mapping[str, Any], origin: Origin, source_type: str = "") -> None:
        """Merge a config as one source type sees it into the destination's stored form."""
        for key, value in config.items():
            self.setting(destination_id, (key, value), (origin[0], origin[1] + pointer(key)), source_type)

    def setting(self, destination_id: str, item: tuple[str, Any], origin: Origin, source_type: str = "") -> None:
        """Merge one key and value; without a source type the value holds for all."""
        key, value = item
        if key in PER_SOURCE_KEYS and _is_map_of_sources(value):
            for kind, own in value.items():
                self._value(destination_id, (key, kind), own, (origin[0], origin[1] + pointer(kind)))
        elif key in PER_SOURCE_KEYS and source_type:
            self._value(destination_id, (key, source_type), value, origin)
        else:
            self._value(destination_id, (key,), value, origin)

    def stated(self, destination_id: str, key: str, source_type: str) -> Any:
        """The value that a source type sees under a config key so far."""
        value = self._destinations[destination_id]["config"].get(key)
        return value.get(source_type) if isinstance(value, Mapping) else value

    def note(self, origin: Origin, message: str, fix: str = "") -> None:
        """Say that something of the input is not carried over, or contradicts itself."""
        self._notes.append(origin[0].locate(Problem(pointer=origin[1], message=message, fix=fix)))

    def leftovers(self, data: Mapping[str, Any], known: Iterable[str], origin: Origin) -> None:
        """Note every key that no reader knows."""
        for key in sorted(data.keys() - set(known)):
            self.note((origin[0], origin[1] + pointer(key)), f"unknown key `{key}` is not carried over")

    def finish(self) -> Imported:
        """The connection file's data, ready to be parsed."""
        data = {
            "version": 1,
            "sources": self._sources,
            "destinations": list(self._destinations.values()),
            "connections": self._connections,
        }
        origins = {"": (self._document, ""), **self._origins}
        converted = Document(
            file=self._document.file, data=data, places={}, lines=self._document.lines, origins=origins
        )
        return Imported(document=converted, notes=tuple(self._notes))

    def _value(self, destination_id: str, keys: tuple[str, ...], value: Any, origin: Origin) -> None:
        store, at = self._destinations[destination_id]["config"], self._pointer(destination_id) + pointer(*keys)
        *parents, last = keys
        for parent in parents:
            store = store.setdefault(parent, {})
        if last in store and store[last] != value:
            self.note(origin, f"`{'.'.join(keys)}` has another value for an earlier source; that one stays")
            return
        store[last] = value
        self._origins.setdefault(at, origin)

    def _pointer(self, destination_id: str) -> str:
        return pointer("destinations", list(self._destinations).index(destination_id), "config")

    def _place(self, at: str, origin: Origin, keys: Mapping[str, str]) -> None:
        self._origins[at] = origin
        for ours, theirs in keys.items():
            self._origins[f"{at}/{ours}"] = (origin[0], origin[1] + theirs)


def _stated(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def _is_map_of_sources(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() <= set(SOURCE_TYPES)
