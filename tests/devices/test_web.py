"""The web integration: the vectors recorded from RudderStack's own code, and the cases that the vectors leave out."""

import json
from pathlib import Path
from typing import Any

import pytest

from router import devices
from router.devices import DeviceState, SdkError, calls
from router.devices.replay import Answer, Case, Step, replay

VECTORS = Path(__file__).parents[2] / "fixtures" / "conformance" / "device-web.jsonl"
DEVICE = {"connectionMode": "device", "appKey": "A", "dataCenter": "US-03"}
DEDUP = DEVICE | {"supportDedup": True}


def identify(user_id: Any = "u1", **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user_id, "context": {"traits": traits}}


def track(name: Any, properties: Any, **parts: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": name, "properties": properties} | parts


def order(products: Any, **properties: Any) -> dict[str, Any]:
    return track("order COMPLETED", {"products": products} | properties)


def run(config: dict[str, Any], *events: dict[str, Any], state: DeviceState | None = None) -> list[Any]:
    """The calls of every event in turn."""
    state, done = state or DeviceState(), []
    for event in events:
        each, state = calls("web", config, state, event, verdict="deliver")
        done.append(each)
    return done


def vectors() -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, VECTORS.read_text().splitlines())]


@pytest.mark.parametrize("case", vectors())
def test_the_calls_are_those_that_rudderstacks_own_code_made(case: dict[str, Any]) -> None:
    steps = [Step(event=step["event"]) for step in case["steps"]]
    story = replay(Case(sdk=case["sdk"], config=case["config"], steps=steps), devices)
    answers = [answer for answer in story.steps if isinstance(answer, Answer)]
    assert [answer.calls for answer in answers] == [step["calls"] for step in case["steps"]]
    threw = [step.get("threw", "(no handler)") != "(no handler)" for step in case["steps"]]
    assert [answer.rule == "device/sdk-error" for answer in answers] == threw
    assert [answer.error is not None for answer in answers] == threw


def test_there_are_19_vectors() -> None:
    assert len(vectors()) == 19


IDENTIFY: list[tuple[Any, ...]] = [
    ("empty user id", identify(""), [["changeUser", ""]]),
    ("no user id", {"type": "identify", "context": {}}, [["changeUser", "__undefined__"]]),
    ("null user id and no context", {"type": "identify", "userId": None}, [["changeUser", None]]),
    ("falsy standard traits", identify(email="", phone=0, gender=None, address=None), [["changeUser", "u1"]]),
    (
        "raw values",
        identify(email=5, phone=["1"]),
        [["changeUser", "u1"], ["user.setEmail", 5], ["user.setPhoneNumber", ["1"]]],
    ),
    (
        "camel case before lower case",
        identify(firstname="low", firstName="camel", lastName="", lastname="low"),
        [["changeUser", "u1"], ["user.setFirstName", "camel"], ["user.setLastName", "low"]],
    ),
    ("gender that is no text", identify(gender=1), [["changeUser", "u1"], ["user.setGender", "__undefined__"]]),
    ("gender with a space", identify(gender=" female "), [["changeUser", "u1"], ["user.setGender", "m"]]),
    ("gender in capitals", identify(gender="WOMAN"), [["changeUser", "u1"], ["user.setGender", "f"]]),
    (
        "birthday with an offset",
        identify(birthday="2000-10-23T23:30:00-05:00"),
        [["changeUser", "u1"], ["user.setDateOfBirth", 2000, 10, 24]],
    ),
    ("birthday that is no date", identify(birthday="soon", dob="2000-01-01"), [["changeUser", "u1"]]),
    (
        "integer keys first",
        identify(b=1, **{"10": 2, "9": 3, "01": 4}),
        [
            ["changeUser", "u1"],
            ["user.setCustomUserAttribute", "9", 3],
            ["user.setCustomUserAttribute", "10", 2],
            ["user.setCustomUserAttribute", "b", 1],
            ["user.setCustomUserAttribute", "01", 4],
        ],
    ),
    (
        "traits that are a list",
        {"type": "identify", "userId": "u1", "context": {"traits": [1]}},
        [["changeUser", "u1"]],
    ),
    ("root traits", {"type": "identify", "userId": "u1", "traits": {"email": "e"}}, [["changeUser", "u1"]]),
    (
        "external id",
        {"type": "identify", "userId": "u1", "context": {"externalId": [{"type": "brazeExternalId", "id": "x"}]}},
        [["changeUser", "u1"]],
    ),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in IDENTIFY], ids=[row[0] for row in IDENTIFY])
