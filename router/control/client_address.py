"""Whose request it is: the peer, or the client that a trusted proxy names in `X-Forwarded-For`."""

import ipaddress
from collections.abc import Sequence

from starlette.requests import Request

from router.config.networks import Network

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: Request, trusted: Sequence[Network]) -> str:
    """The address that a request is counted under; empty where it is unknown."""
    peer = request.client.host if request.client else ""
    return nearest_untrusted(peer, request.headers.getlist("x-forwarded-for"), trusted)


def nearest_untrusted(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The first address on the way from the peer back to the client that is no trusted proxy.

    Each proxy appends the address that it was called from: what stands left of an untrusted one, that one may have made up. Of
    an entry that is no address nothing further left is believed either.
    """
    found = peer
    hops = [hop for line in forwarded for hop in line.split(",")]
    for hop in reversed(hops):
        if not _is_trusted(_parsed(found), trusted) or (address := _parsed(hop)) is None:
            break
        found = str(address)
    return found


def _is_trusted(address: _Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)


def _parsed(text: str) -> _Address | None:
    """An address, with or without a port behind it; an IPv4 address in IPv6's clothes is one."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
