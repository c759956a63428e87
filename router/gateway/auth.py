"""Write keys: the user name of HTTP Basic, looked up in the routing table."""

import base64
import binascii

from router.gateway.answers import INVALID_WRITE_KEY, NO_WRITE_KEY, SOURCE_DISABLED, Rejected
from router.routing import Route, RoutingTable


def write_key_of(authorization: str) -> str:
    """The user name of a Basic header; raises Rejected when there is none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise Rejected(NO_WRITE_KEY)
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Rejected(NO_WRITE_KEY) from error
    key = pair.partition(":")[0]
    if not key:
        raise Rejected(NO_WRITE_KEY)
    return key


def route_of(authorization: str, table: RoutingTable) -> Route:
    """The route of the source that a request comes from; raises Rejected for an unknown key or a disabled source."""
    route = table.by_write_key.get(write_key_of(authorization))
    if route is None:
        raise Rejected(INVALID_WRITE_KEY)
    if not route.source.enabled:
        raise Rejected(SOURCE_DISABLED)
    return route
