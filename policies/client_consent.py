"""Consent on the device: whether the SDK loads Braze, given what the user allowed when the destinations were loaded.

Sources: rudder-sdk-js, plug-ins oneTrust-, ketch-, iubenda- and customConsentManager; rudder-sdk-android `ConsentFilterHandler.java`;
rudder-consent-filters-android. The Kotlin and Swift SDKs have no consent code.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from policies.javascript import trim, truthy
from policies.sdks import Code

LEGACY_MOBILE: frozenset[Code] = frozenset({"android", "ios"})
"""Code of the mobile SDKs that let an app bring its own consent filter."""
PROVIDERS = frozenset({"oneTrust", "ketch", "iubenda", "custom"})


class ClientConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What a device knows of its user's consents when it loads destinations."""

    provider: str = ""
    """The consent manager: oneTrust, ketch, iubenda or custom; any other name = consent management off."""
    initialized: bool = True
    """The consent manager has supplied its ids."""
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    """Ids that the user explicitly refused; only the legacy mobile OneTrust filter reads them."""
    resolution_strategy: str | None = None
    """The workspace's strategy, as the consent plug-in sees it."""
    pre_consent: bool = False
    """The web SDK's `preConsent.enabled`: load no destination before consent() is called."""
    app_consents: bool | None = None
    """What an app's own consent filter (legacy mobile SDKs) answered for Braze; None = it said nothing."""


def device_consents(code: Code, config: Mapping[str, Any], client: ClientConsent) -> bool:
    """Whether the SDK loads Braze."""
    return _DEVICE[code](config, client)


def reads_consent(code: Code) -> bool:
    """Whether an SDK has consent code at all."""
    return _DEVICE[code] is not _ignores_consent


def _web_consents(config: Mapping[str, Any], client: ClientConsent) -> bool:
    if client.provider not in PROVIDERS:
        return True
    if not client.initialized:
        return not client.pre_consent
    generic = config.get("consentManagement")
    try:
        return _generic(generic, config, client) if truthy(generic) else _legacy(config, client)
    except TypeError:
        # The SDK catches what its consent code throws and loads the destination.
        return True


def _generic(entries: Any, config: Mapping[str, Any], client: ClientConsent) -> bool:
    entry = next((entry for entry in _objects(entries) if entry.get("provider") == client.provider), None)
    if entry is None or not truthy(consents := entry.get("consents")):
        return True
    wanted = [consent for item in _objects(consents) if (consent := trim(_text(item.get("consent"))))]
    if _strategy(entry, client) == "or":
        return not wanted or any(consent in client.allowed for consent in wanted)
    return all(consent in client.allowed for consent in wanted)


def _strategy(entry: Mapping[str, Any], client: ClientConsent) -> str | None:
    """iubenda and custom prefer the destination's own strategy, the others never read it."""
    own = entry.get("resolutionStrategy") if client.provider in ("iubenda", "custom") else None
    return client.resolution_strategy if own is None else own


def _legacy(config: Mapping[str, Any], client: ClientConsent) -> bool:
    if client.provider == "oneTrust":
        return all(
            item in client.allowed for item in _named(config, "oneTrustCookieCategories", "oneTrustCookieCategory")
        )
    if client.provider == "ketch":
        purposes = list(_named(config, "ketchConsentPurposes", "purpose"))
        return not purposes or any(item in client.allowed for item in purposes)
    return True


def _legacy_mobile_consents(config: Mapping[str, Any], client: ClientConsent) -> bool:
    """The app's answer counts; RudderStack's OneTrust filter blocks on an explicit refusal alone and reads the old key only."""
    if client.app_consents is not None:
        return client.app_consents
    if client.provider != "oneTrust":
        return True
    categories = config.get("oneTrustCookieCategories")
    wanted = categories if isinstance(categories, list) else []
    return not any(isinstance(item, Mapping) and item.get("oneTrustCookieCategory") in client.denied for item in wanted)


def _ignores_consent(config: Mapping[str, Any], client: ClientConsent) -> bool:
    return True


_DEVICE: Mapping[Code, Callable[[Mapping[str, Any], ClientConsent], bool]] = {
    "web": _web_consents,
    "web-v1.1": _web_consents,
    "android": _legacy_mobile_consents,
    "ios": _legacy_mobile_consents,
    "kotlin": _ignores_consent,
    "swift": _ignores_consent,
    "swift-v2": _ignores_consent,
}


def _named(config: Mapping[str, Any], key: str, member: str) -> Iterator[Any]:
    listed = config.get(key)
    return (item[member] for item in _objects(listed if truthy(listed) else []) if truthy(item.get(member)))


def _objects(items: Any) -> Iterator[Mapping[str, Any]]:
    """The items of a list of objects; raises TypeError where JavaScript throws."""
    if not isinstance(items, list):
        raise TypeError("not a list")
    for item in items:
        if item is None:
            raise TypeError("an item is null")
        yield item if isinstance(item, Mapping) else {}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
