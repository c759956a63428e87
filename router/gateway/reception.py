"""What every endpoint that takes events does with a request: authenticate, read, ingest, store, and only then say `ok`.

Order of checks: rudder-server, `gateway/handle_lifecycle.go`. Size is checked while reading, so that no request can fill the memory.
"""

import time
from collections.abc import Awaitable, Callable, Sequence

import structlog
from prometheus_client import Counter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from router.errors import StoreUnavailable
from router.gateway.answers import OK, TOO_LARGE, UNAVAILABLE, UNREADABLE_BODY, Rejected, accepted, rejection
from router.gateway.body import read_body
from router.gateway.ingest import Receipt, Taken
from router.routing import Route, RoutingTable
from router.runtime import Runtime
from router.store.layout import Incoming
from router.timestamps import format_time

Endpoint = Callable[[Request], Awaitable[Response]]
Admit = Callable[[Request, RoutingTable], Route]
Ingest = Callable[[bytes, Route, Receipt], Taken]

log = structlog.get_logger()


class Reception:
    """One per process; the endpoints differ in whom they admit and how they ingest."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._answers: dict[str, Counter] = {}
        self._accepted: dict[str, Counter] = {}
        """Counters found before: to look one up costs more than to count."""

    def endpoint(self, admit: Admit, ingest: Ingest) -> Endpoint:
        """An endpoint that answers with the outcome."""

        async def endpoint(request: Request) -> Response:
            return answer(await self.take(request, admit=admit, ingest=ingest))

        return endpoint

    async def take(self, request: Request, *, admit: Admit, ingest: Ingest) -> str:
        """Take the events of a request; returns the text to answer with, and counts it."""
        started = time.perf_counter()
        text = await self._outcome(request, admit, ingest)
        if text == OK:
            self._runtime.metrics.response_time.observe(time.perf_counter() - started)
        self.count(text)
        return text

    def count(self, text: str) -> None:
        """Count a request by what it is answered with."""
        counter = self._answers.get(text)
        if counter is None:
            counter = self._answers[text] = self._runtime.metrics.requests.labels(answer=text)
        counter.inc()

    async def _outcome(self, request: Request, admit: Admit, ingest: Ingest) -> str:
        try:
            return await self._store(request, admit, ingest)
        except Rejected as rejected:
            return rejected.text
        except ClientDisconnect:
            return UNREADABLE_BODY
        except StoreUnavailable as error:
            log.warning("events not accepted", reason=str(error))
            return UNAVAILABLE

    async def _store(self, request: Request, admit: Admit, ingest: Ingest) -> str:
        table = self._runtime.table
        route = admit(request, table)
        self._note_retry(request)
        body = await self._body(request)
        receipt = Receipt(
            received_at=format_time(self._runtime.now()),
            new_id=self._runtime.new_id,
            revision=table.revision,
            suppressions=self._runtime.watch.suppressions or None,
        )
        taken = ingest(body, route, receipt)
        if receipt.suppressions is not None:
            await self._runtime.watch.save_links()
        await self._runtime.intake.put(taken.messages)
        if self._runtime.recorder.active:
            self._runtime.recorder.take(route.source.id, taken.messages)
        self._runtime.decision_log.write(taken.messages)
        self._count_events(route, taken.messages)
        if taken.left_out:
            self._runtime.metrics.left_out.labels(source=route.source.id).inc(taken.left_out)
        return taken.refusal or OK

    async def _body(self, request: Request) -> bytes:
        headers = request.headers
        limit = self._runtime.settings.max_body_bytes
        encoding = headers.get("content-encoding", "")
        if not encoding and int(headers.get("content-length", 0)) > limit:
            raise Rejected(TOO_LARGE)
        return await read_body(request.receive, self._runtime.bodies, encoding=encoding, limit=limit)

    def _note_retry(self, request: Request) -> None:
        attempt = request.headers.get("rsa-retry-attempt", "0").strip()
        if attempt.isdecimal() and int(attempt[:9]) > 0:
            stated = request.headers.get("rsa-retry-reason", "")
            self._runtime.metrics.retried.labels(reason=stated if stated in _RETRY_REASONS else "other").inc()

    def _count_events(self, route: Route, messages: Sequence[Incoming]) -> None:
        metrics = self._runtime.metrics
        counter = self._accepted.get(route.source.id)
        if counter is None:
            counter = self._accepted[route.source.id] = metrics.events.labels(source=route.source.id)
        counter.inc(len(messages))
        if not route.policies:
            metrics.unconnected.labels(source=route.source.id).inc(len(messages))
        if strangers := sum(message.mismatched for message in messages):
            metrics.mismatches.labels(source=route.source.id).inc(strangers)
        if self._runtime.watch.suppressions and (unwanted := sum(message.suppressed for message in messages)):
            metrics.suppressed.labels(source=route.source.id).inc(unwanted)


def answer(text: str) -> Response:
    """The response that says `text`."""
    return accepted() if text == OK else rejection(text)


_RETRY_REASONS = frozenset(
    {"client-network", "client-timeout", "client-unknown"} | {f"server-{code}" for code in (429, 500, 502, 503, 504)}
)
"""What SDKs give as `Rsa-Retry-Reason`, as far as it is worth a label of its own; a hostile one cannot make more labels."""
