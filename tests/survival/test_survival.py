"""Whatever dies or misbehaves: nothing accepted is lost, nothing is out of order, and only marked events are doubled."""

import asyncio
import itertools
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.survival.judge import Verdict, judge
from tests.survival.scene import Scene
from tests.survival.traffic import Accepted, send_traffic

FAULTS: list[tuple[dict[str, Any], int]] = [
    ({"kind": "status", "code": 500}, 5),
    ({"kind": "status", "code": 503, "after_apply": True}, 2),
    ({"kind": "rate_limit", "burst_n": 1, "retry_after": 1}, 4),
    ({"kind": "reset", "when": "before_read"}, 3),
    ({"kind": "reset", "when": "after_apply"}, 2),
    ({"kind": "delay", "ms": 300}, 10),
]
"""What passes: every event is delivered in the end."""

AWKWARD: list[tuple[dict[str, Any], int]] = [
    ({"kind": "status", "code": 413}, 4),
    ({"kind": "non_json_2xx"}, 1),
    ({"kind": "truncate_body"}, 1),
    ({"kind": "message_not_success"}, 1),
    ({"kind": "reset", "when": "mid_body"}, 2),
]
"""Requests that must be cut in halves, and answers that do not say what became of the objects: these become dead letters."""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Two routers and a worker on one store, one local Braze."""
    running = Scene(tmp_path, serves=2, workers=1)
    yield running
    running.close()


def harm(scene: Scene, rng: random.Random) -> str:
    """One act of harm, chosen by chance."""
    acts: dict[str, Callable[[], object]] = {
        "kill a router": lambda: rng.choice(scene.routers).kill(),
        "kill a worker": lambda: rng.choice(scene.workers).kill(),
        "kill valkey": scene.kill_valkey,
        "faults": lambda: scene.fault((fault := rng.choice(FAULTS))[0], count=fault[1]),
    }
    name = rng.choices(list(acts), (2, 2, 1, 5))[0]
    acts[name]()
    return name


def in_turn(faults: Sequence[tuple[dict[str, Any], int]]) -> "Harm":
    """Harm that is one fault after another."""
    turns = itertools.cycle(faults)

    def harm(scene: Scene, rng: random.Random) -> str:
        action, count = next(turns)
        scene.fault(action, count=count)
        return str(action["kind"])

    return harm


def kill_the_store(scene: Scene, rng: random.Random) -> str:
    """Harm that is always the same."""
    scene.kill_valkey()
    return "kill valkey"


Harm = Callable[[Scene, random.Random], str]


def run(
    scene: Scene, *, seconds: float, pause: tuple[float, float], devices: int, seed: int, harm: Harm = harm
) -> tuple[Accepted, list[str], dict[str, int]]:
    """Traffic and harm side by side, then peace until everything is delivered."""
    rng = random.Random(seed)
    harms: list[str] = []
    result: list[Accepted] = []
    urls = [router.url for router in scene.routers]
    sender = threading.Thread(
        target=lambda: result.append(asyncio.run(send_traffic(urls, devices=devices, seconds=seconds, seed=seed)))
    )
    sender.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(rng.uniform(*pause))
        harms.append(harm(scene, rng))
    sender.join(timeout=120)
    assert result, f"the senders did not end\n{scene.logs()[-4000:]}"
    return result[0], harms, scene.wait_until_drained(seconds=120)


def judged(scene: Scene, accepted: Accepted, *, apart: Collection[str] = ()) -> Verdict:
    """Braze's ledger against what was accepted; events `apart` may come out of their order."""
    arrived = scene.simulator("events", limit=1_000_000)["events"]
    names = [event["name"] for event in sorted(arrived, key=lambda event: (event["applied_at"], event["id"]))]
    by_device = {device: [name for name in sent if name not in apart] for device, sent in accepted.by_device.items()}
    return judge(by_device, [name for name in names if name not in apart], scene.ambiguous_message_ids())


def check(verdict: Verdict, totals: dict[str, int]) -> None:
    assert verdict.accepted > 0
    assert verdict.lost == []
    assert verdict.doubled_without_mark == []
    assert verdict.out_of_order == []
    assert totals["accepted"] == verdict.accepted
    assert totals["accepted"] == totals["delivered"]


def test_kills_and_faults_lose_nothing_and_double_only_what_is_marked(scene: Scene) -> None:
    accepted, harms, totals = run(scene, seconds=15.0, pause=(0.4, 1.2), devices=20, seed=7)
    verdict = judged(scene, accepted)
    print(
        f"{verdict.accepted} events, {len(harms)} harms, {len(verdict.lost)} lost, {len(verdict.doubled)} doubled (all marked)"
    )
    check(verdict, totals)


def test_a_store_that_forces_each_write_to_disk_loses_nothing_when_it_is_killed_under_load(tmp_path: Path) -> None:
    scene = Scene(tmp_path, serves=2, workers=0, fsync="always")
    try:
        with redis.Redis.from_url(scene.valkey.url) as client:
            assert client.config_get("appendfsync") == {"appendfsync": "always"}
        accepted, kills, totals = run(scene, seconds=6.0, pause=(0.8, 1.5), devices=20, seed=3, harm=kill_the_store)
        verdict = judged(scene, accepted)
        assert len(kills) >= 4
        assert verdict.accepted > 100
        check(verdict, totals)
    finally:
        scene.close()


