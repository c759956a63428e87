"""`GET /pixel/v1/track` and `/pixel/v1/page`: one event in the query of an image, as AMP pages and e-mails send it.

The answer is the image whatever becomes of the event; `gateway_requests_total` tells.
Source: rudder-server, `gateway/handle_http_pixel.go`.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.gateway.answers import INVALID_JSON, NOT_AN_EVENT, Rejected
from router.gateway.auth import admit_by_query
from router.gateway.ingest import Receipt, Taken, ingest_event
from router.gateway.reception import Endpoint, Reception
from router.routing import Route

PixelType = Literal["track", "page"]
PIXEL_TYPES: tuple[PixelType, ...] = get_args(PixelType)
GIF = bytes.fromhex(
    "474946383961"  # GIF89a
    "01000100800000"  # one by one pixel, a table of two colours …
    "000000000000"  # … both black
    "21f9040100000000"  # the first of them transparent
    "2c00000000010001000002024401003b"  # the image, the end
)
"""One transparent pixel in 43 bytes."""
_MOST_NESTED = 32


def pixel_endpoint(reception: Reception, message_type: PixelType) -> Endpoint:
    """`GET /pixel/v1/<message_type>`."""

    async def endpoint(request: Request) -> Response:
        def ingest(body: bytes, route: Route, receipt: Receipt) -> Taken:
            event = pixel_event(request.query_params.multi_items(), message_type, at=receipt.received_at)
            return Taken(ingest_event(event, route, receipt, message_type=message_type))

        await reception.take(request, admit=admit_by_query, ingest=ingest)
        return Response(GIF, media_type="image/gif", headers={"Cache-Control": "no-store"})

    return endpoint


def pixel_event(parameters: Sequence[tuple[str, str]], message_type: PixelType, *, at: str) -> bytes:
    """The event that a query describes: `properties.title=x` nests; of repeated parameters the first counts. Raises Rejected.

    Example: `anonymousId="a"&event=Seen&properties.title=x` → `{"anonymousId":"a","event":"Seen","properties":{"title":"x"}, …}`.
    """
    event: dict[str, Any] = {
        "channel": "web",
        "integrations": {"All": True},
        "originalTimestamp": at,
        "sentAt": at,
    }
    for name, value in _first_values(parameters).items():
        if name != "writeKey":
            _set(event, name.split("."), _unquoted(value) if name == "anonymousId" else value)
    if message_type == "track" and event.get("event") == "":
        raise Rejected(NOT_AN_EVENT)
    if message_type == "page" and event.get("name") == "":
        event["name"] = "Unknown Page"
    return msgspec.json.encode(event | {"type": message_type})


def _first_values(parameters: Sequence[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in parameters:
        values.setdefault(name, value)
    return values


def _set(event: dict[str, Any], path: Sequence[str], value: str) -> None:
    if len(path) > _MOST_NESTED:
        raise Rejected(INVALID_JSON)
    *parents, last = path
    for name in parents:
        if not isinstance(event.get(name), dict):
            event[name] = {}
        event = event[name]
    event[last] = value


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
