"""A masked event decides as the event itself, and tells nothing of the people behind it."""

import json
from itertools import product
from typing import Any

import pytest

from policies.capabilities import SOURCE_TYPES
from policies.connection import with_modes
from router.recording.masking import Mask, Masking
from router.simulation.plan.planning import plan
from tests.simulation.plan.lines import every_source
from tests.simulation.plan.recount import units_of
from tests.simulation.plan.test_keys import MARKS, SOURCES, messages

KEY = b"k" * 32
DROP = Masking(traits="drop", properties="drop")
HASH = Masking(traits="hash", properties="hash")
EVENT: dict[str, Any] = {
    "type": "identify",
    "messageId": "m-1",
    "userId": "ada@example.com",
    "anonymousId": "a-17",
    "groupId": 7001,
    "name": "Ada's page",
    "channel": "web",
    "event": "Signed Up",
    "integrations": {"All": True, "Braze": {"appId": "secret-app"}},
    "timestamp": "2026-05-04T08:00:00.000Z",
    "traits": {"email": "ada@example.com", "plan": "gold", "age": 36, "vip": True, "pets": [{"name": "Rex"}]},
    "properties": {"coupon": "ADA10", "price": 12.5, "note": "", "nothing": None},
    "context": {
        "ip": "192.0.2.7",
        "userAgent": "Ada/1.0",
        "device": {"id": "dev-ada", "type": "Android"},
        "traits": {"phone": "+44123456"},
        "library": {"name": "RudderLabs JavaScript SDK", "version": "3"},
        "externalId": [{"type": "brazeExternalId", "id": "ada-ext"}],
        "page": {"url": "https://shop.example/ada"},
    },
    "unknownThing": "ada@",
}
PRIVATE = (
    "ada@",
    "Ada's",
    "7001",
    "a-17",
    "secret-app",
    "192.0.2.7",
    "Rex",
    "+44123456",
    "gold",
    "ADA10",
    "12.5",
    "dev-ada",
    "/ada",
)


@pytest.mark.parametrize("masking", [DROP, HASH, Masking()], ids=["drop", "hash", "default"])
def test_nothing_of_the_person_is_left(masking: Masking) -> None:
    text = json.dumps(Mask(masking, KEY).event(EVENT, kind="identify"))
    assert [word for word in PRIVATE if word in text] == []


def test_what_decides_stays() -> None:
    masked = Mask(DROP, KEY).event(EVENT, kind="identify")
    assert {name: masked[name] for name in ("type", "event", "channel", "messageId", "timestamp")} == {
        "type": "identify",
        "event": "Signed Up",
        "channel": "web",
        "messageId": "m-1",
        "timestamp": EVENT["timestamp"],
    }
    assert masked["integrations"] == {"All": True, "Braze": {}}
    assert masked["context"] == {
        "device": {"type": "Android"},
        "library": {"name": "RudderLabs JavaScript SDK", "version": "3"},
        "traits": {},
    }
    assert (masked["traits"], masked["properties"]) == ({}, {})


def test_hashing_keeps_the_shape_and_tells_equal_from_different() -> None:
    mask = Mask(HASH, KEY)
    masked = mask.event(EVENT, kind="identify")
    assert set(masked["traits"]) == set(EVENT["traits"])
    assert masked["traits"]["vip"] is True
    assert list(masked["traits"]["pets"][0]) == ["name"]
    assert (masked["properties"]["note"], masked["properties"]["nothing"]) == ("", None)
    assert masked["properties"]["price"] > 0
    assert masked["traits"]["email"] == masked["userId"] != masked["traits"]["plan"]
    assert mask.event({"userId": "ada@example.com "}, kind="track")["userId"] == masked["userId"]


def test_a_list_keeps_what_it_names_and_nothing_else() -> None:
    masking = Masking(traits="drop", properties="drop", keep_traits=("plan",), keep_properties=("price",))
    masked = Mask(masking, KEY).event(EVENT, kind="identify")
    assert (masked["traits"], masked["properties"]) == ({"plan": "gold"}, {"price": 12.5})


def test_another_recording_has_other_hashes() -> None:
    one, two = (Mask(HASH, key).event(EVENT, kind="identify") for key in (KEY, b"x" * 32))
    assert one["userId"] != two["userId"]
    assert one["traits"]["plan"] != two["traits"]["plan"]


@pytest.mark.parametrize("masking", [DROP, HASH], ids=["drop", "hash"])
def test_a_plan_on_masked_traffic_counts_what_a_plan_on_the_traffic_itself_counts(masking: Masking) -> None:
    consent = {
        "consentManagement": [
            {"provider": "custom", "resolutionStrategy": "and", "consents": [{"consent": "marketing"}]}
        ]
    }
    old = every_source(**consent, eventFilteringOption="blacklistedEvents", blacklistedEvents=[{"eventName": "Ping"}])
    new = with_modes(old, dict.fromkeys(SOURCE_TYPES, "cloud"))
    mask = Mask(masking, KEY)
    original, masked = [], []
    for source, message in product(SOURCES, [*messages(), *MARKS]):
        kind = str(message.get("type") or "").strip().lower() if isinstance(message.get("type"), str) else ""
        original.append(json.dumps({"source": source, "message": message}).encode())
        masked.append(json.dumps({"source": source, "message": mask.event(message, kind=kind)}).encode())
    assert units_of(plan(old, new, original)) == units_of(plan(old, new, masked))


def test_the_marks_of_a_platform_stay() -> None:
    mask = Mask(DROP, KEY)
    old = every_source()
    new = with_modes(old, {"web": "device", "cloud": "cloud"})
    masked = [json.dumps(mask.event(each, kind="track")).encode() for each in MARKS]
    typed = [json.dumps({**each, "type": "track"}).encode() for each in MARKS]
    assert units_of(plan(old, new, typed)) == units_of(plan(old, new, masked))