def test_identify_without_dedup(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(DEVICE, event) == [expected]


REPEATED: list[tuple[Any, ...]] = [
    ("same traits", {"email": "e", "plan": "p"}, {"email": "e", "plan": "p"}, []),
    (
        "changed traits, in the order of a repeat",
        {"email": "e", "firstName": "a", "phone": "1", "birthday": "2000-01-01"},
        {"email": "f", "firstName": "b", "phone": "2", "birthday": "2000-01-02"},
        [
            ["user.setEmail", "f"],
            ["user.setPhoneNumber", "2"],
            ["user.setDateOfBirth", 2000, 1, 2],
            ["user.setFirstName", "b"],
        ],
    ),
    ("gender that maps to the same", {"gender": "f"}, {"gender": "woman"}, []),
    ("gender that maps to another", {"gender": "f"}, {"gender": "o"}, [["user.setGender", "m"]]),
    ("email that is an object", {"email": {"a": 1}}, {"email": {"a": 1}}, [["user.setEmail", {"a": 1}]]),
    ("number of the other kind", {"n": 1}, {"n": 1.0}, []),
    ("true is not 1", {"n": 1}, {"n": True}, [["user.setCustomUserAttribute", "n", True]]),
    (
        "falsy values every time",
        {"a": 0, "b": False, "c": "", "d": None},
        {"a": 0, "b": False, "c": "", "d": None},
        [
            ["user.setCustomUserAttribute", "a", 0],
            ["user.setCustomUserAttribute", "b", False],
            ["user.setCustomUserAttribute", "c", ""],
            ["user.setCustomUserAttribute", "d", None],
        ],
    ),
    ("removed traits", {"email": "e", "plan": "p"}, {}, []),
    (
        "lower case name remembered before camel case",
        {"firstName": "camel", "firstname": "low"},
        {"firstName": "camel"},
        [["user.setFirstName", "camel"]],
    ),
    ("dob instead of birthday", {"birthday": "2000-01-01"}, {"dob": "2000-01-01"}, []),
]


@pytest.mark.parametrize(
    ("first", "second", "expected"), [row[1:] for row in REPEATED], ids=[row[0] for row in REPEATED]
)
def test_a_repeated_identify_of_the_same_user_sends_what_changed(
    first: dict[str, Any], second: dict[str, Any], expected: list[Any]
) -> None:
    assert run(DEDUP, identify(**first), identify(**second))[1] == expected


def test_another_user_gets_everything() -> None:
    assert run(DEDUP, identify("u1", email="e"), identify("u2", email="e"))[1] == [
        ["changeUser", "u2"],
        ["user.setEmail", "e"],
    ]


def test_a_trait_missing_from_one_identify_is_forgotten_and_sent_again() -> None:
    done = run(DEDUP, identify(email="e", plan="p"), identify(email="e"), identify(email="e", plan="p"))
    assert done[1:] == [[], [["user.setCustomUserAttribute", "plan", "p"]]]


def test_a_custom_trait_after_an_identify_without_traits_throws_and_state_stays() -> None:
    _, state = calls(
        "web", DEDUP, DeviceState(), {"type": "identify", "userId": "u1", "context": {}}, verdict="deliver"
    )
    with pytest.raises(SdkError, match="Cannot read properties of undefined") as raised:
        calls("web", DEDUP, state, identify(email="e", plan="p"), verdict="deliver")
    assert raised.value.calls == (["user.setEmail", "e"],)
    assert run(DEDUP, identify(email="e"), state=state) == [[["user.setEmail", "e"]]]


def test_nobody_twice_counts_as_the_same_user() -> None:
    nobody = {"type": "identify", "context": {"traits": {"email": "e"}}}
    assert run(DEDUP, nobody, nobody)[1] == []


def test_a_message_too_large_for_a_cookie_is_not_remembered() -> None:
    large = identify(email="e", story="x" * 5000)
    assert run(DEDUP, large, large)[1] == run(DEDUP, large)[0]


def test_the_cookie_outlives_reset_and_restart() -> None:
    _, state = calls("web", DEDUP, DeviceState(), identify(email="e"), verdict="deliver")
    assert run(DEDUP, identify(email="e"), state=state.after_reset().after_restart()) == [[]]


def test_without_dedup_nothing_is_remembered() -> None:
    _, state = calls("web", DEVICE, DeviceState(), identify(email="e"), verdict="deliver")
    assert state.cookie is None


TRACK: list[tuple[Any, ...]] = [
    ("name that is a number", track(5, {}), SdkError),
    ("name that is an object", track({}, {}), SdkError),
    ("absent properties", {"type": "track", "event": "X", "userId": "u1"}, [["logCustomEvent", "X", {}]]),
    ("properties that are a text", track("X", "abc"), [["logCustomEvent", "X", "abc"]]),
    (
        "reserved properties",
        track(
            "X",
            {"time": 1, "product_id": 2, "quantity": 3, "event_name": 4, "price": 5, "currency": 6, "o": {"time": 1}},
        ),
        [["logCustomEvent", "X", {"o": {"time": 1}}]],
    ),
    ("name with a space", track("Order Completed ", {"a": 1}), [["logCustomEvent", "Order Completed ", {"a": 1}]]),
    ("numeric user", track("X", {}, userId=7), [["logCustomEvent", "X", {}]]),
    ("user zero", track("X", {}, userId=0), []),
    (
        "purchases",
        order(
            [
                {"product_id": "p", "price": "9.5", "quantity": 2, "colour": "red"},
                {"product_id": 7, "price": 1, "quantity": "1"},
            ],
            currency="EUR",
            price=3,
            order_id="o",
        ),
        [
            ["logPurchase", "p", "9.5", "EUR", 2, {"price": 3, "order_id": "o"}],
            ["logPurchase", 7, 1, "EUR", "1", {"price": 3, "order_id": "o"}],
        ],
    ),
    (
        "missing currency",
        order([{"product_id": "p", "price": 1, "quantity": 1}]),
        [["logPurchase", "p", 1, "__undefined__", 1, {}]],
    ),
    (
        "null currency",
        order([{"product_id": "p", "price": 1, "quantity": 1}], currency=None),
        [["logPurchase", "p", 1, None, 1, {}]],
    ),
    (
        "incomplete products",
        order(
            [
                {"product_id": "p", "price": 0, "quantity": 1},
                {"price": 1, "quantity": 1},
                {"product_id": "p", "price": 1},
                "x",
            ]
        ),
        [],
    ),
    ("no products", order([]), []),
    ("products that are no list", order({"product_id": "p", "price": 1, "quantity": 1}), []),
    ("null product", order([{"product_id": "p", "price": 1, "quantity": 1}, None]), SdkError),
    ("order without properties", track("Order Completed", None), SdkError),
    ("order with a text", track("Order Completed", "abc"), []),
    (
        "products in another spelling",
        order([{"product_id": "p", "price": 1, "quantity": 1}], Currency="x", currency="EUR", other=1),
        [["logPurchase", "p", 1, "EUR", 1, {"currency": "EUR", "other": 1}]],
    ),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in TRACK], ids=[row[0] for row in TRACK])
