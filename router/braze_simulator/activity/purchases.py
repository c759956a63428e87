"""Purchases: the check before acceptance and the bookings afterwards (Braze docs: purchase object).

A quantity of N books N purchases; a negative price is a refund and still raises the count.
"""

from __future__ import annotations

from typing import Any

from router.braze_simulator.activity.currencies import CURRENCIES, usd
from router.braze_simulator.activity.events import app_problem, finish, happened_at, log, time_problem
from router.braze_simulator.activity.properties import (
    RESERVED_IN_PURCHASES,
    kept_properties,
    properties_problem,
    property_points,
)
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.operations import Operation
from router.braze_simulator.problems import (
    BAD_CURRENCY,
    BAD_PRICE,
    BAD_PRODUCT,
    BAD_QUANTITY,
    CURRENCY_REQUIRED,
    PRICE_REQUIRED,
    PRODUCT_REQUIRED,
    Problem,
)
from router.braze_simulator.profiles.identifiers import identifier_problem
from router.braze_simulator.profiles.profile import Profile, tally
from router.braze_simulator.profiles.resolution import resolve
from router.braze_simulator.workspace import Workspace

_PRODUCT_CHARS = 255
_QUANTITIES = range(1, 101)


def purchase_problems(entry: JsonObject, config: SimulatorConfig) -> list[Problem]:
    """Every problem of one purchase object; none when it is accepted."""
    found = (
        identifier_problem(entry, config),
        _product_problem(entry.get("product_id")),
        _currency_problem(entry.get("currency")),
        _price_problem(entry.get("price")),
        _quantity_problem(entry.get("quantity")),
        time_problem(entry.get("time")),
        properties_problem(entry.get("properties"), RESERVED_IN_PURCHASES, config.limits.purchase_property_bytes),
        app_problem(entry.get("app_id"), config),
    )
    return [problem for problem in found if problem is not None]


def apply_purchase(workspace: Workspace, operation: Operation) -> Profile | None:
    """Book one purchase on the profile it means."""
    profile = resolve(workspace, operation)
    if profile is None:
        return None
    if profile.spam_blocked:
        workspace.discard(operation, "spam-blocked")
        return None
    book_purchase(workspace, profile, operation)
    return profile


def book_purchase(workspace: Workspace, profile: Profile, operation: Operation) -> None:
    """Count the product, add the revenue in US cents, and log what was bought."""
    body = operation.body
    product, quantity = body["product_id"], body.get("quantity") or 1
    moment = happened_at(workspace, body["time"])
    properties = kept_properties(workspace, operation, body.get("properties"))
    tally(profile.purchases, product, moment, quantity)
    profile.revenue_cents += round(usd(body["price"], body["currency"], workspace.config.fx) * 100) * quantity
    bought = {"price": body["price"], "currency": body["currency"], "quantity": quantity}
    log(
        workspace,
        profile,
        operation,
        kind="purchase",
        name=product,
        moment=moment,
        properties={**(properties or {}), **bought},
    )
    workspace.registry["products"].add(product)
    if len(profile.purchases) > workspace.config.limits.spam_names:
        profile.spam_blocked = True
    cost = quantity if workspace.config.dp_purchase_quantity == "each" else 1
    points = {product: cost, **property_points(workspace, product, properties)}
    finish(workspace, profile, operation, moment=moment, points=points)


def _product_problem(value: object) -> Problem | None:
    if value is None or value == "":
        return PRODUCT_REQUIRED
    return None if isinstance(value, str) and len(value) <= _PRODUCT_CHARS else BAD_PRODUCT


def _currency_problem(value: object) -> Problem | None:
    if value is None:
        return CURRENCY_REQUIRED
    return None if isinstance(value, str) and value.upper() in CURRENCIES else BAD_CURRENCY


def _price_problem(value: Any) -> Problem | None:
    if value is None:
        return PRICE_REQUIRED
    return None if isinstance(value, int | float) and not isinstance(value, bool) else BAD_PRICE


def _quantity_problem(value: Any) -> Problem | None:
    if value is None:
        return None
    return None if isinstance(value, int) and not isinstance(value, bool) and value in _QUANTITIES else BAD_QUANTITY
