"""Lint rules about consent, which the device and the server read differently."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.client_consent import reads_consent
from policies.lint.finding import LintRule, Subject
from policies.problems import Problem, pointer
from policies.terms import Terms

_LEGACY = ("oneTrustCookieCategories", "ketchConsentPurposes")


def _no_categories(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        for at, entry in _entries(terms):
            if not _ids(entry):
                yield Problem(
                    pointer=at,
                    message=f"provider `{entry.get('provider')}` has no consents to ask for",
                    fix="list consents, or remove the entry",
                )


def _hidden_legacy(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        hidden = [key for key in _LEGACY if _legacy_entries(terms, key)]
        if hidden and terms.settings.consent_management is not None:
            yield Problem(
                pointer=terms.pointers[hidden[0]],
                message=f"consentManagement hides {' and '.join(hidden)} from the web SDK, but not always from the server",
                fix="move the ids into consentManagement and remove the older key",
            )


def _can_disagree(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_hybrid_mode:
        if not terms.consent.is_off:
            yield Problem(
                pointer=terms.pointers[_asking_key(terms)],
                message="the device wants each id allowed, the server only wants none denied",
                fix="make the consent manager list every id as either allowed or denied",
            )


def _not_read(subject: Subject) -> Iterator[Problem]:
    for terms in subject.on_devices:
        if not terms.consent.is_off and not _reads(terms):
            yield Problem(
                pointer=terms.pointers[_asking_key(terms)],
                message=f"the {terms.connection.source.type} SDK does not read this consent configuration",
                fix="ask for consent in the app before it starts the SDK, or use cloud mode",
            )


def _custom_strategy(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        for at, entry in _entries(terms):
            if entry.get("provider") == "custom" and entry.get("resolutionStrategy") not in ("and", "or"):
                yield Problem(
                    pointer=at,
                    message="provider `custom` has no resolutionStrategy `and` or `or`",
                    fix="add `resolutionStrategy: and` (every id) or `or` (one id is enough)",
                )


def _ignored_strategy(subject: Subject) -> Iterator[Problem]:
    for terms in subject.on_devices:
        for at, entry in _entries(terms):
            if (
                terms.device.is_web
                and entry.get("provider") in ("oneTrust", "ketch")
                and entry.get("resolutionStrategy")
            ):
                yield Problem(
                    pointer=f"{at}/resolutionStrategy",
                    message=f"with {entry['provider']} the web SDK reads the workspace's strategy, not the destination's",
                    fix="remove it here and set it for the provider in the workspace",
                )


def _entries(terms: Terms) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, entry in enumerate(terms.settings.consent_management or []):
        if isinstance(entry, Mapping):
            yield terms.pointers["consentManagement"] + pointer(number), entry


def _ids(entry: Mapping[str, Any]) -> list[str]:
    consents = entry.get("consents")
    named = (
        (item.get("consent") for item in consents if isinstance(item, Mapping)) if isinstance(consents, list) else ()
    )
    return [name for name in named if isinstance(name, str) and name.strip()]


def _legacy_entries(terms: Terms, key: str) -> list[Any]:
    settings = terms.settings
    return settings.one_trust_cookie_categories if key == _LEGACY[0] else settings.ketch_consent_purposes


def _asking_key(terms: Terms) -> str:
    if terms.consent.generic:
        return "consentManagement"
    return _LEGACY[0] if terms.consent.one_trust else _LEGACY[1]


def _reads(terms: Terms) -> bool:
    """Legacy mobile SDKs read the OneTrust categories alone, Kotlin and Swift nothing."""
    code = terms.device.code
    return reads_consent(code) and (terms.device.is_web or bool(terms.consent.one_trust))


CONSENT_RULES: tuple[LintRule, ...] = (
    LintRule(
        id="consent/no-categories",
        severity="warning",
        summary="a consent provider without consents",
        effect="the entry asks for nothing: every user counts as consented",
        source="rudder-sdk-js, ConsentManager plug-ins; rudder-server, processor/consent.go",
        find=_no_categories,
    ),
    LintRule(
        id="consent/legacy-keys-hidden",
        severity="warning",
        summary="older consent keys beside consentManagement",
        effect="the web SDK ignores the older keys, even where consentManagement is empty; the server falls back to them",
        source="rudder-sdk-js, oneTrust- and ketchConsentManager; rudder-server, processor/consent.go",
        find=_hidden_legacy,
    ),
    LintRule(
        id="consent/device-and-server-disagree",
        severity="warning",
        summary="in hybrid mode device and server can judge the same consent differently",
        effect="with an id that is neither allowed nor denied the device does not load Braze, while the cloud path delivers",
        source="rudder-sdk-js, ConsentManager plug-ins; rudder-server, processor/consent.go",
        find=_can_disagree,
    ),
    LintRule(
        id="consent/not-read-by-sdk",
        severity="warning",
        summary="consents configured for a source whose SDK does not read them",
        effect="the device loads Braze and delivers whatever the user consented to",
        source="rudder-sdk-kotlin and rudder-sdk-swift (no consent code); rudder-consent-filters-android (OneTrust categories alone)",
        find=_not_read,
    ),
    LintRule(
        id="consent/custom-needs-strategy",
        severity="warning",
        summary="provider `custom` without a resolution strategy",
        effect="device and server take it for `and`: one id that is not given stops everything",
        source="rudder-integrations-config, braze/schema.json; rudder-server, processor/consent.go",
        find=_custom_strategy,
    ),
    LintRule(
        id="consent/strategy-ignored-on-device",
        severity="info",
        summary="a resolution strategy that the web SDK does not read",
        effect="the web SDK uses the workspace's strategy for OneTrust and Ketch, by default `and`",
        source="rudder-sdk-js, oneTrust- and ketchConsentManager",
        find=_ignored_strategy,
    ),
)
