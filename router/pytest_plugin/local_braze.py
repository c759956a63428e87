"""A local Braze for tests that are not async themselves: the simulator in this process, spoken to through a loop of its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.applications import Starlette

from router.braze_simulator.app import create_app
from router.braze_simulator.config import DEFAULT_KEY
from router.simulation.outcome import Outcome


class Braze:
    """A simulated workspace: send it what would be sent, look at what became of it."""

    def __init__(self, app: Starlette, portal: BlockingPortal) -> None:
        self.app = app
        self._portal = portal
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://braze",
            headers={"Authorization": f"Bearer {DEFAULT_KEY}"},
        )

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Braze"]:
        """An empty workspace for as long as the context lasts."""
        with start_blocking_portal() as portal:
            braze = cls(create_app(), portal)
            yield braze
            portal.call(braze._client.aclose)

    def send(self, outcomes: Outcome | Iterable[Outcome]) -> None:
        """Send every request of these outcomes, in order (what the transform refuses has none); raises httpx.HTTPStatusError
        where Braze refuses one."""
        for outcome in [outcomes] if isinstance(outcomes, Outcome) else outcomes:
            for request in outcome.requests:
                self.post(request.path, request.body).raise_for_status()

    def post(self, path: str, body: Any) -> httpx.Response:
        """POST a JSON body to the REST API."""
        return self._call("POST", path, body)

    def see(self, path: str) -> Any:
        """What the simulator shows under `/_sim/`, such as `users` or `duplicates`, once all that waits has been applied."""
        self._call("POST", "/_sim/settle", {}).raise_for_status()
        return self._call("GET", f"/_sim/{path}", None).raise_for_status().json()

    def user(self, external_id: str) -> dict[str, Any] | None:
        """A user's profile, or None."""
        users: list[dict[str, Any]] = self.see(f"users?external_id={external_id}")["users"]
        return users[0] if users else None

    def _call(self, method: str, path: str, body: Any) -> httpx.Response:
        async def call() -> httpx.Response:
            return await self._client.request(method, path, json=body)

        return self._portal.call(call)
