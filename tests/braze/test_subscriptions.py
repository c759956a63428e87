"""Subscription entries of one batch (differences D14, D25)."""

from typing import Any

import pytest

from router.braze.batching import batch
from router.braze.objects import Item

Entry = dict[str, Any]


def said(state: str, user: str = "", group: str = "g", **contact: list[Any]) -> Item:
    entry = {"subscription_group_id": group, "subscription_state": state, **contact}
    return Item("subscriptions", entry | ({"external_ids": [user]} if user else {}))


def gathered(*items: Item) -> list[tuple[Entry, tuple[int, ...]]]:
    requests = batch(enumerate(items)).requests
    return [
        (entry, origin)
        for request in requests
        for entry, origin in zip(
            request.body["subscription_groups"], request.sources["subscription_groups"], strict=True
        )
    ]


def entry(state: str, group: str = "g", **rest: list[Any]) -> Entry:
    return {"subscription_group_id": group, "subscription_state": state, **rest}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        # Contacts of one group, state and kind share an entry.
        (
            [said("subscribed", "u", emails=["a"]), said("subscribed", "v", emails=["b"])],
            [(entry("subscribed", emails=["a", "b"], external_ids=["u", "v"]), (0, 1))],
        ),
        # Kinds, groups and states stay apart.
        (
            [said("subscribed", "u", emails=["a"]), said("subscribed", "u", phones=["1"])],
            [
                (entry("subscribed", emails=["a"], external_ids=["u"]), (0,)),
                (entry("subscribed", phones=["1"], external_ids=["u"]), (1,)),
            ],
        ),
        (
            [said("subscribed", emails=["a"]), said("subscribed", group="h", emails=["a"])],
            [(entry("subscribed", emails=["a"]), (0,)), (entry("subscribed", group="h", emails=["a"]), (1,))],
        ),
        # The last state of a contact wins, and its entry answers for every event that spoke of it.
        (
            [said("subscribed", "u", emails=["a"]), said("unsubscribed", "v", emails=["a"])],
            [(entry("unsubscribed", emails=["a"], external_ids=["v"]), (0, 1))],
        ),
        (
            [said("unsubscribed", emails=["a"]), said("subscribed", emails=["a"]), said("unsubscribed", emails=["a"])],
            [(entry("unsubscribed", emails=["a"]), (0, 1, 2))],
        ),
        # Users who said the same of a contact are all named.
        (
            [said("unsubscribed", "u", phones=["1"]), said("unsubscribed", "v", phones=["1"])],
            [(entry("unsubscribed", phones=["1"], external_ids=["u", "v"]), (0, 1))],
        ),
        # … unless they said something else of another contact since: their own last word stands.
        (
            [
                said("subscribed", "u", emails=["a"]),
                said("unsubscribed", "u", emails=["b"]),
                said("subscribed", "v", emails=["a"]),
            ],
            [
                (entry("unsubscribed", emails=["b"], external_ids=["u"]), (1,)),
                (entry("subscribed", emails=["a"], external_ids=["v"]), (0, 2)),
            ],
        ),
        # A user named in both states ends with the later one.
        (
            [
                said("subscribed", "u", emails=["a"]),
                said("unsubscribed", "u", emails=["b"]),
                said("subscribed", "u", emails=["c"]),
            ],
            [
                (entry("subscribed", emails=["a"], external_ids=["u"]), (0,)),
                (entry("unsubscribed", emails=["b"], external_ids=["u"]), (1,)),
                (entry("subscribed", emails=["c"], external_ids=["u"]), (2,)),
            ],
        ),
        # Odd contacts are told apart by their JSON.
        (
            [said("subscribed", phones=[1]), said("unsubscribed", phones=["1"]), said("unsubscribed", phones=[1])],
            [(entry("unsubscribed", phones=["1", 1]), (0, 1, 2))],
        ),
    ],
)
def test_only_the_last_state_of_a_contact_is_sent(items: list[Item], expected: Any) -> None:
    assert gathered(*items) == expected


def test_an_entry_names_at_most_fifty_contacts() -> None:
    entries = gathered(*(said("subscribed", emails=[f"{n}@b.c"]) for n in range(120)))
    assert [len(found["emails"]) for found, _ in entries] == [50, 50, 20]


def test_an_entry_names_at_most_fifty_users() -> None:
    entries = gathered(*(said("subscribed", f"u{n}", emails=["shared@b.c"]) for n in range(60)))
    [(found, origin)] = entries
    assert found["external_ids"] == [f"u{n}" for n in range(10, 60)]
    assert origin == tuple(range(60))
