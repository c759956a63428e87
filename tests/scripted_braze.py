"""A Braze that answers by script, and what tests of delivery do with a running router."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from router.store.accounting import Totals
from router.store.dead_letters import DeadLetters, as_rows
from tests.conftest import Running

WEB = ("wk-web", "")


OK = httpx.Response(201, json={"message": "success"})


def track(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": f"e{number}", "messageId": f"m{number}", "anonymousId": "a-1", **more}


def identify(user: str = "u-1", **more: Any) -> dict[str, Any]:
    event = {"type": "identify", "messageId": "i-1", "userId": user, "anonymousId": "a-1", "traits": {"plan": "pro"}}
    return event | more


class FakeBraze:
    """Answers by script, then with success; remembers what it took."""

    def __init__(self, *script: httpx.Response | Exception) -> None:
        self._script: Iterator[httpx.Response | Exception] = iter(script)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.taken: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        call = (request.url.path, json.loads(request.content))
        self.calls.append(call)
        answer = next(self._script, OK)
        if isinstance(answer, Exception):
            raise answer
        if answer.status_code < 300:
            self.taken.append(call)
        return answer

    @property
    def event_names(self) -> list[str]:
        return [event["name"] for _, body in self.taken for event in body.get("events", [])]


async def post(running: Running, *events: dict[str, Any]) -> None:
    answer = await running.client.post("/v1/batch", json={"batch": events}, auth=WEB)
    assert answer.text == "ok"


async def settled(running: Running, until: Callable[[Totals], bool] = lambda totals: totals.queued == 0) -> Totals:
    for _ in range(200):
        totals = await running.service.store.totals()
        if until(totals):
            break
        await asyncio.sleep(0.05)
    assert totals.adds_up()
    return totals


async def only_letter(running: Running) -> dict[str, Any]:
    (listed,) = as_rows((await DeadLetters(running.service.store).newest(count=10)).letters)
    return listed
