"""Write keys, looked up in the routing table: the user name of HTTP Basic, or the query parameter `writeKey`.

Order of checks: rudder-server, `gateway/handle_http_auth.go` and `gateway/webhook/auth`.
"""

import base64
from functools import lru_cache

from starlette.requests import Request

from router.gateway.answers import (
    INVALID_WRITE_KEY,
    NO_WEBHOOK_SOURCE,
    NO_WRITE_KEY,
    NO_WRITE_KEY_IN_QUERY,
    SOURCE_DISABLED,
    Rejected,
)
from router.routing import Route, RoutingTable

WEBHOOK_DEFINITION = "Braze"
"""The one source definition whose webhooks this program reads: RudderStack's Braze source, fed by Braze Currents."""


def admit_by_header(request: Request, table: RoutingTable) -> Route:
    """The route of the source whose key is the Basic user name; raises Rejected, for a disabled source too."""
    return _enabled(_route(key_in_header(request), table))


def admit_by_query(request: Request, table: RoutingTable) -> Route:
    """The route of the source whose key is `?writeKey=`; a header does not count. Raises Rejected."""
    return _enabled(_route(_key_in_query(request), table))


def admit_webhook(request: Request, table: RoutingTable) -> Route:
    """The route of a Braze source, whose key may be in the query or the header; raises Rejected."""
    route = _route(key_in_either(request), table)
    if route.source.definition != WEBHOOK_DEFINITION:
        raise Rejected(NO_WEBHOOK_SOURCE)
    return _enabled(route)


def key_in_header(request: Request) -> str:
    """The user name of a Basic header; raises Rejected when there is none."""
    key = _user_name(request.headers.get("authorization", ""))
    if not key:
        raise Rejected(NO_WRITE_KEY)
    return key


@lru_cache(maxsize=1024)
def _user_name(header: str) -> str:
    """Of a Basic header; empty when it is none. A source's SDKs all send the same one."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:  # no base64, not even ASCII, or no UTF-8 in it
        return ""
    return pair.partition(":")[0]


def key_in_either(request: Request) -> str:
    """The key in the query or, where there is none, in the header; raises Rejected."""
    try:
        return _first_key(request) or key_in_header(request)
    except Rejected as rejected:
        raise Rejected(NO_WRITE_KEY_IN_QUERY) from rejected


def _key_in_query(request: Request) -> str:
    if key := _first_key(request):
        return key
    raise Rejected(NO_WRITE_KEY_IN_QUERY)


def _first_key(request: Request) -> str:
    return next(iter(request.query_params.getlist("writeKey")), "")


def _route(key: str, table: RoutingTable) -> Route:
    route = table.by_write_key.get(key)
    if route is None:
        raise Rejected(INVALID_WRITE_KEY)
    return route


def _enabled(route: Route) -> Route:
    if not route.source.enabled:
        raise Rejected(SOURCE_DISABLED)
    return route
