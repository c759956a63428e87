"""A router in front of the local Braze, and what a shop sends through it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx

from router.braze_simulator.inspection.views import profile_view
from router.braze_simulator.ledgers.duplicates import duplicates
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.workspace import Workspace
from router.service import Service
from router.store.accounting import Totals

Event = dict[str, Any]
Start = Callable[..., AbstractAsyncContextManager["Shop"]]

KEY = "planted-rest-key"
SERVER = ("wk-server", "")


class Shop:
    """A router, the Braze workspace behind it, and a client that sends as a shop's server does."""

    def __init__(self, service: Service, client: httpx.AsyncClient, braze: Workspace) -> None:
        self.service = service
        self.client = client
        self.braze = braze
        self._sent = 0

    async def send(self, *events: Event) -> None:
        """Send events as one batch, with an id and a time each."""
        batch = [self._stamped(event) for event in events]
        answer = await self.client.post("/v1/batch", json={"batch": batch}, auth=SERVER)
        assert answer.text == "ok"

    async def delivered(self) -> Totals:
        """Wait until nothing is queued; everything accepted must have been delivered, once and in order."""
        for _ in range(400):
            totals = await self.service.store.totals()
            if totals.queued == 0:
                break
            await asyncio.sleep(0.025)
        assert totals == Totals(accepted=self._sent, delivered=self._sent)
        assert duplicates(self.braze.directory.profiles.values()) == []
        assert list(self.braze.order.rows) == []
        assert [row.reason for row in self.braze.discards.rows] == []
        return totals

    @property
    def profiles(self) -> list[Profile]:
        """All profiles there are."""
        return list(self.braze.directory.profiles.values())

    def user(self, external_id: str) -> dict[str, Any]:
        """Everything about a known user."""
        return profile_view(self.braze, self.braze.directory.by_external_id[external_id])

    def paths(self) -> list[str]:
        """Endpoints called, in order."""
        return [record.path for record in self.braze.requests.records.values()]

    def _stamped(self, event: Event) -> Event:
        self._sent += 1
        return {
            "messageId": f"m-{self._sent}",
            "originalTimestamp": f"2026-01-05T08:{self._sent // 60:02}:{self._sent % 60:02}Z",
            **event,
        }


def track(name: str, **more: Any) -> Event:
    return {"type": "track", "event": name, **more}


def counts(view: dict[str, Any]) -> dict[str, int]:
    return {row["name"]: row["count"] for row in view["custom_events"]}
