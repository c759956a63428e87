"""A router in front of the local Braze."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from policies.connection import Workspace as Connections
from router.app import create_app as create_gateway
from router.braze_simulator.app import create_app
from router.braze_simulator.config import Key, SimulatorConfig
from router.config.settings import Settings
from router.service import Service
from tests.delivery.local_shop import KEY, Shop, Start


@pytest.fixture
def start(valkey_url: str, quickstart: Connections) -> Start:
    """Starts a router of so many partitions in front of an empty workspace."""

    @asynccontextmanager
    async def begin(partitions: int = 1) -> AsyncIterator[Shop]:
        braze = create_app(SimulatorConfig(keys={KEY: Key()}))
        service = Service(
            settings=Settings(partitions=partitions),
            workspace=quickstart,
            environment={"BRAZE_REST_KEY": KEY},
            redis_url=valkey_url,
            braze_transport=httpx.ASGITransport(braze),
        )
        async with service:
            transport = httpx.ASGITransport(create_gateway(service.runtime))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                yield Shop(service, client, braze.state.workspace)

    return begin
