"""Decisions that hang on the event's name alone are remembered by name, in bounds, and stay the same."""

from typing import Any

import pytest

from policies.decide import MOST_REMEMBERED
from policies.decide import compile as compile_policy
from policies.facts import Facts
from policies.workspace import parse_workspace


def policy(**config: Any) -> Any:
    workspace = parse_workspace(
        {
            "version": 1,
            "sources": [{"id": "s", "type": "web", "write_key": "k"}],
            "destinations": [{"id": "d", "config": {"dataCenter": "EU-01", "appKey": "a", **config}}],
            "connections": [{"source": "s", "destination": "d"}],
        }
    )
    return compile_policy(workspace.connections[0])


DENY = {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": [{"eventName": "Stop"}]}


@pytest.mark.parametrize("name", ["Stop", " Stop ", "Go", "", None])
def test_a_remembered_decision_is_the_one_that_explain_gives(name: str | None) -> None:
    hybrid = policy(connectionMode={"web": "hybrid"}, **DENY)
    facts = Facts(type="track", name=name, user_id="u")
    first, second, explained = hybrid.decide(facts), hybrid.decide(facts), hybrid.explain(facts)
    assert (first.device, first.cloud) == (second.device, second.cloud) == (explained.device, explained.cloud)
    assert second is first


def test_names_from_clients_cannot_fill_the_memory() -> None:
    hybrid = policy(connectionMode={"web": "hybrid"}, **DENY)
    for number in range(3 * MOST_REMEMBERED):
        hybrid.decide(Facts(type="track", name=f"Made Up {number}", user_id="u"))
    assert all(
        len(cell.remembered) <= MOST_REMEMBERED for cell in hybrid._table.values() if cell.remembered is not None
    )
    assert hybrid.decide(Facts(type="track", name="Stop", user_id="u")).device.rule == "device/event-filter"


@pytest.mark.parametrize("name", ["Seen", "Order Completed", "order completed", "Install Attributed", "", None])
def test_what_properties_decide_is_looked_at_each_time(name: str | None) -> None:
    device = policy(connectionMode={"web": "device"}, trackAnonymousUser={"web": True}, **DENY)
    orders: list[Any] = [
        {},
        None,
        {"products": []},
        {"products": [{"product_id": "p", "price": 1, "quantity": 1}]},
        {"products": [None]},
    ]
    for odd_name in (None, 7):
        for properties in (*orders, *reversed(orders)):
            facts = Facts(type="track", name=name, odd_name=odd_name, properties=properties)
            decided, explained = device.decide(facts), device.explain(facts)
            assert (decided.device, decided.cloud) == (explained.device, explained.cloud), (name, properties)


def test_an_ordinary_track_in_device_mode_is_remembered() -> None:
    device = policy(connectionMode={"web": "device"}, trackAnonymousUser={"web": True})
    facts = Facts(type="track", name="Seen", properties={"a": 1})
    assert device.decide(facts) is device.decide(facts)
