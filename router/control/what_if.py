"""What would happen to one event with the connections in force: the JSON of `explain --json`, in a list."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.control.problem_json import problem
from router.errors import InvalidJson, RouterError
from router.runtime import Runtime
from router.simulation.envelopes import parse_envelope
from router.simulation.simulate import Simulation

_MOST_BODY_BYTES = 1_000_000


class WhatIfApi:
    """`/admin/v1/simulate`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def simulate(self, request: Request) -> Response:
        """Explain one event (body: envelope or bare message); sends nothing."""
        body = await request.body()
        if len(body) > _MOST_BODY_BYTES:
            return problem(413, "the body is too large", f"at most {_MOST_BODY_BYTES} bytes")
        try:
            outcomes = Simulation(self._runtime.table.workspace).explain(parse_envelope(body))
        except InvalidJson as error:
            return problem(400, "the body is no event", str(error))
        except RouterError as error:
            return problem(422, "the event has no connection", str(error))
        return Response(msgspec.json.encode(outcomes), media_type="application/json")
