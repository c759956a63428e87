"""Subscription states of one batch: the last one of each contact, gathered into few entries (differences D14 and D25)."""

from collections.abc import Hashable
from typing import Any

import msgspec

from router.braze.objects import Body, Entry, encode

MAX_CONTACTS = 50
"""Contacts, and external ids, that one entry may name (braze.com/docs, subscription status v2)."""


class LastState(msgspec.Struct, kw_only=True):
    """What the batch says last about one contact in one subscription group.

    `users` are those of that last event, `voices` what others said of the contact before, and `sources` are all events
    that spoke of it.
    """

    group: str
    state: str
    contact_kind: str
    contact: Any
    level: int
    users: list[str]
    voices: dict[str, str]
    sources: list[int]


class Subscriptions:
    """Collects subscription entries in order of arrival."""

    def __init__(self) -> None:
        self._last: dict[Hashable, LastState] = {}
        self._words: dict[tuple[str, str], str] = {}
        """Each user's own last word about each group."""

    def add(self, at: int, entry: Body, *, level: int) -> None:
        """Note an entry with one contact. One with another state replaces what was said of that contact before."""
        said = _last_state(at, entry, level)
        key = (said.group, said.contact_kind, _key(said.contact))
        before = self._last.pop(key, None)
        if before is not None:
            said.level = max(said.level, before.level)
            said.sources = before.sources
            said.sources.append(at)
            said.voices = before.voices
            said.voices.update(dict.fromkeys(before.users, before.state))
        # Taken out and put in again: the dict is in the order of what was said last.
        self._last[key] = said
        self._words.update(((said.group, user), said.state) for user in said.users)

    def entries(self) -> dict[int, list[Entry]]:
        """The entries to send at each level, each with its events; groups, states and contact kinds stay apart."""
        levels: dict[int, _Level] = {}
        for said in self._last.values():
            levels.setdefault(said.level, _Level()).add(said, self._named(said))
        return {level: entries.finished() for level, entries in levels.items()}

    def _named(self, said: LastState) -> list[str]:
        """The last event's users, and those who agreed before unless they have changed their mind since."""
        agreeing = (user for user, state in said.voices.items() if state == said.state == self._words[said.group, user])
        return list(dict.fromkeys([*agreeing, *said.users]))[-MAX_CONTACTS:]


class _Level:
    """Entries of one level. For a user named in both states, the entry of the later one stands later."""

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._open: dict[tuple[str, str, str], int] = {}
        self._named: dict[tuple[str, str], int] = {}

    def add(self, said: LastState, users: list[str]) -> None:
        key = (said.group, said.contact_kind, said.state)
        number = self._open.get(key, -1)
        latest = max((self._named.get((said.group, user), -1) for user in users), default=-1)
        if number < max(latest, 0) or not self._drafts[number].takes(users):
            number = self._open[key] = len(self._drafts)
            self._drafts.append(_Draft(said))
        self._drafts[number].add(said, users)
        self._named.update(((said.group, user), number) for user in users)

    def finished(self) -> list[Entry]:
        return [draft.finished() for draft in self._drafts]


class _Draft:
    def __init__(self, said: LastState) -> None:
        self._said = said
        self._contacts: list[Any] = []
        self._external_ids: dict[str, None] = {}
        self._sources: set[int] = set()

    def takes(self, users: list[str]) -> bool:
        return len(self._contacts) < MAX_CONTACTS and len(self._external_ids.keys() | users) <= MAX_CONTACTS

    def add(self, said: LastState, users: list[str]) -> None:
        self._contacts.append(said.contact)
        self._external_ids.update(dict.fromkeys(users))
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
        users=list(entry.get("external_ids", ())),
        voices={},
        sources=[at],
    )


def _key(contact: Any) -> Hashable:
    return contact if isinstance(contact, str) else encode(contact)