def test_halves_stay_in_order_and_answers_that_say_nothing_end_as_dead_letters_that_can_be_retried(
    scene: Scene,
) -> None:
    accepted, harms, totals = run(scene, seconds=8.0, pause=(0.2, 0.6), devices=20, seed=11, harm=in_turn(AWKWARD))
    letters = scene.dead_letters()
    assert len(harms) >= 2 * len(AWKWARD)
    assert letters, "no answer was in doubt"
    assert totals["accepted"] == len(accepted.names) == totals["delivered"] + totals["dead_lettered"]
    assert len(letters) == totals["dead_lettered"]
    delivered = judged(scene, accepted, apart=set(letters.values()))
    assert (delivered.lost, delivered.out_of_order, delivered.doubled_without_mark) == ([], [], [])

    httpx.delete(f"{scene.braze_url}/_sim/faults", timeout=5.0).raise_for_status()
    for letter in letters:
        scene.retry(letter)
    totals = scene.wait_until_drained(seconds=60)
    in_the_end = judged(scene, accepted)
    assert (in_the_end.lost, in_the_end.doubled_without_mark) == ([], [])
    assert (totals["delivered"], totals["dead_lettered"]) == (totals["accepted"], 0)


def test_a_worker_that_dies_hands_its_partitions_over_within_ten_seconds(scene: Scene) -> None:
    scene.workers[0].process.kill()
    scene.workers[0].process.wait()
    events = [{"type": "track", "event": f"e{n}", "messageId": f"m{n}", "anonymousId": f"a{n}"} for n in range(200)]
    started = time.monotonic()
    for first in range(0, 200, 50):
        answer = httpx.post(
            f"{scene.routers[0].url}/v1/batch", json={"batch": events[first : first + 50]}, auth=("wk-web", "")
        )
        assert answer.text == "ok"
    while scene.status()["totals"]["queued"]:
        assert time.monotonic() - started < 10.0
        time.sleep(0.1)


def test_sigterm_ends_a_router_within_fifteen_seconds_and_its_partitions_move_at_once(scene: Scene) -> None:
    scene.fault({"kind": "delay", "ms": 500}, count=20)
    events = [{"type": "track", "event": f"e{n}", "messageId": f"m{n}", "anonymousId": f"a{n}"} for n in range(50)]
    assert httpx.post(f"{scene.routers[1].url}/v1/batch", json={"batch": events}, auth=("wk-web", "")).text == "ok"
    assert scene.routers[1].stop() < 15.0
    assert scene.routers[1].process.returncode == 0
    started = time.monotonic()
    while scene.status()["totals"]["queued"]:
        assert time.monotonic() - started < 5.0
        time.sleep(0.1)
    names = [event["name"] for event in scene.simulator("events", limit=1000)["events"]]
    assert sorted(names) == sorted(f"e{n}" for n in range(50))


def test_sigterm_ends_every_process_within_fifteen_seconds_though_the_store_says_nothing(scene: Scene) -> None:
    event = {"type": "track", "event": "e", "messageId": "m", "anonymousId": "a"}
    gateway, worker = scene.routers[0], scene.workers[0]
    with scene.frozen_valkey(), ThreadPoolExecutor(3) as pool:
        cut = pool.submit(
            httpx.post, f"{gateway.url}/v1/batch", json={"batch": [event]}, auth=("wk-web", ""), timeout=20
        )
        time.sleep(0.3)  # it waits for the store
        seconds = [stop.result() for stop in [pool.submit(gateway.stop), pool.submit(worker.stop)]]
        answer = cut.result()
    assert max(seconds) < 13.0, seconds
    assert (gateway.process.returncode, worker.process.returncode) == (0, 0)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_a_process_that_was_frozen_past_its_leases_changes_nothing_when_it_wakes(scene: Scene) -> None:
    """Its requests are out, its partitions have moved, and it hears the answers when others have settled those events."""
    time.sleep(4.0)  # the leases have been shared out
    scene.fault({"kind": "delay", "ms": 2000}, count=40)
    names = [f"e{n:03}" for n in range(300)]
    events = [{"type": "track", "event": name, "messageId": name, "anonymousId": f"a-{name[-2:]}"} for name in names]
    for first in range(0, 300, 50):
        batch = {"batch": events[first : first + 50]}
        assert httpx.post(f"{scene.routers[0].url}/v1/batch", json=batch, auth=("wk-android", "")).text == "ok"
    time.sleep(0.7)  # every process has looked for work, and no answer has come yet
    with scene.workers[0].frozen(), scene.routers[1].frozen():
        time.sleep(8.0)
    scene.wait_until_drained(seconds=60)
    time.sleep(2.0)
    arrived = [event["name"] for event in scene.simulator("events", limit=10_000)["events"]]
    assert set(arrived) == set(names)
    doubled = {name for name in names if arrived.count(name) > 1}
    assert doubled, "no request was out when the processes froze"
    assert doubled <= scene.ambiguous_message_ids()
    totals = scene.status()["totals"]
    assert (totals["accepted"], totals["delivered"], totals["queued"]) == (300, 300, 0)


@pytest.mark.soak
def test_soak_ten_minutes_of_harm(scene: Scene) -> None:
    accepted, harms, totals = run(scene, seconds=600.0, pause=(0.5, 3.0), devices=40, seed=int(time.time()))
    verdict = judged(scene, accepted)
    print(
        f"{verdict.accepted} events, {len(harms)} harms, {len(verdict.lost)} lost, {len(verdict.doubled)} doubled (all marked)"
    )
    check(verdict, totals)
