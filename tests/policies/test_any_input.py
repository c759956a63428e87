"""Whatever JSON a config or an event holds, every SDK gets an answer, and deciding and explaining agree on it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from policies import decide
from policies.capabilities import MESSAGE_TYPES, MODES, Mode
from policies.client_consent import PROVIDERS, ClientConsent
from policies.connection import RULESETS, Ruleset
from policies.decide import compile_on_device
from policies.domain import connection_in, every_sdk
from policies.facts import ORIGINS, Facts
from policies.rules import CLOUD, DEVICE
from policies.sdks import SDKS

IDS = {rule.id for rule in (*DEVICE, *CLOUD)}
KEYS = (
    "connectionMode",
    "dataCenter",
    "appKey",
    "supportDedup",
    "eventFilteringOption",
    "whitelistedEvents",
    "blacklistedEvents",
    "eventName",
    "consentManagement",
    "provider",
    "consents",
    "consent",
    "oneTrustCookieCategories",
    "ketchConsentPurposes",
    "trackAnonymousUser",
    "usePlatformSpecificApiKeys",
    "All",
    "Braze",
    "products",
    "campaign",
    "deniedConsentIds",
)
WORDS = ("hybrid", "device", "US-03", "whitelistedEvents", "blacklistedEvents", "custom", "oneTrust", "Seen", "k")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(WORDS) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
configs = st.dictionaries(st.sampled_from(KEYS), json_values, max_size=10)
clients = st.none() | st.builds(
    ClientConsent,
    provider=st.sampled_from([*sorted(PROVIDERS), "other", ""]),
    initialized=st.booleans(),
    allowed=st.lists(st.sampled_from(WORDS)).map(tuple),
    denied=st.lists(st.sampled_from(WORDS)).map(tuple),
    resolution_strategy=st.sampled_from([None, "and", "or", ""]),
    pre_consent=st.booleans(),
    app_consents=st.sampled_from([None, True, False]),
)
events = st.builds(
    Facts,
    type=st.sampled_from([*MESSAGE_TYPES, "", "Track", "reset"]),
    origin=st.sampled_from(ORIGINS),
    returned_from_braze=st.booleans(),
    name=st.none() | st.sampled_from(["Seen", "Order Completed", "Install Attributed", "", " Seen "]),
    odd_name=json_values,
    user_id=st.sampled_from(["", "u"]),
    integrations=st.just(UNSET) | json_values,
    consent_management=json_values,
    properties=st.just(UNSET) | json_values,
    client=clients,
    suppressed=st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([*SDKS.values(), None]), configs, events)
def test_a_device_judges_any_config_and_event(sdk: Any, config: dict[str, Any], facts: Facts) -> None:
    policy = compile_on_device(sdk, config)
    decided, explained = policy.decide(facts), policy.explain(facts)
    assert decided.device == explained.device
    assert decided.device.rule in IDS


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted({kind for kind, _ in every_sdk()})),
    st.sampled_from(MODES),
    st.sampled_from(RULESETS),
    events,
)
def test_a_connection_decides_any_event(source_type: Any, mode: Mode, ruleset: Ruleset, facts: Facts) -> None:

    policy = decide.compile(connection_in(source_type, mode), ruleset)
    decided, explained = policy.decide(facts), policy.explain(facts)
    assert (decided.device, decided.cloud) == (explained.device, explained.cloud)
    assert {decided.device.rule, decided.cloud.rule} <= IDS
    assert all(step.why for step in explained.steps)
