"""Consent on the device at load, per SDK and consent manager."""

from typing import Any

import pytest

from policies.client_consent import ClientConsent, device_consents, reads_consent
from policies.sdks import CODES, Code


def asks(provider: str, *consents: str, **more: Any) -> dict[str, Any]:
    return {"consentManagement": [{"provider": provider, "consents": [{"consent": name} for name in consents], **more}]}


def one_trust(*categories: str) -> dict[str, Any]:
    return {"oneTrustCookieCategories": [{"oneTrustCookieCategory": name} for name in categories]}


def ketch(*purposes: str) -> dict[str, Any]:
    return {"ketchConsentPurposes": [{"purpose": name} for name in purposes]}


def client(provider: str, *allowed: str, **more: Any) -> ClientConsent:
    return ClientConsent(provider=provider, allowed=allowed, **more)


WEB_CASES: list[tuple[str, dict[str, Any], ClientConsent, bool]] = [
    ("all allowed", asks("custom", "X", "Y"), client("custom", "X", "Y"), True),
    ("and wants every id", asks("custom", "X", "Y"), client("custom", "X"), False),
    ("ids are trimmed, blanks dropped", asks("custom", " X ", "", " "), client("custom", "X"), True),
    ("or wants one id", asks("custom", "X", "Y", resolutionStrategy="or"), client("custom", "X"), True),
    ("or with none allowed", asks("custom", "X", resolutionStrategy="or"), client("custom"), False),
    ("or with nothing asked", asks("custom", " ", resolutionStrategy="or"), client("custom"), True),
    ("any other strategy is and", asks("custom", "X", "Y", resolutionStrategy="any"), client("custom", "X"), False),
    (
        "an empty own strategy is and",
        asks("iubenda", "X", "Y", resolutionStrategy=""),
        client("iubenda", "X", resolution_strategy="or"),
        False,
    ),
    (
        "own strategy wins for custom",
        asks("custom", "X", "Y", resolutionStrategy="and"),
        client("custom", "X", resolution_strategy="or"),
        False,
    ),
    (
        "the workspace's strategy stands in",
        asks("custom", "X", "Y"),
        client("custom", "X", resolution_strategy="or"),
        True,
    ),
    (
        "oneTrust ignores the own strategy",
        asks("oneTrust", "X", "Y", resolutionStrategy="or"),
        client("oneTrust", "X"),
        False,
    ),
    (
        "ketch ignores the own strategy",
        asks("ketch", "X", "Y", resolutionStrategy="and"),
        client("ketch", "X", resolution_strategy="or"),
        True,
    ),
    ("other provider's entry", asks("ketch", "X"), client("custom"), True),
    (
        "the first entry of a provider counts",
        {"consentManagement": [*asks("custom", "X")["consentManagement"], *asks("custom", "Y")["consentManagement"]]},
        client("custom", "Y"),
        False,
    ),
    ("entry without consents", {"consentManagement": [{"provider": "custom"}]}, client("custom"), True),
    ("unknown provider switches consent off", asks("mystery", "X"), client("mystery"), True),
    ("not initialised", asks("custom", "X"), client("custom", initialized=False), True),
    (
        "pre-consent and not initialised",
        asks("custom", "X"),
        client("custom", initialized=False, pre_consent=True),
        False,
    ),
    ("pre-consent and initialised", asks("custom", "X"), client("custom", "X", pre_consent=True), True),
    (
        "pre-consent without consent management",
        asks("custom", "X"),
        ClientConsent(initialized=False, pre_consent=True),
        True,
    ),
    ("old OneTrust key wants every category", one_trust("P", "Q"), client("oneTrust", "P"), False),
    ("old OneTrust key satisfied", one_trust("P", ""), client("oneTrust", "P"), True),
    ("old Ketch key wants any purpose", ketch("P", "Q"), client("ketch", "P"), True),
    ("old Ketch key with none allowed", ketch("P"), client("ketch"), False),
    ("old Ketch key that names nothing", ketch(), client("ketch"), True),
    ("old keys mean nothing to custom", {**one_trust("P"), **ketch("P")}, client("custom"), True),
    ("an empty list hides old keys", {"consentManagement": [], **one_trust("P")}, client("oneTrust"), True),
    ("null hides nothing", {"consentManagement": None, **one_trust("P")}, client("oneTrust"), False),
    ("what throws counts as consented: no list", {"consentManagement": {"a": 1}}, client("custom"), True),
    ("what throws counts as consented: null entry", {"consentManagement": [None]}, client("custom"), True),
    (
        "what throws counts as consented: consent without id",
        {"consentManagement": [{"provider": "custom", "consents": [{}]}]},
        client("custom"),
        True,
    ),
    ("what throws counts as consented: old key", {"oneTrustCookieCategories": "x"}, client("oneTrust"), True),
    (
        "an entry that is no object names no provider",
        {"consentManagement": ["x", *asks("custom", "X")["consentManagement"]]},
        client("custom"),
        False,
    ),
]


@pytest.mark.parametrize("code", ["web", "web-v1.1"])
@pytest.mark.parametrize(("what", "config", "state", "consented"), WEB_CASES)
def test_web_consent(code: Code, what: str, config: dict[str, Any], state: ClientConsent, consented: bool) -> None:
    assert device_consents(code, config, state) is consented, what


MOBILE_CASES: list[tuple[str, dict[str, Any], ClientConsent, bool]] = [
    ("the app said yes", one_trust("P"), ClientConsent(app_consents=True), True),
    ("the app said no", {}, ClientConsent(app_consents=False), False),
    ("explicitly refused", one_trust("P", "Q"), client("oneTrust", denied=("Q",)), False),
    ("unknown passes", one_trust("P"), client("oneTrust"), True),
    ("the new key is not read", asks("oneTrust", "P"), client("oneTrust", denied=("P",)), True),
    ("no filter for other providers", ketch("P"), client("ketch", denied=("P",)), True),
    ("a broken list asks for nothing", {"oneTrustCookieCategories": "P"}, client("oneTrust", denied=("P",)), True),
    ("a broken entry asks for nothing", {"oneTrustCookieCategories": [None]}, client("oneTrust", denied=("P",)), True),
]


@pytest.mark.parametrize("code", ["android", "ios"])
@pytest.mark.parametrize(("what", "config", "state", "consented"), MOBILE_CASES)
def test_legacy_mobile_consent(
    code: Code, what: str, config: dict[str, Any], state: ClientConsent, consented: bool
) -> None:
    assert device_consents(code, config, state) is consented, what


@pytest.mark.parametrize("code", ["kotlin", "swift", "swift-v2"])
def test_kotlin_and_swift_have_no_consent_code(code: Code) -> None:
    refused = client("oneTrust", denied=("P",), app_consents=False, pre_consent=True)
    assert device_consents(code, {**one_trust("P"), **asks("oneTrust", "P")}, refused)


def test_which_sdks_read_consent() -> None:
    assert {code for code in CODES if reads_consent(code)} == {"web", "web-v1.1", "android", "ios"}
