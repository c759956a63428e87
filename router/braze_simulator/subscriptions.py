"""Subscription-group state. It belongs to an address, not to a profile: all profiles with the address share it.

A state set for an address that nobody has is kept as an orphan for 30 days and inherited by a profile that gets the
address in that time (Braze docs: subscription/status/set).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from router.braze_simulator.config import SubscriptionGroup
from router.braze_simulator.profiles.addresses import email_key, phone_key
from router.braze_simulator.profiles.profile import Profile

Channel = Literal["email", "sms"]
State = Literal["subscribed", "unsubscribed"]
_DAY_SECONDS = 86_400


class Subscription(msgspec.Struct, kw_only=True):
    """One address's state in one group; `expires` is set while no profile has the address."""

    channel: Channel
    address: str
    group: str
    state: State
    expires: float | None = None


class Subscriptions:
    """All states, and the groups that were configured or seen."""

    def __init__(self, groups: Mapping[str, SubscriptionGroup], orphan_days: int) -> None:
        self.rows: dict[tuple[Channel, str, str], Subscription] = {}
        self.groups: dict[str, SubscriptionGroup] = {}
        self.configure(groups, orphan_days)

    def configure(self, groups: Mapping[str, SubscriptionGroup], orphan_days: int) -> None:
        """Take over changed settings."""
        self.groups.update(groups)
        self._orphan_seconds = orphan_days * _DAY_SECONDS

    def channel_of(self, group: str, otherwise: Channel) -> Channel:
        """The group's channel; a group seen for the first time takes the channel it is used with."""
        if group not in self.groups:
            self.groups[group] = SubscriptionGroup(name=group, channel=otherwise)
        return self.groups[group].channel

    def set(self, channel: Channel, address: str, group: str, state: State) -> Subscription:
        """Set the state of an address that a profile has."""
        key = (channel, address_key(channel, address), group)
        row = self.rows[key] = Subscription(channel=channel, address=key[1], group=group, state=state)
        return row

    def set_orphan(self, channel: Channel, address: str, group: str, *, state: State, now: float) -> None:
        """Set the state of an address that nobody has."""
        self.set(channel, address, group, state).expires = now + self._orphan_seconds

    def adopt(self, channel: Channel, address: str, now: float) -> None:
        """A profile got this address: its orphan states live on, expired ones are gone."""
        for row in self.of_address(channel, address):
            if row.expires is not None and row.expires <= now:
                del self.rows[channel, row.address, row.group]
            row.expires = None

    def orphan(self, channel: Channel, address: str, now: float) -> None:
        """The last profile with this address changed it."""
        for row in self.of_address(channel, address):
            row.expires = now + self._orphan_seconds

    def forget(self, channel: Channel, address: str) -> None:
        """The last profile with this address was deleted: its states go at once."""
        for row in self.of_address(channel, address):
            del self.rows[channel, row.address, row.group]

    def of_address(self, channel: Channel, address: str) -> list[Subscription]:
        """All states of one address."""
        key = address_key(channel, address)
        return [row for group in self.groups if (row := self.rows.get((channel, key, group))) is not None]

    def of_profile(self, profile: Profile) -> Iterator[Subscription]:
        """All states that a profile has through its addresses."""
        if profile.email is not None:
            yield from self.of_address("email", profile.email)
        if profile.phone is not None:
            yield from self.of_address("sms", profile.phone)

    def state(self, channel: Channel, address: str | None, group: str, *, now: float) -> State | None:
        """The state of one address in one group; None when unknown or expired."""
        if address is None:
            return None
        row = self.rows.get((channel, address_key(channel, address), group))
        if row is None or (row.expires is not None and row.expires <= now):
            return None
        return row.state


def address_key(channel: Channel, address: str) -> str:
    """The form in which an address of this channel is compared."""
    return email_key(address) if channel == "email" else phone_key(address)


def address_of(profile: Profile, channel: Channel) -> str | None:
    """A profile's address for a channel."""
    return profile.email if channel == "email" else profile.phone
