"""A process with a Braze that takes deletions."""

from collections.abc import AsyncIterator

import pytest

from policies.connection import Workspace
from router.store.store import Store
from tests.regulations.scene import Braze, Scene, scene


@pytest.fixture
def braze() -> Braze:
    """It refuses nothing."""
    return Braze()


@pytest.fixture
async def ready(store: Store, quickstart: Workspace, braze: Braze) -> AsyncIterator[Scene]:
    """A process in front of it, at work on nothing yet."""
    async with scene(store, quickstart, braze) as made:
        yield made
