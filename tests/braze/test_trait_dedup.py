"""Leaving repeats out of a read (D19)."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.braze.batching import BatchSettings, batch
from router.braze.objects import Item, User
from router.braze.trait_dedup import Known, Reduced, asked, reduce
from router.braze.trait_values import fingerprint, key_of
from router.simulation.trait_recall import TraitRecall
from tests.braze.simulated import Profiles

Body = dict[str, Any]
ALIAS = {"alias_label": "rudder_id", "alias_name": "an-1"}
PHONE = ("rudder_id", "an-1")
GOLD = {"plan": "gold"}


def attributes(user: Any = "u", /, **values: Any) -> Item:
    owner = {"external_id": user} if isinstance(user, str) else {"_update_existing_only": False, "user_alias": ALIAS}
    return Item("attributes", {**values, **owner})


def event(user: str = "u") -> Item:
    return Item("events", {"name": "Ping", "external_id": user})


def identify(user: str = "u") -> Item:
    return Item("identify", {"user_alias": ALIAS, "external_id": user})


def merge(gone: str, kept: str) -> Item:
    body = {"identifier_to_merge": {"external_id": gone}, "identifier_to_keep": {"external_id": kept}}
    return Item("merges", body)


def has(*links: User, **values: Any) -> Known:
    return Known(values={key_of(name): fingerprint(value) for name, value in values.items()}, links=links)


def left_of(*items: Item, **known: Known) -> list[Body]:
    """The bodies left of items, one event each; `phone` is the alias."""
    return [item.body for _, item in reduced(*items, **known).items]


def reduced(*items: Item, **known: Known) -> Reduced:
    users: dict[User, Known] = {PHONE if name == "phone" else name: each for name, each in known.items()}
    return reduce(list(enumerate(items)), deduplicated=range(len(items)), known=users)


@pytest.mark.parametrize(
    ("known", "sent", "left"),
    [
        ({}, {"plan": "gold", "tier": 1}, {"plan": "gold", "tier": 1}),
        ({"plan": "gold"}, {"plan": "gold", "tier": 1}, {"tier": 1}),
        ({"plan": "gold"}, {"plan": "silver"}, {"plan": "silver"}),
        ({"plan": "gold", "tier": 1}, {"plan": "gold", "tier": 1}, None),
        ({"flag": True}, {"flag": 1}, {"flag": 1}),
        ({"n": 1}, {"n": 1.0}, None),
        ({"prefs": {"a": 1, "b": 2}}, {"prefs": {"b": 2, "a": 1}}, None),
        ({"seen": [2, 1]}, {"seen": [1, 2]}, {"seen": [1, 2]}),
        ({"plan": "gold"}, {"plan": None}, {"plan": None}),
        ({}, {"plan": None}, {"plan": None}),
        ({"plan": None}, {"plan": None}, None),
        ({"plan": None}, {"plan": "gold"}, {"plan": "gold"}),
        ({"image_url": "https://i.x/a.png"}, {"image_url": "https://i.x/a.png"}, None),
        ({"country": "SE", "plan": "gold"}, {"country": "SE", "plan": "gold"}, {"country": "SE"}),
        ({"email_subscribe": "opted_in"}, {"email_subscribe": "opted_in"}, {"email_subscribe": "opted_in"}),
        ({"bikes": {"$add": [1]}}, {"bikes": {"$add": [1]}}, {"bikes": {"$add": [1]}}),
        ({"n": {"inc": 1}}, {"n": {"inc": 1}}, {"n": {"inc": 1}}),
        ({"a": {"b": 1}, "p": 2}, {"a": {"b": 1}, "p": 2, "_merge_objects": True}, {"a": {"b": 1}, "_merge_objects": True}),
        ({"p": 2}, {"p": 2, "_merge_objects": True}, None),
        ({"plan": "gold"}, {" plan": "x", "plan": "gold"}, {" plan": "x", "plan": "gold"}),
        ({"plan": "gold"}, {"plan": "gold", " plan": "x"}, {" plan": "x"}),
    ],
)  # fmt: skip
def test_only_what_the_profile_lacks_is_sent(known: Body, sent: Body, left: Body | None) -> None:
    assert left_of(attributes(**sent), u=has(**known)) == ([{**left, "external_id": "u"}] if left else [])


def test_the_flag_for_new_aliases_never_counts_as_a_change() -> None:
    assert left_of(attributes(PHONE, plan="gold"), phone=has(plan="gold")) == []
    (body,) = left_of(attributes(PHONE, plan="gold", tier=1), phone=has(plan="gold"))
    assert body == {"tier": 1, "_update_existing_only": False, "user_alias": ALIAS}


def test_an_event_of_which_nothing_is_left_is_emptied_and_one_with_another_object_is_not() -> None:
    items = [(0, attributes(**GOLD)), (1, attributes(**GOLD)), (1, event()), (2, event()), (3, attributes(**GOLD))]
    result = reduce(items, deduplicated={0, 1, 2, 3}, known={"u": has(**GOLD)})
    assert result == Reduced(items=[(1, event()), (2, event())], emptied=(0, 3), saved={0: 1, 1: 1, 3: 1})


def test_gold_silver_gold_sends_what_is_needed() -> None:
    plans = [{"plan": plan, "external_id": "u"} for plan in ("silver", "gold")]
    assert left_of(*(attributes(plan=plan) for plan in ("gold", "silver", "gold")), u=has(**GOLD)) == plans


def test_equal_updates_of_one_read_go_on_together_and_hang_on_one_answer() -> None:
    result = reduced(attributes(plan="silver"), attributes(plan="silver"), u=has(**GOLD))
    assert result.emptied == ()
    (request,) = batch(result.items, BatchSettings(coalescing="per_user")).requests
    assert request.body["attributes"] == [{"plan": "silver", "external_id": "u"}]
    assert request.sources["attributes"] == ((0, 1),)


def test_an_operation_makes_what_was_known_of_its_attribute_worthless() -> None:
    bodies = left_of(
        attributes(tags={"add": ["y"]}), attributes(tags=["x"]), attributes(**GOLD), u=has(tags=["x"], plan="gold")
    )
    assert [body.get("tags") for body in bodies] == [{"add": ["y"]}, ["x"]]


def test_an_event_without_dedup_is_sent_whole_and_ends_what_is_known() -> None:
    items = [(0, attributes(**GOLD)), (1, attributes(**GOLD)), (2, attributes(tier=1))]
    result = reduce(items, deduplicated={1, 2}, known={"u": has(plan="gold", tier=1)})
    assert [at for at, _ in result.items] == [0, 1]


def test_an_object_that_names_two_users_is_sent_whole_and_ends_what_is_known_of_both() -> None:
    both = Item("attributes", {"plan": "gold", "external_id": "u", "user_alias": ALIAS})
    bodies = left_of(both, attributes(**GOLD), attributes(PHONE, **GOLD), u=has(**GOLD), phone=has(**GOLD))
    assert len(bodies) == 3


def test_items_that_stay_as_they_are_stay_the_same_objects() -> None:
    items = [attributes(plan="silver"), event(), identify()]
    assert all(left is item for (_, left), item in zip(reduced(*items, u=has(**GOLD)).items, items, strict=True))


def test_after_an_identify_the_alias_is_unknown_and_blanks_of_the_user_are() -> None:
    known = {"u": has(plan="gold", nick="", tier=None), "phone": has(plan="gold")}
    items = [identify(), attributes(plan="gold", nick="", tier=None), attributes(PHONE, plan="gold")]
    assert left_of(*items, **known)[1:] == [{"nick": "", "tier": None, "external_id": "u"}, items[2].body]


def test_before_an_identify_both_are_known() -> None:
    items = [attributes(nick=""), attributes(PHONE, plan="gold"), identify()]
    assert left_of(*items, u=has(nick=""), phone=has(plan="gold")) == [identify().body]


@pytest.mark.parametrize("user", ["gone", "kept"])
def test_after_a_merge_nothing_is_known_of_either_side(user: str) -> None:
    known = {"gone": has(**GOLD), "kept": has(**GOLD)}
    assert len(left_of(merge("gone", "kept"), attributes(user, **GOLD), **known)) == 2
    assert len(left_of(attributes(user, **GOLD), merge("gone", "kept"), **known)) == 1


@pytest.mark.parametrize(
    ("items", "known"),
    [
        ([identify()], {}),
        ([], {"phone": has("u")}),
        ([], {"phone": has("v"), "v": has("w"), "w": has("u", "v")}),
        ([identify("v")], {"v": has("u")}),
    ],
)
def test_an_object_for_an_alias_ends_what_is_known_of_the_users_it_was_tied_to(
    items: list[Item], known: dict[str, Known]
) -> None:
    known = {**known, "u": has(plan="gold", tier=1)}
    bodies = left_of(*items, attributes(PHONE, plan="silver"), attributes(plan="gold", tier=1), **known)
    assert bodies[-1] == {"plan": "gold", "external_id": "u"}


def test_one_asks_for_what_may_be_left_out_and_for_everyone_who_may_be_linked() -> None:
    items = [
        (0, attributes(plan="gold", country="SE")),
        (1, attributes("v", tier=1)),
        (2, event("w")),
        (3, Item("attributes", {"plan": 1, "external_id": "x", "user_alias": ALIAS})),
    ]
    assert asked(items, {0, 2, 3}) == {"u": {key_of("plan")}, "v": set(), "x": set(), PHONE: set()}


PLAIN: list[Any] = ["gold", 1, None, "", "Ida", ["x"], {"a": 1}]
OPERATIONS: list[Any] = [{"inc": 1}, {"b": 1}]
KNOWN = [{"external_id": "u0"}, {"external_id": "u1"}]
ANONYMOUS = [
    {"_update_existing_only": False, "user_alias": {"alias_label": "rudder_id", "alias_name": name}}
    for name in ("a0", "a1")
]
objects = st.builds(
    lambda value, flag, owner: Item(
        "attributes", {"first_name" if value in ("", "Ida") else "plan": value, **flag, **owner}
    ),
    st.sampled_from(PLAIN + OPERATIONS),
    st.sampled_from([{}, {}, {}, {"_merge_objects": True}]),
    st.sampled_from(KNOWN + ANONYMOUS),
)
identities = st.builds(
    lambda owner, user: Item("identify", {"user_alias": owner["user_alias"], "external_id": user}),
    st.sampled_from(ANONYMOUS),
    st.sampled_from(["u0", "u1"]),
)
merges = st.sampled_from([merge("u0", "u1"), merge("u1", "u0")])


@st.composite
def stories(draw: st.DrawFn) -> list[list[Item]]:
    """Reads made of a handful of different items, so that they meet again and again."""
    few = [*draw(st.lists(objects, min_size=2, max_size=4)), *draw(st.lists(identities | merges, max_size=3))]
    return draw(st.lists(st.lists(st.sampled_from(few), min_size=1, max_size=4), min_size=4, max_size=12))


_ANONYMOUS_GOLD = Item("attributes", {"plan": "gold", **ANONYMOUS[0]})
_NO_PLAN = Item("attributes", {"plan": None, "external_id": "u0"})
_TIED = Item("identify", {"user_alias": ANONYMOUS[0]["user_alias"], "external_id": "u0"})


@settings(max_examples=500, deadline=None)
@given(stories(), st.sampled_from(["off", "per_user"]))
@example([[_ANONYMOUS_GOLD], [_NO_PLAN, _ANONYMOUS_GOLD, _TIED], [_NO_PLAN]], "off")
def test_profiles_are_the_same_as_without_dedup(story: list[list[Item]], coalescing: Any) -> None:
    """Reads one after another, with aliases, identifies and merges; the simulator is the judge."""
    plain, spared, memory = Profiles(), Profiles(), TraitRecall()
    for read in story:
        numbered = list(enumerate(read))
        packing = BatchSettings(coalescing=coalescing)
        for request in batch(numbered, packing).requests:
            plain.send(request)
        left = reduce(numbered, deduplicated=range(len(read)), known=memory.known(0))
        for request in batch(left.items, packing).requests:
            spared.send(request)
            memory.learn(request, 0)
        assert spared.everything() == plain.everything()
    assert spared.data_points <= plain.data_points
