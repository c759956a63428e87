"""What a user can have answered to the consents that a destination asks for: as a device knows it, and as an event states it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policies.client_consent import LEGACY_MOBILE, ClientConsent
from policies.connection import Connection
from policies.sdks import WEB
from policies.server_consent import server_consent
from policies.terms import DeviceTerms

_Ids = tuple[str, ...]
_STRATEGIES = ("and", "or")


def consents_on_devices(*devices: DeviceTerms) -> Iterator[tuple[str, ClientConsent | None]]:
    """Every answer that some of these SDKs may judge in another way, each with a label; the first is "off"."""
    yield "consent management off", None
    asked = _asked(device.config for device in devices) or {"custom": ()}
    if any(device.code in WEB for device in devices):
        for provider, ids in asked.items():
            yield from _on_web(provider, ids)
    if any(device.code in LEGACY_MOBILE for device in devices):
        yield "app filter allows", ClientConsent(app_consents=True)
        yield "app filter refuses", ClientConsent(app_consents=False)
        for label, allowed, denied, _ in _answers(asked["oneTrust"]) if "oneTrust" in asked else ():
            yield f"oneTrust: {label}", ClientConsent(provider="oneTrust", allowed=allowed, denied=denied)


def _on_web(provider: str, ids: _Ids) -> Iterator[tuple[str, ClientConsent]]:
    for label, allowed, denied, strategy in _answers(ids):
        client = ClientConsent(provider=provider, allowed=allowed, denied=denied, resolution_strategy=strategy)
        yield f"{provider}: {label}", client
    yield f"{provider}: unasked", ClientConsent(provider=provider, initialized=False)
    held = ClientConsent(provider=provider, initialized=False, pre_consent=True)
    yield f"{provider}: unasked, pre-consent", held


def consents_stated(*connections: Connection) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """Every `context.consentManagement` that the server's check may judge in another way, each with a label."""
    yield "nothing stated", None
    configs = (connection.destination.config_for(connection.source.type) for connection in connections)
    for provider, ids in _asked(configs).items():
        for label, allowed, denied, strategy in _answers(ids):
            stated = {"provider": provider, "allowedConsentIds": list(allowed), "deniedConsentIds": list(denied)}
            yield f"{provider}: {label}", {**stated, **({"resolutionStrategy": strategy} if strategy else {})}


def _answers(ids: _Ids) -> Iterator[tuple[str, _Ids, _Ids, str | None]]:
    """What was answered, the ids allowed and denied, and the workspace's strategy where that can matter."""
    yield "given", ids, (), None
    if len(ids) > 1:
        for strategy in _STRATEGIES:
            yield f"only {ids[0]} given, {strategy}", ids[:1], ids[1:], strategy
    if ids:
        yield "denied", (), ids, None


def _asked(configs: Iterable[Mapping[str, Any]]) -> dict[str, _Ids]:
    """The ids that are asked for, by consent manager."""
    asked: dict[str, dict[str, None]] = {}
    for config in configs:
        said = server_consent(config)
        for provider, consents in said.generic.items():
            asked.setdefault(provider, {}).update(dict.fromkeys(sorted(consents.ids)))
        for provider, ids in (("oneTrust", said.one_trust), ("ketch", said.ketch)):
            if ids:
                asked.setdefault(provider, {}).update(dict.fromkeys(sorted(ids)))
    return {provider: tuple(ids) for provider, ids in asked.items()}
