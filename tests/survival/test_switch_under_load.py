"""Modes are switched back and forth under load: nothing is lost, nothing is doubled, and the revision that decided tells where."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from router.decision_log import Line
from tests.survival.scene import TOKEN, Scene

ROUND = ("hybrid", "device", "cloud")
CONNECTION = "web-shop:braze-eu"
SLACK_SECONDS = 1.0


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Four routers on one store."""
    running = Scene(tmp_path, serves=4, workers=0, extra=("--decision-log", "all"))
    yield running
    running.close()


class Load:
    """Devices of the web shop that send batches as fast as they are answered, each to one of the routers."""

    def __init__(self, urls: Sequence[str], *, devices: int, batch: int) -> None:
        self._urls = urls
        self._devices = devices
        self._batch = batch
        self.names: list[str] = []
        """The messageIds of what was answered `ok`."""
        self.refused: Counter[str] = Counter()

    async def run(self, until: asyncio.Event) -> None:
        """Send until the event is set."""
        async with httpx.AsyncClient(timeout=30.0, trust_env=False, auth=("wk-web", "")) as client:
            await asyncio.gather(*[self._device(client, number, until) for number in range(self._devices)])

    async def _device(self, client: httpx.AsyncClient, device: int, until: asyncio.Event) -> None:
        url, sent = self._urls[device % len(self._urls)], 0
        while not until.is_set():
            names = [f"d{device}-{sent + number:06}" for number in range(self._batch)]
            answer = await client.post(f"{url}/v1/batch", json={"batch": [_event(device, name) for name in names]})
            if answer.text == "ok":
                self.names += names
                sent += len(names)
            else:
                self.refused[answer.text] += 1
                await asyncio.sleep(float(answer.headers.get("retry-after", 0.2)))


async def switch(urls: Sequence[str], modes: Sequence[str], *, pause: float) -> list[dict[str, Any]]:
    """Switch the web shop through `modes`, each time at another router; returns what each of them answered."""
    answers: list[dict[str, Any]] = []
    async with httpx.AsyncClient(timeout=30.0, trust_env=False, headers={"authorization": f"Bearer {TOKEN}"}) as client:
        for number, mode in enumerate(modes):
            await asyncio.sleep(pause)
            body = {"modes": {"web": mode}, "reason": f"switch {number}"}
            url = f"{urls[number % len(urls)]}/admin/v1/connections/{CONNECTION}/modes"
            answer = await client.post(url, json=body)
            assert answer.status_code == 200, answer.text
            answers.append({**answer.json(), "mode": mode, "at": time.time()})
        await asyncio.sleep(pause)
    return answers


async def load_and_switch(scene: Scene, *, times: int, pause: float) -> tuple[Load, list[dict[str, Any]]]:
    """Load on all routers while modes are switched `times` times."""
    urls = [router.url for router in scene.routers]
    load, done = Load(urls, devices=8, batch=25), asyncio.Event()
    sending = asyncio.create_task(load.run(done))
    try:
        modes = [ROUND[(number + 1) % 3] for number in range(times)]
        answers = await switch(urls, modes, pause=pause)
    finally:
        done.set()
        await sending
    return load, answers


def decisions(scene: Scene) -> dict[str, Line]:
    """The decision about each message, by messageId."""
    lines = (line for line in scene.logs().splitlines() if line.startswith('{"time"'))
    found = [msgspec.json.decode(line, type=Line) for line in lines]
    assert len({line.message_id for line in found}) == len(found), "a message was decided twice"
    return {line.message_id: line for line in found}


def check(scene: Scene, load: Load, switches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Every event took the one path that the revision which decided it allows; returns the figures."""
    totals = scene.wait_until_drained(seconds=120)
    decided = decisions(scene)
    mode_of = {switches[0]["from"]: "hybrid", **{answer["to"]: answer["mode"] for answer in switches}}
    arrived = Counter(event["properties"]["id"] for event in scene.simulator("events", limit=5_000_000)["events"])
    by_cloud = [name for name in load.names if decided[name].cloud.verdict == "deliver"]
    by_device = [name for name in load.names if decided[name].device.verdict == "deliver"]
    assert sorted(by_cloud + by_device) == sorted(load.names), "lost, or on both paths"
    assert all(
        (decided[name].cloud.verdict == "deliver") == (mode_of[decided[name].revision] != "device")
        for name in load.names
    )
    assert [name for name in by_cloud if name not in arrived] == []
    assert [name for name in by_device if name in arrived] == []
    assert [name for name, count in arrived.items() if count > 1] == []
    assert _decided_late(decided.values(), switches) == []
    assert totals["accepted"] == len(load.names) == totals["delivered"] + totals["blocked"]
    return {
        "events": len(load.names),
        "switches": len(switches),
        "by_cloud": len(by_cloud),
        "by_device": len(by_device),
        "refused": dict(load.refused),
    }


def _decided_late(decided: Any, switches: Sequence[Mapping[str, Any]]) -> list[str]:
    """Messages decided by a revision that had been replaced more than a second before."""
    replaced: dict[str, list[tuple[float, float]]] = {}
    for before, after in zip(switches, [*switches[1:], {"at": float("inf")}], strict=True):
        replaced.setdefault(before["to"], []).append((before["at"] - SLACK_SECONDS, after["at"] + SLACK_SECONDS))
    replaced.setdefault(switches[0]["from"], []).append((0.0, switches[0]["at"] + SLACK_SECONDS))
    return [
        line.message_id
        for line in decided
        if not any(start <= _seconds(line.time) <= end for start, end in replaced[line.revision])
    ]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _event(device: int, name: str) -> dict[str, object]:
    """One name for all: Braze shuts out a user with over 20,000 different ones."""
    who = {"userId": f"u{device}", "anonymousId": f"a{device}"}
    return {"type": "track", "event": "Ping", "messageId": name, "properties": {"id": name}, **who}


def test_ten_switches_under_load_lose_and_double_nothing(scene: Scene) -> None:
    load, switches = asyncio.run(load_and_switch(scene, times=10, pause=0.4))
    figures = check(scene, load, switches)
    assert figures["by_cloud"] > 0 < figures["by_device"], figures


@pytest.mark.soak
def test_switches_go_on_for_minutes(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    load, switches = asyncio.run(load_and_switch(scene, times=100, pause=1.5))
    figures = check(scene, load, switches)
    with capsys.disabled():
        print(json.dumps(figures))
