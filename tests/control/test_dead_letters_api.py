"""Dead letters over HTTP, page by page."""

import anyio
import pytest

from router.store import keys
from tests.conftest import Running
from tests.control.operating import Operator

pytestmark = pytest.mark.anyio


async def die(running: Running, number: int) -> None:
    """Send events that no transform takes, and wait until they are dead letters."""
    batch = [{"type": "track", "userId": f"u-{each}", "event": "", "messageId": f"m-{each}"} for each in range(number)]
    await running.client.post("/v1/batch", json={"batch": batch}, auth=("wk-server", ""))
    for _ in range(200):
        if (await running.service.store.totals()).dead_lettered == number:
            return
        await anyio.sleep(0.05)
    raise AssertionError("the letters did not come")


async def test_pages_go_on_while_letters_are_retried_and_discarded(running: Running, operator: Operator) -> None:
    await die(running, 25)
    await operator.call("POST", "destinations/braze-eu/pause", {"reason": "so that what is retried stays queued"})
    seen, before = [], ""
    while True:
        page = await operator.get("dead-letters", count=4, before=before)
        ids = [letter["id"] for letter in page["dead_letters"]]
        seen += [letter["message_id"] for letter in page["dead_letters"]]
        for number, letter_id in enumerate(ids):
            act = "retry" if number % 2 else "discard"
            assert (await operator.call("POST", f"dead-letters/{letter_id}/{act}", {"reason": "x"})).status_code == 200
        if not (before := page["next"]):
            break
    assert sorted(seen) == sorted(f"m-{each}" for each in range(25))
    assert (await operator.get("dead-letters"))["dead_letters"] == []
    totals = (await operator.get("status"))["totals"]
    assert (totals["dead_lettered"], totals["queued"], totals["discarded"]) == (0, 12, 13)


async def test_a_letter_of_another_format_is_listed_apart_and_not_touched(running: Running, operator: Operator) -> None:
    await die(running, 1)
    await running.service.store.command("XADD", keys.dead(0), "*", "v", "2", "other", "text")
    page = await operator.get("dead-letters")
    assert [letter["message_id"] for letter in page["dead_letters"]] == ["m-0"]
    ((letter_id, size, version),) = [each.values() for each in page["unreadable"]]
    assert (size, version) == (5, "2")
    for answer in (
        await operator.call("GET", f"dead-letters/{letter_id}"),
        await operator.call("POST", f"dead-letters/{letter_id}/discard", {"reason": "x"}),
    ):
        assert (answer.status_code, answer.json()["title"]) == (409, "the dead letter is not readable")


@pytest.mark.parametrize("before", ["x", "1-1", "1-1-1-1", "1-1-\u00b2", f"1-{10**15}-1", "-1-1-1"])
async def test_what_is_no_place_in_the_list_is_refused(operator: Operator, before: str) -> None:
    answer = await operator.call("GET", "dead-letters", before=before)
    assert (answer.status_code, answer.json()["title"]) == (400, "before is no id")


async def test_letters_of_a_destination_that_has_none_are_an_empty_last_page(
    running: Running, operator: Operator
) -> None:
    await die(running, 2)
    assert await operator.get("dead-letters", destination="nowhere") == {
        "dead_letters": [],
        "unreadable": [],
        "next": "",
    }
