"""Braze applies every tenth request and cuts the connection: what is in Braze twice is exactly what delivery marked as ambiguous."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, NamedTuple

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from structlog.testing import capture_logs

from policies.connection import Workspace
from router.app import create_app as create_router
from router.braze_simulator.app import create_app as create_braze
from router.braze_simulator.config import Key, SimulatorConfig
from router.braze_simulator.faults.rules import read_rules
from router.braze_simulator.server import server_config
from router.braze_simulator.workspace import Workspace as Braze
from router.config.settings import Settings
from router.service import Service
from router.store.accounting import Totals

pytestmark = pytest.mark.anyio

KEY = "planted-rest-key"
EVERY_TENTH = {"window": {"skip": 9, "every": 10}, "action": {"kind": "reset", "when": "after_apply"}}
ROUNDS = 20
Reached = Literal["in process", "on a socket"]


class Marked(NamedTuple):
    """Messages that delivery called ambiguous, in its log, and what the store says at the end."""

    message_ids: list[str]
    decision_ids: list[str]
    totals: Totals
    counters: dict[str, int]


@asynccontextmanager
async def served(app: Starlette, reached: Reached) -> AsyncIterator[tuple[str, httpx.AsyncBaseTransport | None]]:
    """The URL of a local Braze and the transport that leads there."""
    if reached == "in process":
        yield "http://braze.local", httpx.ASGITransport(app)
        return
    server = uvicorn.Server(server_config(app, port=0))
    serving = asyncio.create_task(server.serve())
    for _ in range(500):
        if server.started:
            break
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", None
    server.should_exit = True
    await serving


def events_of(round_number: int) -> list[dict[str, Any]]:
    """A view, an order of two products and a bare profile of one visitor; every name says its message."""
    visitor = {"anonymousId": f"a-{round_number}", "context": {"traits": {"round": round_number}}}
    products = [{"product_id": f"o{round_number}/{line}", "price": 5, "quantity": 1} for line in (1, 2)]
    order = {"event": "Order Completed", "properties": {"currency": "EUR", "products": products}}
    return [
        {"type": "track", "event": f"v{round_number}", "messageId": f"v{round_number}", **visitor},
        {"type": "track", "messageId": f"o{round_number}", **order, **visitor},
        {"type": "identify", "userId": f"u-{round_number}", "messageId": f"i{round_number}", **visitor},
    ]


async def delivered(service: Service) -> Marked:
    """Send everything through the gateway, one visitor after another so that there are many requests."""
    with capture_logs() as logged:
        gateway = httpx.ASGITransport(create_router(service.runtime))
        async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
            for number in range(ROUNDS):
                answer = await client.post("/v1/batch", json={"batch": events_of(number)}, auth=("wk-web", ""))
                assert answer.text == "ok"
                totals = await drained(service)
    lines = [line for line in logged if line["event"].startswith("ambiguous: ")]
    return Marked(
        message_ids=[message_id for line in lines for message_id in line["message_ids"]],
        decision_ids=[decision_id for line in lines for decision_id in line["decision_ids"]],
        totals=totals,
        counters=dict((await service.store.account()).counters),
    )


async def drained(service: Service) -> Totals:
    """Wait until nothing is queued, at most a minute."""
    for _ in range(6000):
        totals = await service.store.totals()
        if totals.queued == 0:
            break
        await asyncio.sleep(0.01)
    return totals


class Ended(NamedTuple):
    """What the local Braze says, and what delivery said."""

    applied: Counter[str]
    doubled: set[str]
    faults: int
    marked: Marked


async def run(reached: Reached, redis_url: str, workspace: Workspace, *, ambiguous: Literal["resend", "park"]) -> Ended:
    app = create_braze(SimulatorConfig(keys={KEY: Key()}, rate_plan="off"))
    braze: Braze = app.state.workspace
    braze.faults.arm(read_rules(EVERY_TENTH))
    async with served(app, reached) as (url, transport):
        service = Service(
            settings=Settings(partitions=4, braze_url=url, ambiguous=ambiguous),
            workspace=workspace,
            environment={"BRAZE_REST_KEY": KEY},
            redis_url=redis_url,
            braze_transport=transport,
        )
        async with service:
            marked = await delivered(service)
    (rule,) = braze.faults.armed.values()
    return Ended(applied(braze), await doubled(app), rule.fired, marked)


def applied(braze: Braze) -> Counter[str]:
    """How often each message's event or purchase was applied (an order by its first product)."""
    names = [entry.name for profile in braze.directory.profiles.values() for entry in profile.log]
    return Counter(name.removesuffix("/1") for name in names if not name.endswith("/2"))


async def doubled(app: Starlette) -> set[str]:
    """The messages of which `/_sim/duplicates` tells."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://braze.local") as client:
        found = (await client.get("/_sim/duplicates")).json()["duplicates"]
    return {row["name"].partition("/")[0] for row in found}


ALL = {f"{kind}{number}" for number in range(ROUNDS) for kind in "vo"}


@pytest.mark.parametrize("reached", ["in process", "on a socket"])
async def test_the_duplicates_are_exactly_the_events_marked_as_ambiguous(
    reached: Reached, valkey_url: str, quickstart: Workspace
) -> None:
    ended = await run(reached, valkey_url, quickstart, ambiguous="resend")
    marked = ended.marked
    assert ended.faults >= 3, "too few requests for the scenario to say anything"
    assert ended.doubled
    assert sorted(marked.message_ids) == sorted(ended.doubled)
    assert len(set(marked.decision_ids)) == len(marked.message_ids)
    assert set(ended.applied) == ALL
    counted = {name: count for name, count in marked.counters.items() if name.startswith("ambiguous|")}
    assert counted == {"ambiguous|web-shop|braze-eu|cloud/deliver": len(marked.message_ids)}
    assert marked.totals == Totals(accepted=3 * ROUNDS, delivered=3 * ROUNDS, ambiguous=len(marked.message_ids))


async def test_parked_instead_of_resent_nothing_is_doubled_and_the_marked_events_are_the_dead_letters(
    valkey_url: str, quickstart: Workspace
) -> None:
    ended = await run("in process", valkey_url, quickstart, ambiguous="park")
    marked = ended.marked
    assert ended.faults >= 3
    assert ended.doubled == set()
    assert ended.applied == Counter(ALL)
    assert marked.message_ids
    assert marked.totals == Totals(
        accepted=3 * ROUNDS,
        delivered=3 * ROUNDS - len(marked.message_ids),
        dead_lettered=len(marked.message_ids),
        ambiguous=len(marked.message_ids),
    )
