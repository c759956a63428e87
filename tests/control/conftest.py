"""A running router, and an operator at its admin API."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Running, RunRouter
from tests.control.operating import Operator


@pytest.fixture
async def running(run_router: RunRouter) -> AsyncIterator[Running]:
    """A router with the test's admin token."""
    async with run_router() as router:
        yield router


@pytest.fixture
def operator(running: Running) -> Operator:
    """An operator with the test's admin token."""
    return Operator(running)
