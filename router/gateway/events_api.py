"""`POST /v1/<type>` and `/v1/batch`: authenticate, read, ingest, store, and only then say `ok`.

Order of checks: rudder-server, `gateway/handle_lifecycle.go`. Size is checked while reading, so that no request can fill the memory.
"""

import time
from collections.abc import Awaitable, Callable, Sequence

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from router.errors import StoreUnavailable
from router.gateway.answers import (
    OK,
    TOO_LARGE,
    UNAVAILABLE,
    UNKNOWN_PATH,
    UNREADABLE_BODY,
    WRONG_METHOD,
    Rejected,
    accepted,
    rejection,
)
from router.gateway.auth import route_of
from router.gateway.body import read_body
from router.gateway.ingest import Receipt, ingest_batch, ingest_event
from router.routing import Route
from router.runtime import Runtime
from router.store.intake import Incoming
from router.timestamps import format_time

EVENT_PATHS = ("identify", "track", "page", "screen", "group", "alias")
Endpoint = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger()


class EventsApi:
    """The endpoints that take events."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def batch(self) -> Endpoint:
        """`POST /v1/batch`."""
        return self._endpoint(ingest_batch)

    def single(self, message_type: str) -> Endpoint:
        """`POST /v1/<message_type>`."""

        def ingest(body: bytes, route: Route, receipt: Receipt) -> list[Incoming]:
            return ingest_event(body, route, receipt, message_type=message_type)

        return self._endpoint(ingest)

    async def unknown_path(self, request: Request) -> Response:
        """Anything else under /v1/: never a 404, which would make mobile SDKs take the source for disabled."""
        return self._answer(UNKNOWN_PATH)

    async def wrong_method(self, request: Request) -> Response:
        """An event path with another method than POST."""
        return self._answer(WRONG_METHOD)

    def _endpoint(self, ingest: Callable[[bytes, Route, Receipt], list[Incoming]]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            started = time.perf_counter()
            try:
                await self._take(request, ingest)
            except Rejected as rejected:
                return self._answer(rejected.text)
            except ClientDisconnect:
                return self._answer(UNREADABLE_BODY)
            except StoreUnavailable as error:
                log.warning("events not accepted", reason=str(error))
                return self._answer(UNAVAILABLE)
            self._runtime.metrics.response_time.observe(time.perf_counter() - started)
            return self._answer(OK)

        return endpoint

    async def _take(self, request: Request, ingest: Callable[[bytes, Route, Receipt], list[Incoming]]) -> None:
        table = self._runtime.table
        headers = request.headers
        route = route_of(headers.get("authorization", ""), table)
        limit = self._runtime.settings.max_body_bytes
        encoding = headers.get("content-encoding", "")
        if not encoding and int(headers.get("content-length", 0)) > limit:
            raise Rejected(TOO_LARGE)
        body = await read_body(request.stream(), encoding=encoding, limit=limit)
        receipt = Receipt(
            received_at=format_time(self._runtime.now()), new_id=self._runtime.new_id, revision=table.revision
        )
        messages = ingest(body, route, receipt)
        await self._runtime.intake.put(messages)
        self._count(route, messages)

    def _count(self, route: Route, messages: Sequence[Incoming]) -> None:
        metrics = self._runtime.metrics
        metrics.events.labels(source=route.source.id).inc(len(messages))
        if not route.policies:
            metrics.unconnected.labels(source=route.source.id).inc(len(messages))
        if strangers := sum(message.mismatched for message in messages):
            metrics.mismatches.labels(source=route.source.id).inc(strangers)

    def _answer(self, text: str) -> Response:
        self._runtime.metrics.requests.labels(answer=text).inc()
        return accepted() if text == OK else rejection(text)
