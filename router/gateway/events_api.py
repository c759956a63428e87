"""`POST /v1/<type>`, `/v1/batch`, `/v1/import` and `/beacon/v1/batch`: events as SDKs send them."""

from starlette.requests import Request
from starlette.responses import Response

from router.gateway.answers import UNKNOWN_PATH, WRONG_METHOD, rejection, wrong_method
from router.gateway.auth import admit_by_header, admit_by_query
from router.gateway.ingest import Receipt, Taken, ingest_batch, ingest_event, ingest_import
from router.gateway.reception import Endpoint, Reception
from router.routing import Route

EVENT_PATHS = ("identify", "track", "page", "screen", "group", "alias", "merge", "audiencelist")
"""The last two are RudderStack's for other destinations: taken like the rest, and blocked with `cloud/type-unsupported`."""


class EventsApi:
    """The endpoints that take events."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    def batch(self) -> Endpoint:
        """`POST /v1/batch`."""
        return self._reception.endpoint(admit_by_header, _whole_batch)

    def beacon(self) -> Endpoint:
        """`POST /beacon/v1/batch?writeKey=…`: what `navigator.sendBeacon` can send, without a header or a preflight."""
        return self._reception.endpoint(admit_by_query, _whole_batch)

    def imports(self) -> Endpoint:
        """`POST /v1/import`: a batch whose bad events do not hold up the good ones."""
        return self._reception.endpoint(admit_by_header, ingest_import)

    def single(self, message_type: str) -> Endpoint:
        """`POST /v1/<message_type>`."""

        def ingest(body: bytes, route: Route, receipt: Receipt) -> Taken:
            return Taken(ingest_event(body, route, receipt, message_type=message_type))

        return self._reception.endpoint(admit_by_header, ingest)

    async def unknown_path(self, request: Request) -> Response:
        """Anything else under /v1/: never a 404, which would make mobile SDKs take the source for disabled."""
        self._reception.count(UNKNOWN_PATH)
        return rejection(UNKNOWN_PATH)

    def only(self, allowed: str) -> Endpoint:
        """Answers a path that takes only the `allowed` methods."""

        async def endpoint(request: Request) -> Response:
            self._reception.count(WRONG_METHOD)
            return wrong_method(allowed)

        return endpoint


def _whole_batch(body: bytes, route: Route, receipt: Receipt) -> Taken:
    return Taken(ingest_batch(body, route, receipt))
