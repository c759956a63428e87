"""`/admin/v1`: where every accepted unit is, dead letters, and what-if for one event. Bearer token; off without one."""

import hmac
import os
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from router.control.problem_json import problem
from router.errors import InvalidJson, RouterError, StoreUnavailable
from router.runtime import Runtime
from router.simulation.envelopes import parse_envelope
from router.simulation.simulate import Simulation

Endpoint = Callable[[Request], Awaitable[Response]]
_MOST_BODY_BYTES = 1_000_000


def admin_routes(runtime: Runtime) -> list[BaseRoute]:
    """Routes under /admin/v1/."""
    admin = Admin(runtime)
    return [
        Route("/admin/v1/status", admin.guarded(admin.status), methods=["GET"]),
        Route("/admin/v1/dead-letters", admin.guarded(admin.dead_letters), methods=["GET"]),
        Route("/admin/v1/simulate", admin.guarded(admin.simulate), methods=["POST"]),
    ]


class Admin:
    """The endpoints and their guard."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        token = runtime.settings.token
        self._token = token.reveal(os.environ).encode() if token else None

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint behind the bearer token; a store that does not answer is a 503."""

        async def guard(request: Request) -> Response:
            if self._token is None:
                return problem(403, "the admin API is off", "start with --admin-token to use it")
            if not self._authorized(request):
                return problem(401, "a valid bearer token is needed")
            try:
                return await endpoint(request)
            except StoreUnavailable as error:
                return problem(503, "the store does not answer", str(error))

        return guard

    async def status(self, request: Request) -> Response:
        """Where every accepted unit is."""
        totals = await self._runtime.store.totals()
        return JSONResponse(
            {
                "revision": self._runtime.table.revision,
                "adds_up": totals.adds_up(),
                "totals": msgspec.to_builtins(totals),
            }
        )

    async def dead_letters(self, request: Request) -> Response:
        """The newest dead letters, at most 100 a partition."""
        letters = await self._runtime.store.dead_letters(count=100)
        return JSONResponse({"dead_letters": [msgspec.json.decode(letter) for letter in letters]})

    async def simulate(self, request: Request) -> Response:
        """Explain one event (body: envelope or bare message) with the connections in force; sends nothing."""
        body = await request.body()
        if len(body) > _MOST_BODY_BYTES:
            return problem(413, "the body is too large", f"at most {_MOST_BODY_BYTES} bytes")
        try:
            explanations = Simulation(self._runtime.table.workspace).explain(parse_envelope(body))
        except InvalidJson as error:
            return problem(400, "the body is no event", str(error))
        except RouterError as error:
            return problem(422, "the event has no connection", str(error))
        return Response(msgspec.json.encode(explanations), media_type="application/json")

    def _authorized(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token or b"")
