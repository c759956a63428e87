"""Subscription states of one batch: the last one of each contact, gathered into few entries (differences D14 and D25)."""

from collections.abc import Hashable
from typing import Any

import msgspec

from router.braze.objects import Body, Entry, encode

MAX_CONTACTS = 50
"""Contacts, and external ids, that one entry may name (braze.com/docs, subscription status v2)."""


class LastState(msgspec.Struct, kw_only=True):
    """What the batch says last about one contact in one subscription group; `sources` are all events that spoke of it."""

    group: str
    state: str
    contact_kind: str
    contact: Any
    level: int
    external_ids: list[str]
    sources: list[int]


class Subscriptions:
    """Collects subscription entries in order of arrival."""

    def __init__(self) -> None:
        self._last: dict[Hashable, LastState] = {}

    def add(self, at: int, entry: Body, *, level: int) -> None:
        """Note an entry with one contact. One with another state replaces what was said of that contact before."""
        said = _last_state(at, entry, level)
        key = (said.group, said.contact_kind, _key(said.contact))
        before = self._last.pop(key, None)
        if before is not None:
            said.sources[:0] = before.sources
            said.level = max(said.level, before.level)
            if before.state == said.state:
                said.external_ids = list(dict.fromkeys(before.external_ids + said.external_ids))[-MAX_CONTACTS:]
        # Taken out and put in again: the dict is in the order of what was said last.
        self._last[key] = said

    def entries(self) -> dict[int, list[Entry]]:
        """The entries to send at each level, each with its events; groups, states and contact kinds stay apart."""
        levels: dict[int, _Level] = {}
        for said in self._last.values():
            levels.setdefault(said.level, _Level()).add(said)
        return {level: entries.finished() for level, entries in levels.items()}


class _Level:
    """Entries of one level. For a user named in both states, the entry of the later one stands later."""

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._open: dict[tuple[str, str, str], int] = {}
        self._named: dict[tuple[str, str], int] = {}

    def add(self, said: LastState) -> None:
        key = (said.group, said.contact_kind, said.state)
        number = self._open.get(key, -1)
        latest = max((self._named.get((said.group, user), -1) for user in said.external_ids), default=-1)
        if number < max(latest, 0) or not self._drafts[number].takes(said):
            number = self._open[key] = len(self._drafts)
            self._drafts.append(_Draft(said))
        self._drafts[number].add(said)
        self._named.update(((said.group, user), number) for user in said.external_ids)

    def finished(self) -> list[Entry]:
        return [draft.finished() for draft in self._drafts]


class _Draft:
    def __init__(self, said: LastState) -> None:
        self._said = said
        self._contacts: list[Any] = []
        self._external_ids: dict[str, None] = {}
        self._sources: set[int] = set()

    def takes(self, said: LastState) -> bool:
        users = len(self._external_ids.keys() | said.external_ids)
        return len(self._contacts) < MAX_CONTACTS and users <= MAX_CONTACTS

    def add(self, said: LastState) -> None:
        self._contacts.append(said.contact)
        self._external_ids.update(dict.fromkeys(said.external_ids))
        self._sources.update(said.sources)

    def finished(self) -> Entry:
        body: Body = {"subscription_group_id": self._said.group, "subscription_state": self._said.state}
        body[self._said.contact_kind] = self._contacts
        body |= {"external_ids": list(self._external_ids)} if self._external_ids else {}
        return Entry(body, sorted(self._sources))


def _last_state(at: int, entry: Body, level: int) -> LastState:
    contact_kind = "phones" if "phones" in entry else "emails"
    return LastState(
        group=entry["subscription_group_id"],
        state=entry["subscription_state"],
        contact_kind=contact_kind,
        contact=entry[contact_kind][0],
        level=level,
        external_ids=list(entry.get("external_ids", ())),
        sources=[at],
    )


def _key(contact: Any) -> Hashable:
    return contact if isinstance(contact, str) else encode(contact)
