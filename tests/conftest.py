"""What all tests share: asyncio for async tests, a real Valkey server, and a router running on both."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import redis

from policies.connection import Workspace
from router.app import create_app
from router.config.connections import read_connections
from router.config.settings import Settings
from router.service import Service
from router.store.embedded import EmbeddedValkey
from router.store.store import Store

BrazeAnswer = Callable[[httpx.Request], httpx.Response]
RunRouter = Callable[..., AbstractAsyncContextManager["Running"]]


class Running:
    """A router in this process: its service and a client that speaks to its gateway."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.service = service
        self.client = client


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real Valkey server that lives as long as the session."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    yield server.start()
    server.stop()


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """URL of the Valkey server, emptied for this test."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server


@pytest.fixture
async def store(valkey_url: str) -> AsyncIterator[Store]:
    """An empty store of four partitions."""
    opened = await Store.open(valkey_url, partitions=4)
    yield opened
    await opened.aclose()


@pytest.fixture
def fixtures() -> Path:
    """The folder of fixtures."""
    return Path(__file__).parent.parent / "fixtures"


@pytest.fixture
def quickstart(fixtures: Path) -> Workspace:
    """The quickstart connections."""
    workspace, _ = read_connections(fixtures / "connections" / "quickstart.yaml")
    return workspace


@pytest.fixture
def run_router(valkey_url: str, quickstart: Workspace) -> RunRouter:
    """Runs a router on a real store, with `braze` answering in place of Braze; yields a Running."""

    def accept_all(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"message": "success"})

    @asynccontextmanager
    async def run(
        braze: BrazeAnswer = accept_all, settings: Settings | None = None, workspace: Workspace = quickstart
    ) -> AsyncIterator[Running]:
        service = Service(
            settings=settings or Settings(partitions=4, admin_token="test-admin-token"),
            workspace=workspace,
            environment={"BRAZE_REST_KEY": "planted-rest-key"},
            redis_url=valkey_url,
            braze_transport=httpx.MockTransport(braze),
        )
        async with service:
            transport = httpx.ASGITransport(create_app(service.runtime))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                yield Running(service, client)

    return run


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Where everything must run, a skipped test is an error."""
    if report.skipped and os.environ.get("HYBRID_ROUTER_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
