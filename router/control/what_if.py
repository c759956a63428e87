"""What would happen to one event with the connections in force: the JSON of `explain --json`, in a list."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from router.control.bodies import json_answer, read_bytes
from router.control.operation import Operation
from router.control.problem_json import Refused
from router.errors import InvalidJson, RouterError
from router.runtime import Runtime
from router.simulation.envelopes import parse_envelope
from router.simulation.outcome import Outcome
from router.simulation.simulate import Simulation


class WhatIfApi:
    """`/admin/v1/simulate`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """What this noun offers. It changes and sends nothing, so viewers may use it."""
        return [
            Operation("POST /admin/v1/simulate", self.simulate, role="viewer", body=Any, answer=list[Outcome]),
        ]

    async def simulate(self, request: Request) -> Response:
        """Explain one event (body: envelope or bare message); sends nothing."""
        body = await read_bytes(request)
        try:
            outcomes = Simulation(self._runtime.table.workspace).explain(parse_envelope(body))
        except InvalidJson as error:
            raise Refused(400, "the body is no event", str(error)) from error
        except RouterError as error:
            raise Refused(422, "the event has no connection", str(error)) from error
        return json_answer(outcomes)
