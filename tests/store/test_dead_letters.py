"""Dead letters are read page by page in one order over all partitions, whatever happens to them meanwhile."""

import random

import msgspec
import pytest

from router.store import keys
from router.store.dead_letters import DeadLetter, DeadLetters, LetterPage, UnreadableLetter
from router.store.letter_order import Letter, Place, merged, older_than
from router.store.store import Store

pytestmark = pytest.mark.anyio


def letter(number: int, destination: str) -> DeadLetter:
    """A letter with a number."""
    return DeadLetter(
        destination=destination,
        source="web-shop",
        type="track",
        message_id=str(number),
        decision_id="",
        received_at="",
        revision="",
        device_rule="",
        cloud_rule="",
        rule="cloud/invalid",
        errors=(),
        attempts=0,
        partly_delivered=False,
        died_at="",
        message=msgspec.Raw(b"{}"),
    )


async def fill(store: Store, number: int, *, destination: str = "braze-eu", first: int = 0) -> list[str]:
    """Letters in partitions by chance, some in the same millisecond; their ids, newest first."""
    chance, places = random.Random(number), []
    for each in range(first, first + number):
        partition = chance.choice((0, 0, 0, 1, 3))
        raw = msgspec.json.encode(letter(each, destination))
        name = await store.command("XADD", keys.dead(partition), f"{1000 + each // 7}-{each}", "v", "1", "letter", raw)
        places.append(Place.of(f"{partition}-{name.decode()}"))
    return [place.letter_id for place in sorted(places, reverse=True)]


def ids(page: LetterPage) -> list[str]:
    """The ids of a page."""
    return [listed.id for listed in page.letters]


async def every(letters: DeadLetters, *, count: int, destination: str = "") -> list[str]:
    """The ids on all pages."""
    found, before = [], ""
    while True:
        page = await letters.newest(count=count, before=before, destination=destination)
        assert len(page.letters) + len(page.unreadable) <= count
        found += ids(page)
        if not (before := page.next):
            return found


@pytest.mark.parametrize("count", [1, 7, 100, 1000])
async def test_all_letters_come_once_and_the_newest_first_whatever_the_size_of_a_page(store: Store, count: int) -> None:
    written = await fill(store, 300)
    assert await every(DeadLetters(store), count=count) == written


async def test_more_letters_than_a_page_may_hold_are_read_to_the_end(store: Store) -> None:
    written = await fill(store, 2500)
    assert await every(DeadLetters(store), count=1000) == written


async def test_no_letters_are_one_empty_page(store: Store) -> None:
    assert await DeadLetters(store).newest(count=5) == LetterPage([], [], "")


async def test_the_letters_of_one_destination_are_found_behind_many_of_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = await fill(store, 40, destination="braze-us")
    await fill(store, 3000, first=40)
    letters = DeadLetters(store)
    assert await every(letters, count=15, destination="braze-us") == wanted
    monkeypatch.setattr("router.store.dead_letters._MOST_SEARCHED", 1000)
    page = await letters.newest(count=15, destination="braze-us")
    assert (page.letters, bool(page.next)) == ([], True)
    assert await every(letters, count=15, destination="braze-us") == wanted


async def test_letters_of_another_format_are_listed_apart_and_hold_up_none(store: Store) -> None:
    older = await fill(store, 5)
    raw = msgspec.json.encode(letter(9, "braze-eu"))
    odd: list[tuple[str | bytes, ...]] = [
        ("v", "2", "letter", raw),
        ("v", "1", "letter", b'{"other":1}'),
        ("w", b"\xff"),
    ]
    odd += [("v", "1", "letter", b"\xff"), ("v", b"\xff", "letter", raw)]
    for fields in odd:
        await store.command("XADD", keys.dead(2), "*", *fields)
    newest = await fill(store, 5, first=10**13 * 7)
    letters = DeadLetters(store)
    page = await letters.newest(count=100)
    assert ids(page) == [*newest, *older]
    assert [(each.format, each.size) for each in page.unreadable[::-1]] == [
        ("2", len(raw)), ("1", 11), ("", 1), ("1", 1), ("\ufffd", len(raw)),
    ]  # fmt: skip
    assert await every(letters, count=2) == [*newest, *older]
    for act in (letters.show, letters.retry, letters.discard):
        with pytest.raises(UnreadableLetter, match="format `2`"):
            await act(page.unreadable[-1].id)


async def test_letters_that_go_and_come_meanwhile_shift_no_page(store: Store) -> None:
    written, letters = await fill(store, 60), DeadLetters(store)
    first = await letters.newest(count=20)
    for gone in (*written[10:25], written[40]):
        await letters.discard(gone)
    added = await fill(store, 10, first=100)
    rest: list[str] = []
    before = first.next
    while before:
        page = await letters.newest(count=20, before=before)
        rest, before = [*rest, *ids(page)], page.next
    assert ids(first) == written[:20]
    assert rest == [*written[25:40], *written[41:]]
    assert ids(await letters.newest(count=10)) == added


def test_a_partition_that_may_hold_more_hides_what_is_older_than_its_last_letter() -> None:
    def letters(partition: int, *times: int) -> list[Letter]:
        return [Letter(Place(time, 0, partition), b"") for time in times]

    known, more = merged([letters(0, 9, 8), letters(1, 7), letters(2)], most=2)
    assert ([each.place.milliseconds for each in known], more) == ([9, 8], True)
    known, more = merged([letters(0, 9), letters(1, 7)], most=2)
    assert ([each.place.milliseconds for each in known], more) == ([9, 7], False)


def test_letters_of_the_same_moment_are_told_apart_by_partition() -> None:
    place = Place.of("2-1000-5")
    assert [older_than(place, partition) for partition in (1, 2, 3)] == ["1000-5", "(1000-5", "(1000-5"]
    assert older_than(None, 1) == "+"
    assert place.letter_id == "2-1000-5"
