"""What a Braze integration makes of an event that passed the gates: nothing, an exception, or a call."""

from typing import Any

import msgspec
import pytest

from policies.decide import compile_on_device
from policies.facts import Facts
from policies.handlers import reads_properties
from policies.sdks import SDKS

ALL = ("web", "web-v1.1", "android", "androidKotlin", "ios", "iosSwift", "iosSwift-v2", "flutter-ios")
WEB = ("web", "web-v1.1")
MOBILE = tuple(name for name in ALL if name not in WEB)
CONFIG = {"appKey": "k", "dataCenter": "US-03", "supportDedup": False, "connectionMode": "device"}
ORDER = {"product_id": "p", "price": 1, "quantity": 1}
NOTHING, ERROR, DELIVER = "device/nothing-to-send", "device/sdk-error", "device/deliver"
IGNORED = "device/type-unsupported"


def order(*products: Any, **more: Any) -> dict[str, Any]:
    return {"products": list(products), "currency": "EUR", **more}


ROWS: list[tuple[str, tuple[str, ...], dict[str, Any], str]] = [
    ("an ordinary event", ALL, {"name": "Seen", "properties": {}}, DELIVER),
    ("no properties", ALL, {"name": "Seen"}, DELIVER),
    ("null properties", WEB, {"name": "Seen", "properties": None}, ERROR),
    ("null properties on mobile", MOBILE, {"name": "Seen", "properties": None}, DELIVER),
    ("no name", ALL, {}, NOTHING),
    ("empty name", WEB, {"name": ""}, NOTHING),
    ("empty name on mobile", MOBILE, {"name": ""}, DELIVER),
    ("a number for a name", WEB, {"odd_name": 5}, ERROR),
    ("a number for a name on mobile", MOBILE, {"odd_name": 5}, NOTHING),
    ("zero for a name", ALL, {"odd_name": 0}, NOTHING),
    ("an order without products", ALL, {"name": "Order Completed", "properties": {"currency": "EUR"}}, NOTHING),
    ("an order with empty products", ALL, {"name": "Order Completed", "properties": order()}, NOTHING),
    ("an order", ALL, {"name": "Order Completed", "properties": order(ORDER)}, DELIVER),
    ("an order in other case", WEB, {"name": "order completed", "properties": {}}, NOTHING),
    ("an order in other case on mobile", MOBILE, {"name": "order completed", "properties": {}}, DELIVER),
    ("an order with null properties", WEB, {"name": "Order Completed", "properties": None}, ERROR),
    ("an order with null properties on mobile", MOBILE, {"name": "Order Completed", "properties": None}, NOTHING),
    ("a null product", WEB, {"name": "Order Completed", "properties": order(None, ORDER)}, ERROR),
    ("price zero", WEB, {"name": "Order Completed", "properties": order({**ORDER, "price": 0})}, NOTHING),
    ("price zero on mobile", MOBILE, {"name": "Order Completed", "properties": order({**ORDER, "price": 0})}, DELIVER),
    (
        "a product without id",
        ("android", "ios"),
        {"name": "Order Completed", "properties": order({"price": 1})},
        NOTHING,
    ),
    (
        "a product without id",
        ("androidKotlin",),
        {"name": "Order Completed", "properties": order({"price": 1})},
        DELIVER,
    ),
    ("a product without anything", MOBILE, {"name": "Order Completed", "properties": order({})}, NOTHING),
    ("no currency", ("iosSwift",), {"name": "Order Completed", "properties": {"products": [ORDER]}}, NOTHING),
    (
        "no currency",
        ("iosSwift-v2", "android", "ios", "androidKotlin"),
        {"name": "Order Completed", "properties": {"products": [ORDER]}},
        DELIVER,
    ),
    ("revenue without products", ("iosSwift-v2",), {"name": "Order Completed", "properties": {"revenue": 5}}, DELIVER),
    ("raw properties", ALL, {"name": "Order Completed", "properties": msgspec.Raw(b'{"products":[]}')}, NOTHING),
    ("an attribution", ALL, {"name": "Install Attributed", "properties": {"campaign": {"source": "s"}}}, DELIVER),
    (
        "a null campaign",
        ("android", "iosSwift-v2"),
        {"name": "Install Attributed", "properties": {"campaign": None}},
        NOTHING,
    ),
    (
        "a null campaign elsewhere",
        ("web", "ios", "androidKotlin"),
        {"name": "Install Attributed", "properties": {"campaign": None}},
        DELIVER,
    ),
    ("no campaign", ("android", "web"), {"name": "Install Attributed", "properties": {}}, DELIVER),
    ("no campaign", ("iosSwift-v2",), {"name": "Install Attributed", "properties": {}}, NOTHING),
    ("an install without properties", ("iosSwift-v2",), {"name": "Install Attributed"}, NOTHING),
]


@pytest.mark.parametrize(
    ("what", "sdk", "fields", "rule"), [(what, sdk, fields, rule) for what, sdks, fields, rule in ROWS for sdk in sdks]
)
def test_what_becomes_of_a_track(what: str, sdk: str, fields: dict[str, Any], rule: str) -> None:
    policy = compile_on_device(SDKS[sdk], CONFIG)
    facts = Facts(type="track", user_id="u", **fields)
    assert policy.decide(facts).device.rule == rule, what
    assert policy.explain(facts).device.rule == rule


@pytest.mark.parametrize(("sdk", "rule"), [("web", DELIVER), ("android", DELIVER), ("iosSwift", NOTHING)])
def test_with_recommended_events_an_order_needs_no_products(sdk: str, rule: str) -> None:
    policy = compile_on_device(SDKS[sdk], {**CONFIG, "useEcommerceRecommendedEvents": True})
    facts = Facts(type="track", name="Order Completed", user_id="u", properties={"currency": "EUR"})
    assert policy.decide(facts).device.rule == rule


@pytest.mark.parametrize(
    ("sdk", "properties", "rule"),
    [("web", {}, DELIVER), ("web", None, ERROR), ("android", {}, IGNORED)],
)
def test_what_becomes_of_a_page(sdk: str, properties: Any, rule: str) -> None:
    policy = compile_on_device(SDKS[sdk], CONFIG)
    assert policy.decide(Facts(type="page", properties=properties)).device.rule == rule


@pytest.mark.parametrize(
    ("kind", "flag", "rule"),
    [
        ("track", False, "device/anonymous-not-tracked"),
        ("track", True, DELIVER),
        ("track", "true", DELIVER),
        ("track", None, "device/anonymous-not-tracked"),
        ("identify", False, DELIVER),
        ("page", False, DELIVER),
    ],
)
def test_the_web_integration_asks_about_anonymous_users_for_track_alone(kind: str, flag: Any, rule: str) -> None:
    policy = compile_on_device(SDKS["web"], {**CONFIG, "trackAnonymousUser": flag})
    assert policy.decide(Facts(type=kind, name="Seen")).device.rule == rule


@pytest.mark.parametrize("sdk", MOBILE)
def test_mobile_sdks_track_anonymous_users(sdk: str) -> None:
    assert compile_on_device(SDKS[sdk], CONFIG).decide(Facts(type="track", name="Seen")).device.rule == DELIVER


@pytest.mark.parametrize("name", ["Order Completed", "order completed", "Install Attributed"])
def test_the_properties_are_read_under_a_few_names(name: str) -> None:
    assert reads_properties(name)


@pytest.mark.parametrize("name", ["Order Placed", "", None])
def test_the_properties_are_not_read_under_any_other_name(name: str | None) -> None:
    assert not reads_properties(name)
