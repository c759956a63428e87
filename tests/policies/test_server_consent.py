"""Consent on the server: denied ids against what the destination asks for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.server_consent import server_consent


def asks(provider: Any, *consents: Any, strategy: Any = None) -> dict[str, Any]:
    entry = {"provider": provider, "consents": [{"consent": name} for name in consents], "resolutionStrategy": strategy}
    return {"consentManagement": [entry]}


def denies(*ids: Any, provider: Any = "custom", strategy: Any = None) -> dict[str, Any]:
    return {"provider": provider, "deniedConsentIds": list(ids), "resolutionStrategy": strategy}


ONE_TRUST = {"oneTrustCookieCategories": [{"oneTrustCookieCategory": "P"}, {"oneTrustCookieCategory": "Q"}]}
KETCH = {"ketchConsentPurposes": [{"purpose": "P"}, {"purpose": "Q"}]}

CASES: list[tuple[str, dict[str, Any], Any, str | None]] = [
    ("nothing stated", asks("custom", "X"), None, None),
    ("nothing denied", asks("custom", "X"), {"provider": "custom", "allowedConsentIds": []}, None),
    ("blank denials count for nothing", asks("custom", "X"), denies("", None), None),
    ("denials that are no list", asks("custom", "X"), {"provider": "custom", "deniedConsentIds": "X"}, None),
    ("one of several denied", asks("custom", "X", "Y"), denies("X"), "consentManagement"),
    ("or: one of several denied", asks("custom", "X", "Y", strategy="or"), denies("X"), None),
    ("or: all denied", asks("custom", "X", "Y", strategy="or"), denies("X", "Y", "Z"), "consentManagement"),
    (
        "custom takes the destination's strategy",
        asks("custom", "X", "Y", strategy="or"),
        denies("X", strategy="and"),
        None,
    ),
    (
        "others take the event's strategy",
        asks("ketch", "X", "Y", strategy="and"),
        denies("X", provider="ketch", strategy="or"),
        None,
    ),
    (
        "others without one: and",
        asks("ketch", "X", "Y", strategy="or"),
        denies("X", provider="ketch"),
        "consentManagement",
    ),
    ("ids are not trimmed", asks("custom", " X "), denies("X"), None),
    ("case matters", asks("custom", "x"), denies("X"), None),
    ("another provider's consents", asks("ketch", "X"), denies("X"), None),
    ("an odd provider is none", asks("custom", "X"), denies("X", provider=["custom"]), None),
    ("OneTrust: any category", ONE_TRUST, denies("P", provider="oneTrust"), "oneTrustCookieCategories"),
    ("OneTrust: without provider", ONE_TRUST, denies("P", provider=""), "oneTrustCookieCategories"),
    ("OneTrust: another provider", ONE_TRUST, denies("P", provider="custom"), None),
    ("Ketch: not all purposes", KETCH, denies("P", provider="ketch"), None),
    ("Ketch: all purposes", KETCH, denies("P", "Q", provider="ketch"), "ketchConsentPurposes"),
    ("Ketch: without provider", KETCH, denies("P", "Q", provider=None), "ketchConsentPurposes"),
    (
        "generic consents hide the old keys",
        {**asks("oneTrust", "X"), **ONE_TRUST},
        denies("P", provider="oneTrust"),
        None,
    ),
    (
        "an empty generic entry does not",
        {**asks("oneTrust"), **ONE_TRUST},
        denies("P", provider="oneTrust"),
        "oneTrustCookieCategories",
    ),
    (
        "blank consents ask for nothing",
        {**asks("oneTrust", " "), **ONE_TRUST},
        denies("P", provider="oneTrust"),
        "oneTrustCookieCategories",
    ),
    ("an entry without provider is ignored", asks(None, "X"), denies("X", provider=""), None),
]


@pytest.mark.parametrize(("what", "config", "stated", "key"), CASES)
def test_what_the_server_drops(what: str, config: dict[str, Any], stated: Any, key: str | None) -> None:
    assert server_consent(config).drops(stated) == key, what


@pytest.mark.parametrize(
    ("config", "off"),
    [({}, True), (asks("custom"), True), (asks("custom", "X"), False), (ONE_TRUST, False), (KETCH, False)],
)
def test_a_destination_that_asks_for_nothing_drops_nothing(config: dict[str, Any], off: bool) -> None:
    assert server_consent(config).is_off is off


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["provider", "deniedConsentIds", "consents", "consent"]), inner)
    ),
)


@given(_json, _json)
def test_any_json_gets_an_answer(config: Any, stated: Any) -> None:
    prepared = server_consent({"consentManagement": config, "ketchConsentPurposes": config})
    assert prepared.drops(stated) in {None, "consentManagement", "ketchConsentPurposes"}
