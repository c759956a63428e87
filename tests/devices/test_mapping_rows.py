"""Rows of the mapping tables of spec/device.md 2 that hold for several SDKs, or say what must never happen.

What one SDK does with one event is in the tests of that SDK.
"""

from typing import Any

import pytest

from router.devices import DeviceState, calls

Json = dict[str, Any]

PLAIN = {"connectionMode": "device", "appKey": "A", "dataCenter": "US-03", "supportDedup": False}
RECOMMENDED = {**PLAIN, "useEcommerceRecommendedEvents": True}
MOBILE = ("android", "ios", "androidKotlin", "iosSwift", "iosSwift-v2")
ALL = ("web", *MOBILE)


def run(sdk: str, event: Json, config: Json = PLAIN) -> list[Any]:
    return calls(sdk, config, DeviceState(), event, verdict="deliver")[0]


def identify(**traits: Any) -> Json:
    return {"type": "identify", "userId": "u1", "context": {"traits": traits}}


def track(name: str, /, **properties: Any) -> Json:
    return {"type": "track", "userId": "u1", "event": name, "properties": properties}


WEB_RESERVED = (
    "address birthday email id firstname firstName gender lastname lastName phone dob external_id country home_city "
    "email_subscribe push_subscribe"
)
RESERVED = {
    "web": WEB_RESERVED,
    "android": "birthday email firstname lastname gender phone address",
    "ios": "birthday anonymousId gender phone address firstname lastname email",
    "androidKotlin": "email firstName lastName gender phone address birthday",
    "iosSwift": "email firstName lastName gender phone address birthday",
    "iosSwift-v2": "birthday gender phone address firstName lastName email anonymousId",
}
FREE = {
    "web": "title age userId anonymousId homeCity",
    "android": "anonymousId userId id name title age createdat country dob",
    "ios": "userId id firstName lastName country dob",
    "androidKotlin": "userId anonymousId id firstname lastname country dob",
    "iosSwift": "userId anonymousId id firstname lastname country dob",
    "iosSwift-v2": "userId id firstname lastname country dob",
}


def custom(sdk: str, key: str) -> bool:
    value = {"city": "Rome", "country": "IT"} if key == "address" else "text"
    done = run(sdk, identify(**{key: value}))
    return any(call[0].startswith("user.setCustom") and call[1] == key for call in done)


@pytest.mark.parametrize(("sdk", "key"), [(sdk, key) for sdk, keys in RESERVED.items() for key in keys.split()])
def test_a_reserved_trait_is_never_a_custom_attribute(sdk: str, key: str) -> None:
    assert not custom(sdk, key)


@pytest.mark.parametrize(("sdk", "key"), [(sdk, key) for sdk, keys in FREE.items() for key in keys.split()])
def test_any_other_trait_is_one(sdk: str, key: str) -> None:
    assert custom(sdk, key)


@pytest.mark.parametrize(
    ("sdk", "gender", "sent"),
    [
        (sdk, gender, sent)
        for sdk in ("android", "ios", "androidKotlin", "iosSwift")
        for gender, sent in (("M", "m"), ("male", "m"), ("F", "f"), ("Female", "f"), ("other", None), (" f", None))
    ]
    + [("web", gender, sent) for gender, sent in (("w", "f"), ("Woman", "f"), ("F", "f"), ("m", "m"), ("nb", "m"))],
)
def test_genders(sdk: str, gender: str, sent: str | None) -> None:
    done = [call[1] for call in run(sdk, identify(gender=gender)) if call[0] == "user.setGender"]
    assert done == ([] if sent is None else [sent])


@pytest.mark.parametrize(("sdk", "is_order"), [("web", True), *((sdk, False) for sdk in MOBILE)])
@pytest.mark.parametrize("name", ["order completed", "ORDER COMPLETED"])
def test_only_the_web_sdk_knows_an_order_by_another_case(sdk: str, is_order: bool, name: str) -> None:
    line = {"product_id": "p", "price": 1, "quantity": 1}
    (done,) = run(sdk, track(name, products=[line], currency="EUR"))
    assert done[0] == ("logPurchase" if is_order else "logCustomEvent")


@pytest.mark.parametrize("sdk", ALL)
def test_nobody_trims_the_name_of_an_order(sdk: str) -> None:
    line = {"product_id": "p", "price": 1, "quantity": 1}
    assert run(sdk, track("Order Completed ", products=[line], currency="EUR"))[0][0] == "logCustomEvent"


@pytest.mark.parametrize("sdk", ALL)
@pytest.mark.parametrize("products", [{}, {"products": []}], ids=["missing", "empty"])
def test_an_order_without_products_makes_no_call(sdk: str, products: Json) -> None:
    assert run(sdk, track("Order Completed", currency="EUR", **products)) == []


@pytest.mark.parametrize(
    ("sdk", "campaign", "method"),
    [
        ("web", {"source": "s"}, "logCustomEvent"),
        ("android", {"source": "s"}, "user.setAttributionData"),
        ("ios", {"source": "s"}, "user.setAttributionData"),
        ("ios", None, "logCustomEvent"),
        ("androidKotlin", {"source": "s"}, "user.setAttributionData"),
        ("iosSwift", {"source": "s"}, "user.setAttributionData"),
        ("iosSwift", "text", "logCustomEvent"),
        ("iosSwift-v2", {"source": "s"}, "user.setAttributionData"),
    ],
)
def test_an_attributed_install(sdk: str, campaign: Any, method: str) -> None:
    assert [call[0] for call in run(sdk, track("Install Attributed", campaign=campaign))] == [method]


