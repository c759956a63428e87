"""Events whose objects go to Braze in several requests: whatever comes in between, what Braze has accepted is not sent again."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

import httpx
import pytest

from policies.connection import Workspace
from router.braze.objects import Item
from router.braze.repetition import mark_of
from router.config.settings import Settings
from router.delivery.ledger import Ledger
from router.delivery.parts import undecided
from router.store import keys
from router.store.accounting import Totals
from router.store.dead_letters import DeadLetters
from router.store.entries import Backlog, Entry, Part, Queued
from tests.conftest import Running, RunRouter
from tests.scripted_braze import OK, only_letter, post, settled

pytestmark = pytest.mark.anyio

BUSY = httpx.Response(429, headers={"Retry-After": "2"}, json={"message": "slow down"})
ONE = Settings(partitions=1)
HANDLING = pytest.mark.parametrize("handling", ["resend", "park"])


def order(number: int, products: int) -> dict[str, Any]:
    lines = [{"product_id": f"p{number}-{line}", "price": 1, "quantity": 1} for line in range(products)]
    properties = {"order_id": f"{number}", "currency": "USD", "products": lines}
    event = {"type": "track", "event": "Order Completed", "messageId": f"o{number}", "properties": properties}
    return event | {"anonymousId": "a-1", "userId": "u-1"}


class Till:
    """Counts the purchases it accepts; the answers are by script, and None is a request that hangs, applied or not."""

    def __init__(self, *script: httpx.Response | None, applies_what_hangs: bool = False) -> None:
        self._script = iter(script)
        self._applies = applies_what_hangs
        self.bought: Counter[str] = Counter()
        self.sizes: list[int] = []
        self.hanging = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        purchases = json.loads(request.content).get("purchases", [])
        self.sizes.append(len(purchases))
        answer = next(self._script, OK)
        if answer is not None and answer.status_code < 300:
            refused = {error["index"] for error in json.loads(answer.content).get("errors", [])}
            self.bought.update(each["product_id"] for at, each in enumerate(purchases) if at not in refused)
        if answer is None:
            if self._applies:
                self.bought.update(each["product_id"] for each in purchases)
            self.hanging.set()
            await asyncio.sleep(60)
        return answer or OK


def refusing(*places: int) -> httpx.Response:
    """Braze takes a request without the purchases at these places."""
    errors = [{"type": "'price' is not valid", "input_array": "purchases", "index": place} for place in places]
    return httpx.Response(201, json={"message": "success", "errors": errors})


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(250):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that in five seconds")


async def pause_and_resume(running: Running) -> None:
    await running.service.store.pause("braze-eu")
    await until(lambda: not running.service.worker._lanes)
    await running.service.store.resume("braze-eu")
    running.service.worker.wake()


async def rotate(running: Running, quickstart: Workspace) -> None:
    await running.service.reload(quickstart, {"BRAZE_REST_KEY": "another-key"})


@pytest.mark.parametrize("event", ["pause", "rotation"])
async def test_an_order_of_many_products_is_not_bought_twice_over_a_recall(
    run_router: RunRouter, quickstart: Workspace, event: Literal["pause", "rotation"]
) -> None:
    till = Till(OK, BUSY)
    async with run_router(till, settings=ONE) as running:
        await post(running, order(1, 100))
        await until(lambda: len(till.sizes) >= 2)
        await (pause_and_resume(running) if event == "pause" else rotate(running, quickstart))
        assert await settled(running) == Totals(accepted=1, delivered=1)
    assert till.bought == {f"p1-{line}": 1 for line in range(100)}


async def test_orders_are_not_bought_twice_over_a_clean_stop_between_their_requests(run_router: RunRouter) -> None:
    till = Till(OK, *[BUSY] * 50)
    async with run_router(till, settings=ONE) as running:
        await post(running, *(order(number, 4) for number in range(30)))
        await until(lambda: len(till.sizes) >= 2)
        half = dict(till.bought)
    again = Till()
    async with run_router(again, settings=ONE) as running:
        assert await settled(running) == Totals(accepted=30, delivered=30)
    assert 0 < len(half) < 120
    assert till.bought + again.bought == {f"p{number}-{line}": 1 for number in range(30) for line in range(4)}


async def test_what_was_accepted_while_the_culprit_was_looked_for_is_not_bought_twice(run_router: RunRouter) -> None:
    till = Till(httpx.Response(400, json={"message": "something is wrong"}), OK, BUSY)
    async with run_router(till, settings=ONE) as running:
        await post(running, order(1, 4))
        await until(lambda: len(till.sizes) >= 3)
    again = Till()
    async with run_router(again, settings=ONE) as running:
        assert await settled(running) == Totals(accepted=1, delivered=1)
    assert (till.sizes, again.sizes) == ([4, 2, 2], [2])
    assert till.bought + again.bought == {f"p1-{line}": 1 for line in range(4)}


async def test_two_equal_products_of_an_order_are_two_purchases(run_router: RunRouter) -> None:
    same = order(1, 1)["properties"]["products"] * 100
    till = Till(OK, BUSY)
    async with run_router(till, settings=ONE) as running:
        await post(running, order(1, 0) | {"properties": {"currency": "USD", "products": same}})
        await until(lambda: len(till.sizes) >= 2)
        await pause_and_resume(running)
        await settled(running)
    assert till.bought == {"p1-0": 100}


@HANDLING
async def test_only_what_was_in_flight_at_a_crash_is_in_doubt(run_router: RunRouter, handling: Any) -> None:
    settings = Settings(partitions=1, ambiguous=handling, shutdown_seconds=0.01)
    till = Till(OK, None, applies_what_hangs=True)
    async with run_router(till, settings=settings) as running:
        await post(running, order(1, 100))
        await till.hanging.wait()
    again = Till()
    async with run_router(again, settings=settings) as running:
        dead = int(handling == "park")
        assert await settled(running) == Totals(accepted=1, delivered=1 - dead, dead_lettered=dead, ambiguous=1)
        if dead:
            letter = await only_letter(running)
            assert letter["partly_delivered"] is True
    assert till.bought == {f"p1-{line}": 1 for line in range(100)}
    assert again.bought == ({} if handling == "park" else {f"p1-{line}": 1 for line in range(75, 100)})


@HANDLING
async def test_nothing_is_in_doubt_where_the_rest_was_not_sent(run_router: RunRouter, handling: Any) -> None:
    till = Till(OK, BUSY)
    settings = Settings(partitions=1, ambiguous=handling)
    async with run_router(till, settings=settings) as running:
        await post(running, order(1, 100))
        await until(lambda: len(till.sizes) >= 2)
    again = Till()
    async with run_router(again, settings=settings) as running:
        assert await settled(running) == Totals(accepted=1, delivered=1)
    assert (till.bought.total(), again.bought.total()) == (75, 25)


async def test_a_refusal_in_the_second_request_makes_a_dead_letter_of_what_was_partly_delivered_before_a_stop(
    run_router: RunRouter,
) -> None:
    till = Till(OK, BUSY)
    async with run_router(till, settings=ONE) as running:
        await post(running, order(1, 100))
        await until(lambda: len(till.sizes) >= 2)
    again = Till(refusing(*range(25)))
    async with run_router(again, settings=ONE) as running:
        assert await settled(running) == Totals(accepted=1, dead_lettered=1)
        letter = await only_letter(running)
    assert (letter["partly_delivered"], set(letter["errors"])) == (
        True,
        {"/users/track purchases: 'price' is not valid"},
    )
    assert (again.sizes, again.bought.total()) == ([25], 0)


async def test_a_refusal_in_the_first_request_is_known_after_a_stop_and_a_retry_sends_everything(
    run_router: RunRouter,
) -> None:
    till = Till(refusing(0), *[BUSY] * 10)
    async with run_router(till, settings=ONE) as running:
        await post(running, order(1, 100))
        await until(lambda: len(till.sizes) >= 2)
    again = Till()
    async with run_router(again, settings=ONE) as running:
        assert await settled(running) == Totals(accepted=1, dead_lettered=1)
        letter = await only_letter(running)
        assert (letter["partly_delivered"], letter["errors"]) == (
            True,
            ["/users/track purchases: 'price' is not valid"],
        )
        assert "p1-0" not in till.bought + again.bought
        assert (till.bought + again.bought).total() == 99
        await DeadLetters(running.service.store).retry(letter["id"])
        running.service.worker.wake()
        assert await settled(running) == Totals(accepted=1, delivered=1)
    assert again.bought["p1-0"] == 1
    assert again.bought["p1-1"] == 1


async def test_what_was_parked_stays_parked_though_the_rest_of_the_event_waits(run_router: RunRouter) -> None:
    """Its attributes are still to be sent when the lane is called back."""
    settings = Settings(partitions=1, ambiguous="park")
    till = Till(httpx.Response(504), *[BUSY] * 10)
    async with run_router(till, settings=settings) as running:
        await post(running, order(1, 3) | {"context": {"traits": {"plan": "pro"}}})
        await until(lambda: len(till.sizes) >= 2)
    again = Till()
    async with run_router(again, settings=settings) as running:
        assert await settled(running) == Totals(accepted=1, dead_lettered=1, ambiguous=1)
    assert till.sizes[:2] == [3, 0]
    assert again.sizes == [0]


async def test_an_older_program_takes_the_events_sent_in_part_for_in_doubt(run_router: RunRouter) -> None:
    till = Till(OK, BUSY)
    async with run_router(till, settings=ONE) as running:
        await post(running, order(1, 100))
        await until(lambda: len(till.sizes) >= 2)
        store = running.service.store
        await store.pause("braze-eu")
        await until(lambda: not running.service.worker._lanes)
        (backlog,) = await store.peek([(0, "braze-eu")], counts=[10])
        assert isinstance(backlog, Backlog)
        (entry,) = backlog.entries
        noted = await store.command("HGET", keys.progress(0, "braze-eu"), "inflight")
    assert (noted.decode(), backlog.in_flight) == (f"{entry.id}:0", frozenset())
    assert list(backlog.parts) == [(entry.id, 0)]


def test_a_deletion_ends_an_event_that_was_refused_in_part_without_a_dead_letter() -> None:
    queued = Queued(
        position=0,
        source="web",
        type="track",
        message_id="m",
        decision_id="d",
        received_at="",
        revision="",
        device_rule="",
        cloud_rule="",
        message=b"{}",
    )
    part = Part((b"12345678",), errors=("refused",))
    ledger = Ledger("braze", [Entry("1-0", (queued,), frozenset())], parts={("1-0", 0): part})
    ledger.discard([0])
    settlement = ledger.start((), (), now="")
    assert (settlement.finished, settlement.dead_letters, settlement.partly) == (("1-0",), (), "")


def test_a_part_that_the_event_no_longer_has_leaves_what_is_sent_of_it_in_doubt() -> None:
    items: list[tuple[int, Item]] = [(0, Item("purchases", {"product_id": name})) for name in "abb"]
    mark = mark_of("purchases", {"product_id": "b"})
    assert undecided(items, {0: Part((mark,))}) == ([items[0], items[2]], frozenset())
    assert undecided(items, {0: Part((b"another",))}) == (items, frozenset({0}))
    assert undecided([], {0: Part((b"another",))}) == ([], frozenset())
