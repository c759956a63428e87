"""What Braze computes from the recommended e-commerce events: revenue, refunds, orders and carts.

Braze docs: ecommerce events. Amounts are converted to US dollars.
"""

from __future__ import annotations

from typing import Any

from router.braze_simulator.activity.currencies import usd
from router.braze_simulator.calls import JsonObject
from router.braze_simulator.profiles.profile import Cart, Profile
from router.braze_simulator.workspace import Workspace

_DAY_SECONDS = 86_400


def after_commerce_event(workspace: Workspace, profile: Profile, name: str, properties: JsonObject) -> None:
    """Update the profile's commerce totals after a valid recommended event; views and checkouts change nothing."""
    commerce = profile.commerce
    if name == "ecommerce.cart_updated":
        _update_cart(workspace, profile, properties)
    elif name == "ecommerce.order_placed":
        commerce.total_revenue += _total_usd(workspace, properties)
        commerce.orders_placed.add(properties["order_id"])
    elif name == "ecommerce.order_cancelled":
        commerce.orders_cancelled.add(properties["order_id"])
    elif name == "ecommerce.order_refunded":
        commerce.total_revenue -= _total_usd(workspace, properties)
        commerce.total_refunds += _total_usd(workspace, properties)


def live_carts(profile: Profile, now: float) -> dict[str, Cart]:
    """Carts that were touched in the last 30 days."""
    return {cart_id: cart for cart_id, cart in profile.commerce.carts.items() if cart.expires > now}


def _total_usd(workspace: Workspace, properties: JsonObject) -> float:
    return usd(properties["total_value"], properties["currency"], workspace.config.fx)


def _update_cart(workspace: Workspace, profile: Profile, properties: JsonObject) -> None:
    now, cart_id = workspace.now(), properties["cart_id"]
    carts = profile.commerce.carts = live_carts(profile, now)
    action = properties.get("action", "replace")
    known = carts.get(cart_id)
    lines = {} if known is None or action == "replace" else known.lines
    for product in properties["products"]:
        _change_line(lines, product, -1 if action == "remove" else 1)
    carts[cart_id] = Cart(
        lines=lines,
        total=properties.get("total_value"),
        updated_at=now,
        expires=now + workspace.config.limits.cart_days * _DAY_SECONDS,
    )


def _change_line(lines: dict[str, dict[str, Any]], product: JsonObject, sign: int) -> None:
    """Add to or take from a line, which is gone at a quantity of 0."""
    key = f"{product['product_id']}/{product['variant_id']}"
    quantity = lines.get(key, {}).get("quantity", 0) + sign * product["quantity"]
    if quantity > 0:
        lines[key] = {**product, "quantity": quantity}
    else:
        lines.pop(key, None)
