"""The index of suppressed users: several regulations of one user, links, and what is left when one ends."""

import pytest

from router.regulations.regulation import Regulation
from router.regulations.suppressions import Suppressions


def regulation(name: str, *users: str, sources: tuple[str, ...] = (), destinations: tuple[str, ...] = ()) -> Regulation:
    return Regulation(
        id=name,
        type="suppress_with_delete" if destinations else "suppress",
        source_ids=sources,
        destination_ids=destinations,
        user_ids=users,
        created_at="2026-05-04T08:00:00.000Z",
    )


@pytest.fixture
def known() -> Suppressions:
    return Suppressions()


def test_nothing_is_false_and_suppresses_nobody(known: Suppressions) -> None:
    assert not known
    assert not known.suppresses("u", "a", "web")


def test_an_event_belongs_to_the_user_that_it_names(known: Suppressions) -> None:
    known.put(regulation("r", "u"))
    known.link("u", ["a"])
    assert known.suppresses("u", "", "web")
    assert known.suppresses("u", "b", "web")
    assert known.suppresses("", "a", "web")
    assert not known.suppresses("", "b", "web")
    assert not known.suppresses("v", "a", "web")
    assert not known.suppresses("", "u", "web")


def test_regulations_of_one_user_add_up_and_end_one_by_one(known: Suppressions) -> None:
    known.put(regulation("r-1", "u", sources=("web",)))
    known.put(regulation("r-2", "u", "v", sources=("ios",), destinations=()))
    known.put(regulation("r-3", "u", destinations=("eu",)))
    known.put(regulation("r-3", "u", destinations=("eu",)))
    assert known.suppresses("u", "", "android")
    assert known.erases("u", "", "eu")
    assert [known.erases_at(destination) for destination in ("eu", "us")] == [True, False]
    assert not known.erases("u", "", "us")
    assert not known.erases("v", "", "eu")
    known.remove("r-3")
    known.remove("r-3")
    assert not known.erases("u", "", "eu")
    assert not known.erases_at("eu")
    assert [known.suppresses("u", "", source) for source in ("web", "ios", "android")] == [True, True, False]
    assert known.users_only_under("r-2") == ["v"]
    known.remove("r-1")
    assert known.users_only_under("r-2") == ["u", "v"]
    known.remove("r-2")
    assert not known


def test_a_link_is_learnt_only_where_the_user_is_suppressed(known: Suppressions) -> None:
    known.put(regulation("r", "u", sources=("web",)))
    known.learn("u", "a", "ios")
    known.learn("u", "", "web")
    known.learn("v", "b", "web")
    assert known.take_unsaved() == []
    known.learn("u", "c", "web")
    known.learn("u", "c", "web")
    assert known.aliases("u") == ("c",)
    assert known.take_unsaved() == [("u", "c")]
    assert known.take_unsaved() == []


def test_a_device_of_two_suppressed_users_is_suppressed_until_both_are_free(known: Suppressions) -> None:
    known.put(regulation("r-1", "u"))
    known.put(regulation("r-2", "v"))
    known.link("u", ["a", "b"])
    known.link("v", ["a"])
    known.link("u", ["c"])
    assert [known.suppresses("", each, "web") for each in "abc"] == [True, False, True]
    known.link("v", [])
    assert not known.suppresses("", "a", "web")


def test_what_the_store_did_not_take_is_kept_for_it(known: Suppressions) -> None:
    known.put(regulation("r", "u"))
    known.learn("u", "a", "web")
    unsaved = known.take_unsaved()
    known.learn("u", "b", "web")
    known.put_back(unsaved)
    known.clear()
    assert not known
    assert known.take_unsaved() == [("u", "a"), ("u", "b")]
