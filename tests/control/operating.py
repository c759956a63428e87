"""Calls of the admin API as an operator makes them."""

from typing import Any

import httpx

from tests.conftest import Running

ADMIN = {"authorization": "Bearer test-admin-token"}
WEB = "web-shop:braze-eu"


class Operator:
    """An operator at a running router's admin API."""

    def __init__(self, running: Running) -> None:
        self._client = running.client

    async def get(self, path: str, **query: Any) -> Any:
        """The document at a path."""
        answer = await self._client.get(f"/admin/v1/{path}", params=query, headers=ADMIN)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def call(
        self, method: str, path: str, body: Any = None, *, if_match: str | None = None, **query: Any
    ) -> httpx.Response:
        """The answer to any call."""
        headers = ADMIN if if_match is None else {**ADMIN, "If-Match": if_match}
        return await self._client.request(method, f"/admin/v1/{path}", json=body, params=query, headers=headers)

    async def switch(self, modes: dict[str, str], *, connection: str = WEB, **more: Any) -> httpx.Response:
        """Switch modes."""
        body = {"modes": modes, "reason": "a campaign"}
        return await self.call("POST", f"connections/{connection}/modes", body, **more)

    async def mode(self, connection: str = WEB) -> str:
        """The mode in force."""
        mode: str = (await self.get(f"connections/{connection}"))["mode"]
        return mode