def test_track(event: dict[str, Any], expected: Any) -> None:
    if expected is SdkError:
        with pytest.raises(SdkError):
            run(DEVICE, event)
    else:
        assert run(DEVICE, event) == [expected]


def test_what_was_logged_before_it_threw_is_known() -> None:
    with pytest.raises(SdkError) as raised:
        run(DEVICE, order([{"product_id": "p", "price": 1, "quantity": 1}, None]))
    assert raised.value.calls == (["logPurchase", "p", 1, "__undefined__", 1, {}],)


PAGE: list[tuple[Any, ...]] = [
    ("name that is a number", {"name": 5, "properties": {}}, [["logCustomEvent", 5, {}]]),
    ("empty name", {"name": "", "properties": {"price": 1, "a": 2}}, [["logCustomEvent", "Page View", {"a": 2}]]),
    ("absent properties", {"name": "Home"}, [["logCustomEvent", "Home", {}]]),
]


@pytest.mark.parametrize(("event", "expected"), [row[1:] for row in PAGE], ids=[row[0] for row in PAGE])
def test_page(event: dict[str, Any], expected: list[Any]) -> None:
    assert run(DEVICE, {"type": "page"} | event) == [expected]


RECOMMENDED: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("boolean id", "Product Viewed", {"product_id": True}, {"product_id": True, "variant_id": True, "source": "web"}),
    ("null properties", "Order Refunded", None, {"source": "web"}),
    ("text properties", "Order Refunded", "ab", {"source": "web", "metadata": {"0": "a", "1": "b"}}),
    (
        "plain decimals only",
        "Order Refunded",
        {"total": " +1.50 ", "discount": "0x10"},
        {"total_value": 1.5, "total_discounts": "0x10", "source": "web"},
    ),
    (
        "an overflowing decimal stays a text",
        "Order Refunded",
        {"total": "9" * 400},
        {"total_value": "9" * 400, "source": "web"},
    ),
    (
        "action of another event goes into metadata",
        "Order Cancelled",
        {"action": "x", "cart_id": "c", "source": "ios"},
        {"source": "web", "metadata": {"action": "x", "cart_id": "c"}},
    ),
    (
        "cart revenue is no total",
        "Product Added",
        {"revenue": 3, "sku": "s"},
        {
            "products": [{"product_id": "s", "variant_id": "s"}],
            "source": "web",
            "action": "add",
            "metadata": {"revenue": 3},
        },
    ),
    (
        "empty and odd products",
        "Checkout Started",
        {"products": [{}, None, {"colour": "red", "none": None}]},
        {"products": [{"metadata": {"colour": "red"}}], "source": "web"},
    ),
    ("a product list that comes to nothing", "Checkout Started", {"products": [{}]}, {"source": "web"}),
    (
        "viewed products stay in metadata",
        "Product Viewed",
        {"quantity": 2, "products": [{"a": 1}], "name": {}},
        {"source": "web", "metadata": {"quantity": 2, "products": [{"a": 1}]}},
    ),
    (
        "first of several sources",
        "Checkout Started",
        {"checkout_id": "", "order_id": 7, "total": None, "revenue": 0, "value": 9},
        {"checkout_id": "7", "total_value": 0, "source": "web"},
    ),
]


@pytest.mark.parametrize(
    ("name", "properties", "expected"), [row[1:] for row in RECOMMENDED], ids=[row[0] for row in RECOMMENDED]
)
def test_recommended_ecommerce_events(name: str, properties: Any, expected: dict[str, Any]) -> None:
    [[[method, _, sent]]] = run(DEVICE | {"useEcommerceRecommendedEvents": True}, track(name, properties))
    assert (method, sent) == ("logCustomEvent", expected)


def test_the_user_switch_alone_needs_a_user() -> None:
    event = {"type": "identify", "userId": ""}
    assert calls("web", DEVICE, DeviceState(), event, verdict="identity") == ([], DeviceState())
