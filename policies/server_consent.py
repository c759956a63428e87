"""Consent on the server: it looks at the ids that an event says were *denied*, never at the allowed ones.

Source: rudder-server, processor/consent.go. Ids are compared as they stand: no trimming, case matters.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


class ProviderConsents(msgspec.Struct, frozen=True):
    """The consents that a destination asks for from one provider, and the strategy stored beside them."""

    ids: frozenset[str]
    strategy: str


class ServerConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What a destination asks for, prepared once per connection."""

    generic: Mapping[str, ProviderConsents]
    one_trust: frozenset[str]
    ketch: frozenset[str]

    @property
    def is_off(self) -> bool:
        """Whether no event can be dropped for want of consent."""
        return not (self.generic or self.one_trust or self.ketch)

    def drops(self, stated: Any) -> str | None:
        """The config key that makes the server drop an event with this `context.consentManagement`, or None."""
        denied = _denied(stated)
        if not denied:
            return None
        provider = _text(stated.get("provider"))
        if asked := self.generic.get(provider):
            return "consentManagement" if _refused(asked, provider, stated, denied) else None
        if provider in ("", "oneTrust") and not self.one_trust.isdisjoint(denied):
            return "oneTrustCookieCategories"
        if provider in ("", "ketch") and self.ketch and self.ketch <= denied:
            return "ketchConsentPurposes"
        return None


def server_consent(config: Mapping[str, Any]) -> ServerConsent:
    """Prepare what a destination's config asks for; `config` has its per-source-type maps resolved."""
    return ServerConsent(
        generic=dict(_generic(config)),
        one_trust=frozenset(_named(config.get("oneTrustCookieCategories"), "oneTrustCookieCategory")),
        ketch=frozenset(_named(config.get("ketchConsentPurposes"), "purpose")),
    )


def _generic(config: Mapping[str, Any]) -> Iterator[tuple[str, ProviderConsents]]:
    """Entries without a consent do not count, so that the server falls back to the old keys (the web SDK does not)."""
    for entry in _objects(config.get("consentManagement")):
        ids = frozenset(_named(entry.get("consents"), "consent"))
        if ids and isinstance(provider := entry.get("provider"), str):
            yield provider, ProviderConsents(ids, _text(entry.get("resolutionStrategy")))


def _refused(asked: ProviderConsents, provider: str, stated: Mapping[str, Any], denied: frozenset[str]) -> bool:
    strategy = asked.strategy if provider == "custom" else stated.get("resolutionStrategy")
    return asked.ids <= denied if strategy == "or" else not asked.ids.isdisjoint(denied)


def _denied(stated: Any) -> frozenset[str]:
    ids = stated.get("deniedConsentIds") if isinstance(stated, Mapping) else None
    return frozenset(item for item in ids if isinstance(item, str) and item) if isinstance(ids, list) else frozenset()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _named(items: Any, member: str) -> Iterator[str]:
    for item in _objects(items):
        name = item.get(member)
        if isinstance(name, str) and name.strip():
            yield name


def _objects(items: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(items, list):
        yield from (item for item in items if isinstance(item, Mapping))
