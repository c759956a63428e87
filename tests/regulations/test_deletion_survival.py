"""Deletion while processes are killed and Braze misbehaves: who is to be deleted is gone in the end, and nobody else is."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.survival.scene import TOKEN, Router, Scene

HEADERS = {"authorization": f"Bearer {TOKEN}"}
ERASED = [f"gone-{number}" for number in range(120)]
OTHERS = [f"stays-{number}" for number in range(40)]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Two routers and a worker on one store, one local Braze."""
    running = Scene(tmp_path, serves=2, workers=1, extra=("--deletion-repeat-seconds", "1"))
    yield running
    running.close()


def send(router: Router, users: list[str], *, wave: int) -> int:
    """An identify and a track of each user; returns how many were accepted, sending again what a dying router did not answer."""
    for first in range(0, len(users), 20):
        batch = [
            {
                "type": kind,
                "event": "x",
                "userId": user,
                "anonymousId": f"a-{user}",
                "messageId": f"{kind}-{user}-{wave}",
            }
            for user in users[first : first + 20]
            for kind in ("identify", "track")
        ]
        until_answered(router, "POST", "/v1/batch", json={"batch": batch}, auth=("wk-web", ""))
    return 2 * len(users)


def until_answered(router: Router, method: str, path: str, **request: Any) -> httpx.Response:
    """The answer of a router that may be dead at the moment."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        router.ensure_running()
        try:
            answer = httpx.request(method, router.url + path, timeout=10.0, **request)
            if answer.status_code < 500:
                return answer
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no answer\n{router.log.read_text()[-4000:]}")


def in_braze(scene: Scene) -> set[str]:
    """The external ids that the local Braze has."""
    found = scene.simulator("users", limit=10_000)["users"]
    return {user["external_id"] for user in found if user["external_id"]}


def test_kills_and_faults_leave_no_deleted_user_behind_and_the_account_exact(scene: Scene) -> None:
    rng = random.Random(11)
    accepted = send(scene.routers[0], ERASED + OTHERS, wave=1)
    scene.wait_until_drained(seconds=60)
    assert set(ERASED + OTHERS) <= in_braze(scene)
    scene.fault({"kind": "status", "code": 503, "after_apply": True}, count=4)
    body = {
        "regulationType": "suppress_with_delete",
        "destinationIds": ["braze-eu"],
        "users": [{"userId": user} for user in ERASED],
    }
    filed = until_answered(scene.routers[0], "POST", "/v2/regulations", json=body, headers=HEADERS).json()
    for wave in range(2, 8):
        accepted += send(scene.routers[wave % 2], ERASED + OTHERS, wave=wave)
        rng.choice(scene.processes).kill()
        scene.fault({"kind": "reset", "when": "after_apply"}, count=1)
    deadline = time.monotonic() + 90
    path = f"/v2/regulations/{filed['id']}"
    while (shown := until_answered(scene.routers[0], "GET", path, headers=HEADERS).json())["status"] == "pending":
        assert time.monotonic() < deadline, shown["deletions"]
        for process in scene.processes:
            process.ensure_running()
        time.sleep(0.3)
    assert {user["status"] for user in shown["deletions"][0]["users"]} == {"done"}
    totals = scene.wait_until_drained(seconds=60)
    assert totals["accepted"] == accepted
    assert totals["accepted"] == totals["delivered"] + totals["blocked"] + totals["discarded"]
    assert scene.status()["adds_up"]
    assert in_braze(scene) & set(ERASED + OTHERS) == set(OTHERS)