@pytest.mark.parametrize("sdk", MOBILE)
def test_mobile_sdks_keep_the_property_names_that_the_web_sdk_takes_away(sdk: str) -> None:
    reserved = {"time": "1", "product_id": "p", "quantity": "1", "event_name": "n", "price": "1", "currency": "EUR"}
    assert run(sdk, track("Tent Viewed", **reserved)) == [["logCustomEvent", "Tent Viewed", reserved]]
    assert run("web", track("Tent Viewed", **reserved)) == [["logCustomEvent", "Tent Viewed", {}]]


def test_the_category_of_a_page_plays_no_part_in_its_name() -> None:
    page = {"type": "page", "category": "Docs", "name": "", "properties": {"category": "Docs"}}
    assert run("web", page) == [["logCustomEvent", "Page View", {"category": "Docs"}]]


SOURCES = {"web": "web", "android": "android", "ios": "ios"}
SEVEN = {
    "Product Viewed": ("ecommerce.product_viewed", None),
    "Product Added": ("ecommerce.cart_updated", "add"),
    "Product Removed": ("ecommerce.cart_updated", "remove"),
    "Checkout Started": ("ecommerce.checkout_started", None),
    "Order Completed": ("ecommerce.order_placed", None),
    "Order Refunded": ("ecommerce.order_refunded", None),
    "Order Cancelled": ("ecommerce.order_cancelled", None),
}


@pytest.mark.parametrize("sdk", SOURCES)
@pytest.mark.parametrize("name", SEVEN)
def test_each_recommended_event_has_its_name_action_and_source(sdk: str, name: str) -> None:
    brazes, action = SEVEN[name]
    for spelt in (name, f"  {name.upper()} "):
        ((method, sent, properties),) = run(sdk, track(spelt), RECOMMENDED)
        assert (method, sent) == ("logCustomEvent", brazes)
        assert properties == {"source": SOURCES[sdk], **({"action": action} if action else {})}


@pytest.mark.parametrize("sdk", ["androidKotlin", "iosSwift", "iosSwift-v2"])
def test_the_current_mobile_sdks_know_no_recommended_events(sdk: str) -> None:
    assert run(sdk, track("Product Viewed", name="n"), RECOMMENDED)[0][1] == "Product Viewed"


EVERYTHING = {
    "cart_id": "c",
    "checkout_id": "k",
    "order_id": "o",
    "currency": "EUR",
    "total": 9,
    "subtotal_value": 7,
    "tax": 1,
    "shipping": 1,
    "discount": 2,
    "discounts": [{"code": "x"}],
    "reason": "late",
    "colour": "red",
}
TAKEN = {
    "Product Removed": "cart_id total_value subtotal_value tax shipping currency",
    "Checkout Started": "checkout_id cart_id total_value subtotal_value tax shipping currency",
    "Order Completed": "order_id total_value currency cart_id tax shipping total_discounts subtotal_value discounts",
    "Order Refunded": "order_id total_value currency total_discounts discounts",
    "Order Cancelled": "order_id total_value currency tax shipping total_discounts subtotal_value discounts cancel_reason",
}
READ_FROM = {
    "checkout_id": {"checkout_id", "order_id"},
    "total_value": {"total"},
    "total_discounts": {"discount"},
    "cancel_reason": {"reason"},
}


@pytest.mark.parametrize("sdk", SOURCES)
@pytest.mark.parametrize("name", TAKEN)
def test_each_recommended_event_takes_its_fields_and_puts_the_others_into_metadata(sdk: str, name: str) -> None:
    fields = TAKEN[name].split()
    ((_, _, properties),) = run(sdk, track(name, products=[{"sku": "s"}], **EVERYTHING), RECOMMENDED)
    assert set(properties) - {"products", "source", "action", "metadata"} == set(fields)
    consumed = set().union(*(READ_FROM.get(field, {field}) for field in fields))
    assert set(properties["metadata"]) == set(EVERYTHING) - consumed
    assert properties["products"] == [{"product_id": "s", "variant_id": "s"}]


PRODUCT: Json = {
    "sku": "s",
    "name": "n",
    "variant": "v",
    "price": 2,
    "image_url": "i",
    "url": "u",
    "quantity": 3,
}
MAPPED: Json = {
    "product_id": "s",
    "product_name": "n",
    "variant_id": "v",
    "price": 2,
    "image_url": "i",
    "product_url": "u",
}


@pytest.mark.parametrize("sdk", SOURCES)
def test_a_product_is_mapped_field_by_field(sdk: str) -> None:
    ((_, _, listed),) = run(sdk, track("Checkout Started", products=[{**PRODUCT, "colour": "red"}]), RECOMMENDED)
    assert listed["products"] == [{**MAPPED, "quantity": 3, "metadata": {"colour": "red"}}]
    ((_, _, folded),) = run(sdk, track("Product Added", colour="red", **PRODUCT), RECOMMENDED)
    assert (folded["products"], folded["metadata"]) == ([{**MAPPED, "quantity": 3}], {"colour": "red"})
    ((_, _, viewed),) = run(sdk, track("Product Viewed", type=["t"], currency="EUR", **PRODUCT), RECOMMENDED)
    assert viewed == {**MAPPED, "type": ["t"], "currency": "EUR", "source": sdk, "metadata": {"quantity": 3}}
