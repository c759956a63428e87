"""Classification: what of an event becomes a fact, provenance of auto-generated events, marks that contradict the source."""

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from policies.capabilities import SourceType
from policies.connection import Source
from router.classify import AUTO_GENERATED, classify, is_auto_generated, mismatch, platform_marks
from router.events import Message, decode_message

WEB = Source(id="shop", type="web")
CURRENTS = Source(id="currents", type="cloud", definition="Braze")
SERVER = Source(id="server", type="cloud")
OPENED = "users.messages.pushnotification.Open"
MARKED = {"context": {"integration": {"name": "Braze"}}, "integrations": {"Braze": False}}


def message(**parts: Any) -> Message:
    return decode_message(msgspec.json.encode(parts))


@pytest.mark.parametrize(
    ("stated", "kind"), [("track", "track"), (" Track ", "track"), ("", ""), (None, ""), (5, ""), (["track"], "")]
)
def test_the_type_is_trimmed_and_lower_cased(stated: Any, kind: str) -> None:
    assert classify(message(type=stated), WEB).type == kind


@pytest.mark.parametrize(
    ("event", "name", "odd"), [("Seen", "Seen", None), ("", "", None), (None, None, None), (5, None, 5), ({}, None, {})]
)
def test_a_name_is_a_text_or_odd(event: Any, name: str | None, odd: Any) -> None:
    facts = classify(message(type="track", event=event), WEB)
    assert (facts.name, facts.odd_name) == (name, odd)


@pytest.mark.parametrize(("user_id", "text"), [("u-1", "u-1"), (" u ", "u"), (7, "7"), (None, ""), ("", "")])
def test_ids_are_texts(user_id: Any, text: str) -> None:
    facts = classify(message(userId=user_id, anonymousId=user_id), WEB)
    assert (facts.user_id, facts.anonymous_id) == (text, text)


def test_what_the_gates_read_is_handed_on_as_it_stands() -> None:
    consent = {"deniedConsentIds": ["x"]}
    facts = classify(
        message(integrations={"All": False}, properties={"a": 1}, context={"consentManagement": consent}), WEB
    )
    assert (facts.integrations, facts.properties, facts.consent_management) == ({"All": False}, {"a": 1}, consent)


def test_absent_and_null_integrations_are_two_things_but_not_properties() -> None:
    absent, null = classify(message(), WEB), classify(message(integrations=None, properties=None), WEB)
    assert (absent.integrations, null.integrations) == (UNSET, None)
    assert (absent.properties, null.properties) == (UNSET, UNSET)


ORIGINS: list[tuple[str, dict[str, Any], Source, str, bool]] = [
    ("a user's event", {"type": "track", "event": "Seen"}, WEB, "user", False),
    ("a user's event with a Currents name", {"type": "track", "event": OPENED}, WEB, "user", False),
    ("an event that says it is auto", {"type": "track", "context": {"origin": "auto"}}, WEB, "auto", False),
    ("any other origin means nothing", {"type": "track", "context": {"origin": "Auto"}}, WEB, "user", False),
    ("a Currents event of the device", {"type": "track", "event": OPENED}, CURRENTS, "auto", True),
    ("a Currents event of the server", {"type": "track", "event": "users.messages.email.Send"}, CURRENTS, "user", True),
    (
        "a Currents echo of a custom event",
        {"type": "track", "event": "users.behaviors.CustomEvent"},
        CURRENTS,
        "user",
        True,
    ),
    ("a Currents event without name", {"type": "track"}, CURRENTS, "user", True),
    ("both marks on a nameless definition", {"event": OPENED, **MARKED}, SERVER, "auto", True),
    ("one mark alone", {"event": OPENED, "integrations": {"Braze": False}}, SERVER, "user", False),
    ("both marks on a web source", {"event": OPENED, **MARKED}, WEB, "user", False),
    (
        "both marks on another definition",
        {"event": OPENED, **MARKED},
        msgspec.structs.replace(SERVER, definition="HTTP"),
        "user",
        False,
    ),
]


@pytest.mark.parametrize(("what", "parts", "source", "origin", "returned"), ORIGINS)
def test_auto_generated_events_are_known_by_provenance(
    what: str, parts: dict[str, Any], source: Source, origin: str, returned: bool
) -> None:
    facts = classify(message(**parts), source)
    assert (facts.origin, facts.returned_from_braze) == (origin, returned), what


@pytest.mark.parametrize(
    "name", [*sorted(AUTO_GENERATED), "users.behaviors.app.NewOne", "users.messages.featureflag.Shown"]
)
def test_events_of_the_device_are_recognised(name: str) -> None:
    assert is_auto_generated(name)


@pytest.mark.parametrize(
    "name", ["users.messages.email.Open", "users.behaviors.CustomEvent", "users.canvas.Entry", None]
)
def test_events_of_the_server_are_not(name: str | None) -> None:
    assert not is_auto_generated(name)


def library(name: str, **more: Any) -> dict[str, Any]:
    return {"context": {"library": {"name": name}, **more}}


MARKS: list[tuple[dict[str, Any], SourceType | None]] = [
    ({}, None),
    ({"context": 5}, None),
    ({"context": {"integration": {"name": "Braze"}}, "channel": "web"}, "cloud"),
    ({"channel": "sources"}, "warehouse"),
    ({"context": {"sources": {"job_id": "j"}}}, "warehouse"),
    ({"context": {"channel": "sources"}}, "warehouse"),
    (library("RudderLabs JavaScript SDK"), "web"),
    (library("com.rudderstack.android.sdk.core"), "android"),
    (library("com.rudderstack.sdk.kotlin.android"), "androidKotlin"),
    (library("rudder-ios-library"), "ios"),
    (library("rudder-sdk-swift"), "iosSwift"),
    (library("RudderStack Shopify Cloud"), "shopify"),
    (library("analytics-node"), "cloud"),
    (library("mine", platform="AMP"), "amp"),
    ({"channel": "server"}, "cloud"),
    ({"channel": "web"}, "web"),
    ({"channel": "mobile", "context": {"os": {"name": "Android"}}}, "android"),
    ({"channel": "mobile", "context": {"os": {"name": "iPadOS"}}}, "ios"),
    ({"channel": "mobile"}, None),
    ({"channel": "kiosk"}, None),
]


@pytest.mark.parametrize(("parts", "source_type"), MARKS)
def test_an_events_own_marks_suggest_a_platform(parts: dict[str, Any], source_type: SourceType | None) -> None:
    assert platform_marks(message(**parts)) == source_type


@pytest.mark.parametrize(
    ("parts", "source_type", "fits"),
    [
        (library("RudderLabs JavaScript SDK"), "web", True),
        (library("RudderLabs JavaScript SDK"), "flutter", True),
        (library("RudderLabs JavaScript SDK"), "android", False),
        (library("com.rudderstack.android.sdk.core"), "reactnative", True),
        (library("rudder-ios-library"), "unity", True),
        (library("rudder-ios-library"), "web", False),
        (library("com.rudderstack.sdk.kotlin.android"), "android", False),
        (library("Rudderstack AMP SDK"), "amp", True),
        ({"channel": "sources"}, "warehouse", True),
        ({}, "web", True),
    ],
)
def test_marks_that_contradict_the_source_are_reported_and_not_obeyed(
    parts: dict[str, Any], source_type: SourceType, fits: bool
) -> None:
    told = mismatch(message(**parts), Source(id="s", type=source_type))
    assert (told is None) is fits
    assert fits or "the source decides" in str(told)
