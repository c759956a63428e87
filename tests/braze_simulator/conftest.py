"""A simulated workspace per test, spoken to in process."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from router.braze_simulator.app import create_app
from router.braze_simulator.config import DEFAULT_KEY, config_from
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.workspace import Workspace

AT = "2026-01-02T10:00:00Z"
"""A time before the workspace's virtual clock."""

Start = Callable[..., "Braze"]


class Braze:
    """A workspace and a client for it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        config = config_from({"clock": {"mode": "virtual", "start": "2026-01-10T00:00:00Z"}, **settings})
        app = create_app(config)
        self.workspace: Workspace = app.state.workspace
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://braze",
            headers={"Authorization": f"Bearer {DEFAULT_KEY}"},
        )

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """POST a JSON body."""
        return await self.client.post(path, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def track(self, **arrays: list[dict[str, Any]]) -> Any:
        """A track call that succeeds; its answer."""
        answer = await self.post("/users/track", arrays)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def set(self, external_id: str = "u1", /, **attributes: Any) -> None:
        """Set attributes of one user."""
        await self.track(attributes=[{"external_id": external_id, **attributes}])

    async def see(self, path: str) -> Any:
        """What the simulator shows under /_sim."""
        answer = await self.client.get(f"/_sim/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def faults(self, *rules: dict[str, Any]) -> None:
        """Arm fault rules."""
        answer = await self.post("/_sim/faults", list(rules))
        assert answer.status_code == 200, answer.text

    def user(self, external_id: str = "u1") -> Profile:
        """A user by external id."""
        return self.workspace.directory.by_external_id[external_id]

    def aliased(self, name: str, label: str = "rudder_id") -> Profile | None:
        """A user by alias."""
        return self.workspace.directory.by_alias.get((label, name))

    def reasons(self) -> list[str]:
        """Why things were discarded, in order."""
        return [row.reason for row in self.workspace.discards.rows]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts workspaces with the given settings, and closes their clients."""
    started: list[Braze] = []

    def begin(**settings: Any) -> Braze:
        started.append(Braze(settings))
        return started[-1]

    yield begin
    for braze in started:
        await braze.client.aclose()


@pytest.fixture
def braze(start: Start) -> Braze:
    """A workspace with default settings and a virtual clock."""
    return start()


def alias(name: str, label: str = "rudder_id") -> dict[str, str]:
    """A user alias object."""
    return {"alias_name": name, "alias_label": label}


def event(external_id: str = "u1", name: Any = "Hello", **more: Any) -> dict[str, Any]:
    """An event object."""
    return {"external_id": external_id, "name": name, "time": AT, **more}


def purchase(external_id: str = "u1", **more: Any) -> dict[str, Any]:
    """A purchase object."""
    return {"external_id": external_id, "product_id": "p1", "currency": "USD", "price": 2.5, "time": AT, **more}
