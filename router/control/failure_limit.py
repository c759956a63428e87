"""Guesses at tokens: after some failures an address waits before it may try again. Other addresses do not notice."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

BURST = 10
"""Failures in a row before an address has to wait."""
SECONDS_PER_FAILURE = 6.0
"""Each failure is forgotten after so long: ten guesses a minute."""
_MOST_ADDRESSES = 10_000


class FailureLimit:
    """Failures by client address. Memory is bounded: the addresses that failed longest ago are forgotten first."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most: int = _MOST_ADDRESSES) -> None:
        self._clock = clock
        self._most = most
        self._clear_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, address: str) -> float:
        """Seconds until the address may try again; 0 = now."""
        clear_at = self._clear_at.get(_network(address), 0.0)
        return max(0.0, clear_at - self._clock() - (BURST - 1) * SECONDS_PER_FAILURE)

    def failed(self, address: str) -> None:
        """The address presented a token that is not valid."""
        network, now = _network(address), self._clock()
        self._clear_at[network] = max(now, self._clear_at.pop(network, now)) + SECONDS_PER_FAILURE
        if len(self._clear_at) > self._most:
            self._clear_at.popitem(last=False)


def _network(address: str) -> str:
    """An IPv6 host has a /64 of its own to choose addresses from."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
