"""Events with which a connection can be tried: made from its own sources, modes, filter lists and consents.

What no probe reaches counts as unreachable; what a probe alone reaches is printed as a case to paste. Probes know which events
are worth trying, never what comes of them: the policy says that.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from policies.capabilities import CAPABILITIES, MESSAGE_TYPES, Mode
from policies.client_consent import ClientConsent
from policies.connection import Connection, Source, Workspace
from policies.sdks import SDKS, Sdk, default_sdk, sdks_of
from router.suites.file import Given

Event = dict[str, Any]
UNLISTED = "Some Event"
_KNOWN = {"userId": "u-1", "anonymousId": "a-1"}
_CONTENT: Mapping[str, Event] = {
    "identify": {"traits": {"plan": "pro"}},
    "track": {"event": UNLISTED},
    "page": {"name": "Home"},
    "screen": {"name": "Home"},
    "group": {"groupId": "g-1", "traits": {"email": "a@example.com", "subscriptionState": "subscribed"}},
    "alias": {"previousId": "u-0"},
}
_CONSENT_MEMBERS = {"oneTrustCookieCategories": "oneTrustCookieCategory", "ketchConsentPurposes": "purpose"}
_PROVIDERS = {"oneTrustCookieCategories": "oneTrust", "ketchConsentPurposes": "ketch"}


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One event under one set of circumstances."""

    name: str
    given: Given
    event: Event


def probes(workspace: Workspace) -> Iterator[Probe]:
    """Every probe of every source that leads anywhere: plain events first, then what filters, consents and flags look at."""
    for source in workspace.sources:
        for connection in workspace.connections_of(source.id)[:1]:
            for sdk in _sdks(source):
                for mode in _modes(workspace, source):
                    yield from _probes(workspace, connection, sdk, mode)


def _sdks(source: Source) -> tuple[Sdk | None, ...]:
    """The SDK that the source names, else all that its type has."""
    if source.sdk:
        return (SDKS[source.sdk],)
    return sdks_of(source.type) or (None,)


def _modes(workspace: Workspace, source: Source) -> list[Mode]:
    configured = [each.destination.mode_for(source.type) for each in workspace.connections_of(source.id)]
    return list(dict.fromkeys([*configured, *CAPABILITIES[source.type].modes]))


def _probes(workspace: Workspace, connection: Connection, sdk: Sdk | None, mode: Mode) -> Iterator[Probe]:
    source = connection.source
    configured = {each.destination.mode_for(source.type) for each in workspace.connections_of(source.id)}
    given = Given(
        source=source.id,
        sdk=sdk.id if sdk and sdk != (SDKS.get(source.sdk) or default_sdk(source.type)) else None,
        mode=None if configured == {mode} else mode,
    )
    prefix = " ".join(dict.fromkeys((source.id, sdk.id if sdk else source.type, mode)))
    configs = [each.destination.config_for(source.type) for each in workspace.connections_of(source.id)]
    for name, more, event in _events(configs, source):
        yield Probe(name=f"{prefix} {name}", given=msgspec.structs.replace(given, **more), event=event)


def _events(configs: Sequence[Mapping[str, Any]], source: Source) -> Iterator[tuple[str, dict[str, Any], Event]]:
    for kind in MESSAGE_TYPES:
        yield kind, {}, {"type": kind, **_KNOWN, **_CONTENT[kind]}
    track = {"type": "track", **_KNOWN, "event": UNLISTED}
    yield "auto-generated", {}, {**track, "event": "Session Start", "context": {"origin": "auto"}}
    yield "identify of nobody", {}, {"type": "identify", "anonymousId": "a-1", "traits": {"plan": "pro"}}
    yield "track of nobody", {}, {"type": "track", "anonymousId": "a-1", "event": UNLISTED}
    for name in _listed(configs):
        yield f"track {name}", {}, {**track, "event": name}
    yield "track without name", {}, {"type": "track", **_KNOWN}
    yield "track with a number for a name", {}, {**track, "event": 42}
    yield "order without products", {}, {**track, "event": "Order Completed", "properties": {"products": []}}
    yield "kept from Braze", {}, {**track, "integrations": {"All": False}}
    yield "type reset", {}, {"type": "reset", **_KNOWN}
    yield "suppressed user", {"suppressed": True}, track
    yield from _consents(configs, track)
    if source.type == "cloud":
        yield "returned from Braze", {}, _returned(track)


def _returned(track: Event) -> Event:
    marks = {"context": {"integration": {"name": "Braze"}}, "integrations": {"Braze": False}}
    return {**track, "event": "users.messages.pushnotification.Open", **marks}


def _listed(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the filter list that is switched on."""
    lists = (config.get(str(config.get("eventFilteringOption"))) for config in configs)
    entries = (entry for each in lists if isinstance(each, list) for entry in each)
    names = (entry.get("eventName") for entry in entries if isinstance(entry, Mapping))
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and name))


def _consents(configs: Sequence[Mapping[str, Any]], track: Event) -> Iterator[tuple[str, dict[str, Any], Event]]:
    """Each consent that a destination asks for, refused alone and with all others of its provider, on device and server."""
    for provider, ids in _asked(configs).items():
        for refused in dict.fromkeys([*((each,) for each in ids), tuple(ids)]):
            what = f"{provider} consent without {', '.join(refused)}"
            allowed = tuple(each for each in ids if each not in refused)
            client = ClientConsent(provider=provider, allowed=allowed, denied=refused)
            stated = {"provider": provider, "allowedConsentIds": allowed, "deniedConsentIds": refused}
            yield f"{what}", {"consent": client}, {**track, "context": {"consentManagement": stated}}
    if not _asked(configs):
        refusing = ClientConsent(provider="custom", app_consents=False)
        yield "refused by the app's consent filter", {"consent": refusing}, track


def _asked(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    asked: dict[str, list[str]] = {}
    for provider, consent in (pair for config in configs for pair in _pairs(config)):
        if isinstance(provider, str) and isinstance(consent, str) and consent.strip():
            asked.setdefault(provider, []).append(consent.strip())
    return {provider: list(dict.fromkeys(ids)) for provider, ids in asked.items()}


def _pairs(config: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    for entry in _objects(config.get("consentManagement")):
        yield from ((entry.get("provider"), item.get("consent")) for item in _objects(entry.get("consents")))
    for key, member in _CONSENT_MEMBERS.items():
        yield from ((_PROVIDERS[key], item.get(member)) for item in _objects(config.get(key)))


def _objects(items: Any) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in (items if isinstance(items, list) else ()) if isinstance(item, Mapping))
