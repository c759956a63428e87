"""Edits of a connection document (`as_document`'s form): each returns a new document, to be judged by `parse_workspace`.

Pure: what an edit means, not who may make it or when. Things are named by id, never by place.
"""

from collections.abc import Mapping
from typing import Any, Literal

from policies.problems import pointer

Document = Mapping[str, Any]
Kind = Literal["sources", "destinations"]


def merge(target: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396): mappings are merged, null removes, everything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    kept = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = merge(kept.get(key), value)
    return kept


def put(document: Document, kind: Kind, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a source or destination added, or put in the place of the one with its id."""
    return {**document, kind: _put(document[kind], entry, keys=("id",))}


def put_link(document: Document, link: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a connection (`source`, `destination`, `enabled`) added or put in its place."""
    return {**document, "connections": _put(document["connections"], link, keys=("source", "destination"))}


def remove_link(document: Document, source: str, destination: str) -> dict[str, Any]:
    """The document without the connection between the two; both stay."""
    kept = [item for item in document["connections"] if (item["source"], item["destination"]) != (source, destination)]
    return {**document, "connections": kept}


def patch_config(document: Document, destination: str, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a destination's config merged with `patch`."""
    entry = find(document, "destinations", destination) or {}
    return put(document, "destinations", {**entry, "config": merge(entry.get("config"), patch)})


def enable(document: Document, kind: Kind, name: str, *, enabled: bool) -> dict[str, Any]:
    """The document with a source or destination switched on or off."""
    return put(document, kind, {**(find(document, kind, name) or {"id": name}), "enabled": enabled})


def restore(document: Document, earlier: Document, *, source: str, destination: str) -> dict[str, Any]:
    """The document with one connection as it was in an earlier one: its source, its destination, and whether they are joined."""
    kinds: tuple[tuple[Kind, str], ...] = (("sources", source), ("destinations", destination))
    for kind, name in kinds:
        entry = find(earlier, kind, name)
        document = put(document, kind, entry) if entry else document
    link = find_link(earlier, source, destination)
    return put_link(document, link) if link else remove_link(document, source, destination)


def find(document: Document, kind: Kind, name: str) -> Mapping[str, Any] | None:
    """A source or destination by id."""
    return next((item for item in document[kind] if item["id"] == name), None)


def find_link(document: Document, source: str, destination: str) -> Mapping[str, Any] | None:
    """The connection between the two."""
    links: list[Mapping[str, Any]] = document["connections"]
    return next((item for item in links if (item["source"], item["destination"]) == (source, destination)), None)


def by_id(at: str, document: Document) -> str:
    """A pointer into a document with the id in the place of the number: `/sources/0/type` → `/sources/web-shop/type`."""
    _, kind, number, *rest = [*at.split("/", 3), "", "", ""][:4]
    entries = document.get(kind) if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or not number.isdigit() or int(number) >= len(entries):
        return at
    entry = entries[int(number)]
    if not isinstance(entry, Mapping):
        return at
    name = str(entry.get("id") or f"{entry.get('source')}:{entry.get('destination')}")
    return f"/{kind}{pointer(name)}" + (f"/{rest[0]}" if rest and rest[0] else "")


def _put(entries: list[Any], entry: Mapping[str, Any], *, keys: tuple[str, ...]) -> list[Any]:
    def same(item: Mapping[str, Any]) -> bool:
        return all(item.get(key) == entry.get(key) for key in keys)

    if any(same(item) for item in entries):
        return [entry if same(item) else item for item in entries]
    return [*entries, entry]
