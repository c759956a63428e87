"""Devices that send numbered events in order and, like SDKs, send again until they hear `ok`."""

import asyncio
import random
from collections.abc import Sequence

import httpx
import msgspec

_HEARD = 0.9
"""How often a device hears the `ok`; else it sends the batch again, as an SDK does whose connection broke."""


class Accepted(msgspec.Struct):
    """What the gateways said `ok` to: per device the event names in the order of sending."""

    by_device: dict[str, list[str]] = msgspec.field(default_factory=dict)
    requests: int = 0
    repeated: int = 0

    @property
    def names(self) -> list[str]:
        """All event names."""
        return [name for names in self.by_device.values() for name in names]


async def send_traffic(urls: Sequence[str], *, devices: int, seconds: float, seed: int) -> Accepted:
    """Every device sends small batches one after another until the time is over."""
    accepted = Accepted()
    deadline = asyncio.get_running_loop().time() + seconds
    async with httpx.AsyncClient(timeout=10.0, trust_env=False) as client:
        sending = [
            _device(client, urls, f"d{number}", deadline, random.Random(seed + number), accepted)
            for number in range(devices)
        ]
        await asyncio.gather(*sending)
    return accepted


async def _device(
    client: httpx.AsyncClient, urls: Sequence[str], device: str, deadline: float, rng: random.Random, accepted: Accepted
) -> None:
    names = accepted.by_device.setdefault(device, [])
    while asyncio.get_running_loop().time() < deadline:
        batch = [f"{device}-{len(names) + number:05}" for number in range(rng.randint(1, 5))]
        await _until_ok(client, urls, [_event(device, name, first=not names) for name in batch], rng, accepted)
        names += batch
        await asyncio.sleep(rng.uniform(0.0, 0.1))


def _event(device: str, name: str, *, first: bool) -> dict[str, object]:
    """A track; every device is anonymous at first and known from its second batch on."""
    user = {} if first else {"userId": f"user-{device}"}
    return {"type": "track", "event": name, "messageId": name, "anonymousId": device, **user}


async def _until_ok(
    client: httpx.AsyncClient,
    urls: Sequence[str],
    events: list[dict[str, object]],
    rng: random.Random,
    accepted: Accepted,
) -> None:
    for attempt in range(300):
        accepted.requests += 1
        accepted.repeated += attempt > 0
        try:
            answer = await client.post(f"{rng.choice(urls)}/v1/batch", json={"batch": events}, auth=("wk-android", ""))
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code == 200 and rng.random() < _HEARD:
            return
        assert answer.status_code in (200, 503), answer.text
        await asyncio.sleep(0.1)
    raise AssertionError("a device was never heard")
