"""When accepted work reaches the profiles, and what shows when its order was broken."""

import anyio
import pytest

from tests.braze_simulator.conftest import Braze, Start, event

pytestmark = pytest.mark.anyio


async def plans(braze: Braze) -> list[str]:
    """The values of `plan` in order of application."""
    profile = braze.workspace.directory.by_external_id.get("u1")
    return [] if profile is None else [change.fields["plan"][1] for change in profile.changes]


async def test_immediate_work_is_applied_before_the_answer(braze: Braze) -> None:
    await braze.set(plan="a")
    assert await plans(braze) == ["a"]
    assert (await braze.see("requests"))["requests"][0]["applied_at"] == "2026-01-10T00:00:00.000Z"


async def test_delayed_work_keeps_its_order(start: Start) -> None:
    braze = start(consistency={"mode": "delayed", "min_seconds": 1, "max_seconds": 9, "seed": 5})
    for plan in "abcdef":
        await braze.set(plan=plan)
    assert await plans(braze) == []
    for _ in range(10):
        await braze.post("/_sim/clock", {"advance": 1})
        seen = await plans(braze)
        assert seen == list("abcdef")[: len(seen)]
    assert await plans(braze) == list("abcdef")
    assert braze.workspace.order.count == 0


async def test_reordered_work_breaks_the_order_and_the_breach_is_found(start: Start) -> None:
    async def run(seed: int) -> list[str]:
        braze = start(consistency={"mode": "reordered", "min_seconds": 1, "max_seconds": 9, "seed": seed})
        for plan in "abcdef":
            await braze.set(plan=plan)
        await braze.post("/_sim/clock", {"advance": 10})
        assert {row["kind"] for row in (await braze.see("order-violations"))["violations"]} == {"applied-late"}
        return await plans(braze)

    first = await run(1)
    assert sorted(first) == list("abcdef")
    assert first != list("abcdef")
    assert await run(1) == first


async def test_manual_work_waits_for_settle(start: Start) -> None:
    braze = start(consistency={"mode": "manual"})
    await braze.set(plan="a")
    await braze.set(plan="b")
    assert (await braze.see("health"))["waiting"] == 2
    assert (await braze.see("users"))["count"] == 0
    assert (await braze.post("/_sim/settle", None)).json() == {"applied": 2}
    assert await plans(braze) == ["a", "b"]


async def test_an_apply_delay_lets_a_later_request_overtake(braze: Braze) -> None:
    await braze.faults({"window": {"count": 1}, "action": {"kind": "apply_delay", "seconds": 5}})
    await braze.set(plan="a")
    await braze.set(plan="b")
    await braze.post("/_sim/clock", {"advance": 5})
    assert await plans(braze) == ["b", "a"]
    assert (await braze.see("order-violations"))["count"] == 1


async def test_times_that_run_backwards_are_found_per_user(braze: Braze) -> None:
    await braze.track(events=[event(time="2026-01-03T00:00:00Z"), event("u2", time="2026-01-01T00:00:00Z")])
    assert (await braze.see("order-violations"))["count"] == 0
    await braze.track(events=[event(time="2026-01-02T00:00:00Z")])
    (violation,) = (await braze.see("order-violations?kind=time-backwards"))["violations"]
    assert (violation["user"], violation["what"]) == ("u1", "Hello")
    assert (violation["value"], violation["latest"]) == ("2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z")


@pytest.mark.parametrize(("second", "violations"), [("u1", 1), ("u2", 0)])
async def test_a_second_request_of_a_user_whose_first_has_no_answer_yet_is_found(
    start: Start, second: str, violations: int
) -> None:
    braze = start(clock={"mode": "real"})
    await braze.faults({"window": {"count": 1}, "action": {"kind": "delay", "ms": 200}})
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: braze.track(events=[event("u1")]))
        await anyio.sleep(0.05)
        await braze.track(events=[event(second)])
    await braze.track(events=[event("u1", time="2026-01-03T00:00:00Z")])
    found = (await braze.see("order-violations?kind=overtaking"))["violations"]
    assert len(found) == violations
