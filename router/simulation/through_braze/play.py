"""Lets a timeline happen: one local Braze in this process, whose clock moves to each happening in turn."""

from collections.abc import Iterable

import httpx
import msgspec

from router.braze.client import BrazeClient
from router.braze_simulator.app import create_app
from router.braze_simulator.config import ClockSettings, Key, Retention, SimulatorConfig
from router.braze_simulator.times import iso
from router.braze_simulator.workspace import Workspace
from router.errors import ServiceUnreachable
from router.simulation.through_braze.cloud import CloudPath
from router.simulation.through_braze.sdk_entry import sdk_body
from router.simulation.through_braze.timeline import Flush, Happening, Read

_URL = "http://braze.local"
_KEY = "through-braze"


class Played(msgspec.Struct, frozen=True):
    """What is in Braze at the end, and what the cloud path has to say besides."""

    braze: Workspace
    cloud: CloudPath


async def play(happenings: Iterable[Happening], *, start: float) -> Played:
    """Play a timeline into an empty Braze, whose clock shows `start` at first."""
    app = create_app(_config(start=start))
    braze: Workspace = app.state.workspace
    transport = httpx.ASGITransport(app=app)
    async with (
        BrazeClient(_URL, _KEY, transport=transport) as client,
        httpx.AsyncClient(transport=transport, base_url=_URL) as devices,
    ):
        cloud = CloudPath(client)
        for happening in happenings:
            if happening.at > braze.now():
                braze.clock.set(happening.at)
            await _let(happening, cloud, devices)
    return Played(braze, cloud)


async def _let(happening: Happening, cloud: CloudPath, devices: httpx.AsyncClient) -> None:
    if isinstance(happening, Flush):
        await _flush(devices, happening)
    elif isinstance(happening, Read):
        await cloud.deliver(happening.events, now=happening.at)
    else:
        await cloud.tie(happening.anonymous_id, happening.user, now=happening.at)


async def _flush(devices: httpx.AsyncClient, flush: Flush) -> None:
    answer = await devices.post("/_sim/sdk", content=msgspec.json.encode(sdk_body(flush)))
    if answer.status_code != 200:
        raise ServiceUnreachable(f"the local Braze does not take the calls of `{flush.device.id}`: {answer.text}")


def _config(*, start: float) -> SimulatorConfig:
    """No rate limit: when a request goes out is the timeline's business."""
    return SimulatorConfig(
        keys={_KEY: Key(name="router")},
        clock=ClockSettings(mode="virtual", start=iso(start)),
        rate_plan="off",
        retention=Retention(data_point_rows=10_000_000, discards=10_000_000),
    )
