"""Who fails is told apart behind trusted proxies, and nobody else can choose the address to be counted under."""

import pytest

from router.config.networks import networks_of
from router.config.settings import Settings
from router.control.client_address import nearest_untrusted
from router.control.failure_limit import BURST
from tests.conftest import Running, RunRouter
from tests.control.operating import ADMIN

pytestmark = pytest.mark.anyio

PROXIES = networks_of("10.0.0.7, 192.168.0.0/16, fd00::/8")
PROXIED = Settings(partitions=4, admin_token="test-admin-token", trusted_proxies="127.0.0.1,10.0.0.0/8")
WRONG = {"authorization": "Bearer x"}


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("203.0.113.9", ["10.0.0.7"], "203.0.113.9"),
        ("10.0.0.8", ["198.51.100.1"], "10.0.0.8"),
        ("10.0.0.7", [], "10.0.0.7"),
        ("10.0.0.7", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.7", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.7", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.7", ["1.1.1.1, 198.51.100.1, 192.168.3.4"], "198.51.100.1"),
        ("10.0.0.7", ["192.168.3.4, 198.51.100.1, 192.168.3.4"], "198.51.100.1"),
        ("10.0.0.7", ["192.168.3.4,192.168.3.5"], "192.168.3.4"),
        ("10.0.0.7", ["198.51.100.1, unknown"], "10.0.0.7"),
        ("10.0.0.7", ["198.51.100.1, unknown, 192.168.3.4"], "192.168.3.4"),
        ("10.0.0.7", [""], "10.0.0.7"),
        ("10.0.0.7", [",,"], "10.0.0.7"),
        ("10.0.0.7", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.7", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.7", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.7", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["198.51.100.1"], "198.51.100.1"),
        ("", ["198.51.100.1"], ""),
        ("testclient", ["198.51.100.1"], "testclient"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_trusted_proxy(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert nearest_untrusted(peer, forwarded, PROXIES) == client


def test_without_trusted_proxies_the_header_is_not_read() -> None:
    assert nearest_untrusted("10.0.0.7", ["198.51.100.1"], ()) == "10.0.0.7"


async def fail(running: Running, *forwarded: str) -> int:
    """One wrong token; the answer's status."""
    headers = [*WRONG.items(), *(("x-forwarded-for", each) for each in forwarded)]
    return (await running.client.get("/admin/v1/status", headers=headers)).status_code


async def good(running: Running, forwarded: str) -> int:
    """A good token; the answer's status."""
    headers = {**ADMIN, "x-forwarded-for": forwarded}
    return (await running.client.get("/admin/v1/status", headers=headers)).status_code


async def test_behind_a_trusted_proxy_only_the_client_that_guesses_waits(run_router: RunRouter) -> None:
    async with run_router(settings=PROXIED) as running:
        for number in range(BURST):
            assert await fail(running, f"1.1.1.{number}, 198.51.100.1", "10.0.0.9") == 401
        assert await fail(running, "198.51.100.1") == 429
        assert await good(running, "8.8.8.8, 198.51.100.1") == 429
        assert await good(running, "198.51.100.2") == 200


async def test_a_peer_that_is_not_trusted_cannot_choose_its_address(running: Running) -> None:
    for number in range(BURST):
        assert await fail(running, f"198.51.100.{number}") == 401
    assert await good(running, "198.51.100.99") == 429
