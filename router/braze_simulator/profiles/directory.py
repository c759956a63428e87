"""All profiles and the five ways to find one: Braze id, external id, alias, e-mail, phone (and push token).

Every change of an identifier goes through here, so that the indexes never disagree with the profiles.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.braze_simulator.ids import Ids
from router.braze_simulator.profiles.addresses import email_key, phone_key
from router.braze_simulator.profiles.profile import Profile, PushToken

Alias = tuple[str, str]
"""(label, name)"""


class Directory:
    """Profiles and their indexes."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.profiles: dict[str, Profile] = {}
        self.by_external_id: dict[str, Profile] = {}
        self.by_alias: dict[Alias, Profile] = {}
        self.by_token: dict[str, Profile] = {}
        self._by_email: dict[str, dict[str, Profile]] = {}
        self._by_phone: dict[str, dict[str, Profile]] = {}
        self._folded_aliases: dict[Alias, Alias] = {}

    def create(self, now: float) -> Profile:
        """A new, empty profile."""
        braze_id = self._ids.braze_id()
        profile = Profile(
            braze_id=braze_id,
            created_at=now,
            updated_at=now,
            updated_seq=self._ids.next(),
            random_bucket=int(braze_id[:8], 16) % 10_000,
        )
        self.profiles[braze_id] = profile
        return profile

    def restore(self, profile: Profile) -> None:
        """Take in a profile from a snapshot."""
        self.profiles[profile.braze_id] = profile
        for external_id in self._external_ids(profile):
            self.by_external_id[external_id] = profile
        for label, name in profile.aliases.items():
            self._index_alias((label, name), profile)
        for token in profile.push_tokens:
            self.by_token[token.token] = profile
        self._index_addresses(profile)

    def remove(self, profile: Profile) -> None:
        """Forget a profile and everything that leads to it."""
        del self.profiles[profile.braze_id]
        for external_id in self._external_ids(profile):
            self.by_external_id.pop(external_id, None)
        for label in list(profile.aliases):
            self.drop_alias(profile, label)
        for token in profile.push_tokens:
            self.by_token.pop(token.token, None)
        self.set_email(profile, None)
        self.set_phone(profile, None)

    def touch(self, profile: Profile, now: float) -> None:
        """Mark a profile as updated; decides which one is the most recently updated."""
        profile.updated_at = now
        profile.updated_seq = self._ids.next()

    def set_external_id(self, profile: Profile, external_id: str) -> None:
        """Give an anonymous profile its external id."""
        profile.external_id = external_id
        self.by_external_id[external_id] = profile

    def rename(self, profile: Profile, new: str) -> None:
        """Replace the primary external id; the old one still resolves (Braze docs: external_ids/rename)."""
        if profile.external_id is not None:
            profile.deprecated_ids.append(profile.external_id)
        self.set_external_id(profile, new)

    def drop_deprecated_id(self, profile: Profile, external_id: str) -> None:
        """Make a deprecated external id free again."""
        profile.deprecated_ids.remove(external_id)
        del self.by_external_id[external_id]

    def add_alias(self, profile: Profile, alias: Alias) -> None:
        """Attach an alias; the caller has seen to it that the pair is free and the label unused."""
        profile.aliases[alias[0]] = alias[1]
        self._index_alias(alias, profile)

    def drop_alias(self, profile: Profile, label: str) -> None:
        """Detach the alias with this label."""
        alias = (label, profile.aliases.pop(label))
        self.by_alias.pop(alias, None)
        self._folded_aliases.pop(_fold(alias), None)

    def differs_only_in_case(self, alias: Alias) -> Alias | None:
        """An existing alias that equals `alias` but for upper and lower case."""
        return self._folded_aliases.get(_fold(alias))

    def set_email(self, profile: Profile, email: str | None) -> None:
        """Set, change or take away the e-mail address."""
        if profile.email is not None:
            _discard(self._by_email, email_key(profile.email), profile)
        profile.email = email
        if email is not None:
            self._by_email.setdefault(email_key(email), {})[profile.braze_id] = profile

    def set_phone(self, profile: Profile, phone: str | None) -> None:
        """Set, change or take away the phone number."""
        if profile.phone is not None:
            _discard(self._by_phone, phone_key(profile.phone), profile)
        profile.phone = phone
        if phone is not None:
            self._by_phone.setdefault(phone_key(phone), {})[profile.braze_id] = profile

    def with_email(self, email: str) -> list[Profile]:
        """Profiles that hold the address, in order of creation."""
        return list(self._by_email.get(email_key(email), {}).values())

    def with_phone(self, phone: str) -> list[Profile]:
        """Profiles that hold the number, in order of creation."""
        return list(self._by_phone.get(phone_key(phone), {}).values())

    def add_push_token(self, profile: Profile, token: PushToken) -> None:
        """Attach a push token; one that sits on another profile moves."""
        holder = self.by_token.get(token.token)
        if holder is not None:
            holder.push_tokens = [held for held in holder.push_tokens if held.token != token.token]
        profile.push_tokens.append(token)
        self.by_token[token.token] = profile

    def _index_alias(self, alias: Alias, profile: Profile) -> None:
        self.by_alias[alias] = profile
        self._folded_aliases[_fold(alias)] = alias

    def _index_addresses(self, profile: Profile) -> None:
        email, phone = profile.email, profile.phone
        profile.email = profile.phone = None
        self.set_email(profile, email)
        self.set_phone(profile, phone)

    @staticmethod
    def _external_ids(profile: Profile) -> Iterable[str]:
        primary = [] if profile.external_id is None else [profile.external_id]
        return [*primary, *profile.deprecated_ids]


def _fold(alias: Alias) -> Alias:
    return alias[0].lower(), alias[1].lower()


def _discard(index: dict[str, dict[str, Profile]], key: str, profile: Profile) -> None:
    holders = index.get(key)
    if holders is None:
        return
    holders.pop(profile.braze_id, None)
    if not holders:
        del index[key]
