"""The recommended e-commerce events: strict schemas, totals and carts."""

from typing import Any

import pytest

from router.braze_simulator.activity.commerce_schema import SCHEMAS
from tests.braze_simulator.conftest import Braze, Start, event

pytestmark = pytest.mark.anyio
PRODUCT = {"product_id": "p1", "product_name": "Tent", "variant_id": "moss", "quantity": 2, "price": 100.0}
BASKET = {"currency": "USD", "source": "web", "products": [PRODUCT]}
VALID: dict[str, dict[str, Any]] = {
    "product_viewed": {
        "product_id": "p1",
        "product_name": "Tent",
        "variant_id": "moss",
        "price": 100,
        "currency": "EUR",
        "source": "web",
        "type": ["price_drop"],
    },
    "cart_updated": {"cart_id": "c1", "total_value": 200, **BASKET},
    "checkout_started": {"checkout_id": "k1", "total_value": 200, "tax": 0, **BASKET},
    "order_placed": {
        "order_id": "o1",
        "total_value": 200,
        "total_discounts": 5,
        "discounts": [{"code": "X"}],
        **BASKET,
    },
    "order_cancelled": {"order_id": "o1", "total_value": 200, "cancel_reason": "late", **BASKET},
    "order_refunded": {"order_id": "o1", "total_value": 50, "metadata": {"why": "hole"}, **BASKET},
}


def commerce(name: str, **more: Any) -> dict[str, Any]:
    properties = {**VALID[name], **more}
    return event(name=f"ecommerce.{name}", properties={k: v for k, v in properties.items() if v is not ...})


def test_the_six_events_have_a_schema() -> None:
    assert {f"ecommerce.{name}" for name in VALID} == set(SCHEMAS)


@pytest.mark.parametrize("name", VALID)
async def test_a_valid_event_is_counted_and_costs_nothing(braze: Braze, name: str) -> None:
    assert await braze.track(events=[commerce(name)]) == {"message": "success", "events_processed": 1}
    assert braze.user().events[f"ecommerce.{name}"].count == 1
    assert braze.workspace.data_points.total == 0


@pytest.mark.parametrize("name", VALID)
async def test_every_required_property_is_required(braze: Braze, name: str) -> None:
    for field, rule in SCHEMAS[f"ecommerce.{name}"].items():
        if rule.required:
            answer = await braze.track(events=[commerce(name, **{field: ...})])
            assert [error["type"] for error in answer["errors"]] == [
                f"The property '#/' did not contain a required property of '{field}'"
            ]
    assert not braze.workspace.directory.profiles


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        (
            "order_placed",
            {"x": 1},
            "The property '#/' contains additional properties [\"x\"] outside of the schema when none are allowed",
        ),
        (
            "product_viewed",
            {"product_id": 7},
            "The property '#/product_id' of type integer did not match the following type: string",
        ),
        (
            "order_placed",
            {"total_value": "200"},
            "The property '#/total_value' of type string did not match the following type: number",
        ),
        (
            "order_placed",
            {"total_value": -1},
            "The property '#/total_value' did not have a minimum value of 0, inclusively",
        ),
        ("order_placed", {"currency": "EURO"}, "'currency' must be an ISO 4217 currency"),
        (
            "order_placed",
            {"products": [{**PRODUCT, "price": -1}]},
            "The property '#/products/0/price' did not have a minimum value of 0, inclusively",
        ),
        (
            "order_placed",
            {"products": [PRODUCT, {**PRODUCT, "quantity": 1.5}]},
            "The property '#/products/1/quantity' of type number did not match the following type: integer",
        ),
        (
            "order_placed",
            {"products": "p1"},
            "The property '#/products' of type string did not match the following type: array",
        ),
        (
            "cart_updated",
            {"action": "x"},
            "The property '#/action' value \"x\" did not match one of the following values: add, remove, replace",
        ),
        (
            "cart_updated",
            {"total_value": ...},
            "The property '#/' did not contain a required property of 'total_value'",
        ),
        (
            "order_refunded",
            {"tax": 1},
            "The property '#/' contains additional properties [\"tax\"] outside of the schema",
        ),
    ],
)
async def test_a_violation_drops_the_event_in_brazes_words(
    braze: Braze, name: str, change: dict[str, Any], sentence: str
) -> None:
    answer = await braze.track(events=[commerce(name, **change)])
    assert answer["message"] == "success"
    assert answer["events_processed"] == 0
    (error,) = answer["errors"]
    assert (error["type"][: len(sentence)], error["input_array"], error["index"]) == (sentence, "events", 0)
    assert not braze.workspace.directory.profiles


async def test_add_and_remove_need_no_total(braze: Braze) -> None:
    answer = await braze.track(events=[commerce("cart_updated", action="add", total_value=...)])
    assert "errors" not in answer


async def test_an_unknown_name_is_an_ordinary_event(braze: Braze) -> None:
    await braze.track(events=[event(name="ecommerce.wish_listed", properties={"anything": 1})])
    assert braze.workspace.data_points.total == 1


async def test_a_refused_event_can_be_a_whole_failure_and_be_reported_for_purchases(start: Start) -> None:
    braze = start(ecommerce_rejected="error", ecommerce_error_array="purchases")
    answer = await braze.post("/users/track", {"events": [commerce("order_placed", currency="EURO")]})
    assert answer.status_code == 400
    assert [error["input_array"] for error in answer.json()["errors"]] == ["purchases"]


async def test_orders_and_refunds_add_up_in_dollars(braze: Braze) -> None:
    await braze.track(
        events=[
            commerce("order_placed"),
            commerce("order_placed", order_id="o2", currency="EUR"),
            commerce("order_placed", order_id="o2", total_value=0),
            commerce("order_cancelled"),
            commerce("order_refunded"),
        ]
    )
    shown = (await braze.see(f"users/{braze.user().braze_id}"))["ecommerce"]
    assert (shown["total_revenue"], shown["total_refunds"], shown["total_orders"]) == (200 + 220 - 50, 50, 1)


async def carts(braze: Braze) -> Any:
    return (await braze.see(f"users/{braze.user().braze_id}"))["ecommerce"]["carts"]


async def test_a_cart_follows_replace_add_and_remove(braze: Braze) -> None:
    async def quantities() -> list[int]:
        return [product["quantity"] for product in (await carts(braze))["c1"]["products"]]

    await braze.track(events=[commerce("cart_updated")])
    await braze.track(events=[commerce("cart_updated", action="add")])
    assert await quantities() == [4]
    await braze.track(events=[commerce("cart_updated", action="remove", products=[{**PRODUCT, "quantity": 4}])])
    assert await quantities() == []
    await braze.track(events=[commerce("cart_updated", action="add"), commerce("cart_updated", action="replace")])
    assert await quantities() == [2]


async def test_an_idle_cart_expires_after_30_days(braze: Braze) -> None:
    await braze.track(events=[commerce("cart_updated")])
    braze.workspace.clock.advance(29 * 86_400)
    assert list(await carts(braze)) == ["c1"]
    braze.workspace.clock.advance(2 * 86_400)
    assert await carts(braze) == {}
