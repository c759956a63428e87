"""Networks in settings: addresses and CIDR blocks, separated by commas."""

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks in `10.0.0.7, 192.168.0.0/16, fd00::/8`; raises ValueError that says which part is wrong and how to mend it."""
    return tuple(_network(part.strip()) for part in text.split(",")) if text.strip() else ()


def _network(part: str) -> Network:
    try:
        network = ipaddress.ip_network(part, strict=False)
    except ValueError:
        raise ValueError(f"`{part}` is neither an address nor a network (write e.g. 10.0.0.7 or 10.0.0.0/8)") from None
    if "/" in part and ipaddress.ip_address(part.partition("/")[0]) != network.network_address:
        raise ValueError(f"`{part}` has bits behind its prefix: use {network}, or the address without `/`")
    if network.prefixlen == 0:
        raise ValueError(f"`{part}` is everybody: name the proxies' own addresses")
    return network
