"""Trait dedup in a running router: several devices of one user, restarts, failures, the account."""

import asyncio
from typing import Any

import httpx
import pytest

from policies.connection import Workspace, as_document
from policies.workspace import parse_workspace
from router.store.accounting import Totals
from tests.braze.simulated import Profiles
from tests.conftest import Running, RunRouter

pytestmark = pytest.mark.anyio

SERVER = ("wk-server", "")


class FlakyBraze:
    """The simulator, which answers the first calls with these failures instead."""

    def __init__(self, *failures: httpx.Response | Exception) -> None:
        self.profiles = Profiles()
        self.objects = 0
        self._failures = list(failures)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        failure = self._failures.pop(0) if self._failures else None
        if isinstance(failure, httpx.Response):
            return failure
        answer = self.profiles.post(request.url.path, request.content)
        self.objects += answer.body.get("attributes_processed", 0)
        if failure is not None:
            raise failure
        return httpx.Response(answer.status, content=answer.raw)

    @property
    def plan(self) -> Any:
        """The user's plan as Braze has it."""
        return (self.profiles.attributes("u-1") or {}).get("plan")


@pytest.fixture
def deduplicating(quickstart: Workspace) -> Workspace:
    """The quickstart connections with trait dedup on."""
    document = as_document(quickstart)
    document["destinations"][0]["config"]["supportDedup"] = True
    return parse_workspace(document)


async def identify(running: Running, *plans: Any, device: str | None = None) -> None:
    """Identify the user, on a device if it is named, once for each plan; wait each time until it is through."""
    anonymous = {"anonymousId": f"an-{device}"} if device else {}
    for plan in plans:
        event = {"type": "identify", "userId": "u-1", "traits": {"plan": plan}, **anonymous}
        answer = await running.client.post("/v1/batch", json={"batch": [event]}, auth=SERVER)
        assert answer.text == "ok"
        for _ in range(400):
            if (await running.service.store.totals()).queued == 0:
                break
            await asyncio.sleep(0.01)


async def test_gold_silver_gold_of_two_devices_ends_in_gold(run_router: RunRouter, deduplicating: Workspace) -> None:
    braze = FlakyBraze()
    async with run_router(braze, workspace=deduplicating) as running:
        await identify(running, "gold", device="phone")
        await identify(running, "silver", device="laptop")
        await identify(running, "gold", device="phone")
        assert (braze.plan, braze.objects) == ("gold", 3)
        await identify(running, "gold", "gold", device="laptop")
        assert (braze.plan, braze.objects) == ("gold", 3)


async def test_events_of_which_nothing_is_left_count_as_filtered(
    run_router: RunRouter, deduplicating: Workspace
) -> None:
    braze = FlakyBraze()
    async with run_router(braze, workspace=deduplicating) as running:
        await identify(running, "gold", "gold", "silver", "silver", None, None)
        assert await running.service.store.totals() == Totals(accepted=6, delivered=3, filtered=3)
        metrics = (await running.client.get("/metrics")).text
        assert 'delivery_trait_updates_saved_total{destination="braze-eu"} 3.0' in metrics
    assert braze.objects == 3
    assert braze.profiles.data_points == 3


async def test_what_is_known_survives_a_restart(run_router: RunRouter, deduplicating: Workspace) -> None:
    braze = FlakyBraze()
    for _ in range(2):
        async with run_router(braze, workspace=deduplicating) as running:
            await identify(running, "gold")
    assert braze.objects == 1


async def test_what_changes_while_dedup_is_off_is_not_taken_for_known_when_it_is_on_again(
    run_router: RunRouter, quickstart: Workspace, deduplicating: Workspace
) -> None:
    braze = FlakyBraze()
    for workspace, plan in ((deduplicating, "gold"), (quickstart, "silver"), (deduplicating, "gold")):
        async with run_router(braze, workspace=workspace) as running:
            await identify(running, plan)
    assert braze.plan == "gold"


@pytest.mark.parametrize(
    "failure",
    [httpx.Response(500), httpx.Response(429), httpx.ReadError("cut after Braze took it"), httpx.ConnectError("away")],
)
async def test_a_change_that_had_to_be_sent_twice_is_neither_lost_nor_believed_too_early(
    run_router: RunRouter, deduplicating: Workspace, failure: httpx.Response | Exception
) -> None:
    braze = FlakyBraze(failure)
    async with run_router(braze, workspace=deduplicating) as running:
        await identify(running, "gold", "silver", "gold")
    assert braze.plan == "gold"


async def test_an_object_that_braze_refuses_is_not_known(run_router: RunRouter, deduplicating: Workspace) -> None:
    refusal = {"type": "no", "input_array": "attributes", "index": 0}
    braze = FlakyBraze(httpx.Response(201, json={"message": "success", "errors": [refusal]}))
    async with run_router(braze, workspace=deduplicating) as running:
        await identify(running, "gold", "gold")
        assert await running.service.store.totals() == Totals(accepted=2, delivered=1, dead_lettered=1)
    assert braze.plan == "gold"
