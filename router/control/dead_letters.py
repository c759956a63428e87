"""Dead letters over HTTP: list, show, retry, discard."""

from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.control.problem_json import problem
from router.runtime import Runtime
from router.store.dead_letters import DeadLetters, NoSuchLetter, as_rows

_MOST = 1000

log = structlog.get_logger()


class _Reason(msgspec.Struct, forbid_unknown_fields=True):
    reason: str


class DeadLettersApi:
    """`/admin/v1/dead-letters`."""

    def __init__(self, runtime: Runtime) -> None:
        self._letters = DeadLetters(runtime.store)
        self._wake = runtime.wake

    async def newest(self, request: Request) -> Response:
        """The newest letters, newest first; `count` (at most 1000) and `destination` narrow them down."""
        count = request.query_params.get("count", "100")
        if not (count.isascii() and count.isdigit() and len(count) < 5 and 0 < int(count) <= _MOST):
            return problem(400, "count is out of range", f"a whole number from 1 to {_MOST}")
        letters = await self._letters.newest(count=int(count), destination=request.query_params.get("destination", ""))
        return _json({"dead_letters": as_rows(letters)})

    async def show(self, request: Request) -> Response:
        """One letter."""
        try:
            return _json(as_rows([await self._letters.show(request.path_params["id"])])[0])
        except NoSuchLetter as error:
            return problem(404, "no such dead letter", str(error))

    async def retry(self, request: Request) -> Response:
        """Put a letter back at the end of its queue."""
        try:
            listed = await self._letters.retry(request.path_params["id"])
        except NoSuchLetter as error:
            return problem(404, "no such dead letter", str(error))
        log.info("dead letter retried", id=listed.id, message_id=listed.letter.message_id)
        self._wake()
        return JSONResponse({"id": listed.id, "retried": True})

    async def discard(self, request: Request) -> Response:
        """Give a letter up for good; the body says why: `{"reason": "…"}`."""
        try:
            reason = msgspec.json.decode(await request.body(), type=_Reason).reason.strip()
        except (msgspec.DecodeError, RecursionError) as error:
            return problem(400, "the body must be a reason", f'{error}; send {{"reason": "…"}}')
        if not reason:
            return problem(422, "a reason is needed", 'send {"reason": "…"}')
        try:
            listed = await self._letters.discard(request.path_params["id"])
        except NoSuchLetter as error:
            return problem(404, "no such dead letter", str(error))
        log.info("dead letter discarded", id=listed.id, message_id=listed.letter.message_id, reason=reason)
        return JSONResponse({"id": listed.id, "discarded": True, "reason": reason})


def _json(data: Any) -> Response:
    """Letters hold what clients sent: numbers that Starlette's own encoder refuses (`1e999`) are null here."""
    return Response(msgspec.json.encode(data), media_type="application/json")
