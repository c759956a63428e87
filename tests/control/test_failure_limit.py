"""Guesses are slowed down, and only those of the address that guesses."""

import pytest

from router.control.failure_limit import BURST, SECONDS_PER_FAILURE, FailureLimit


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def failing(limit: FailureLimit, address: str, times: int) -> None:
    """Some failures of one address."""
    for _ in range(times):
        limit.failed(address)


def test_after_a_burst_of_failures_an_address_waits() -> None:
    limit = FailureLimit(clock=Clock())
    failing(limit, "10.0.0.1", BURST - 1)
    assert limit.wait("10.0.0.1") == 0
    limit.failed("10.0.0.1")
    assert limit.wait("10.0.0.1") == SECONDS_PER_FAILURE


def test_another_address_does_not_wait() -> None:
    limit = FailureLimit(clock=Clock())
    failing(limit, "10.0.0.1", 1000)
    assert limit.wait("10.0.0.2") == 0


def test_failures_are_forgotten_with_time() -> None:
    clock = Clock()
    limit = FailureLimit(clock=clock)
    failing(limit, "10.0.0.1", BURST)
    clock.now += SECONDS_PER_FAILURE
    assert limit.wait("10.0.0.1") == 0
    limit.failed("10.0.0.1")
    assert limit.wait("10.0.0.1") == SECONDS_PER_FAILURE


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "", True),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one: str, other: str, together: bool) -> None:
    limit = FailureLimit(clock=Clock())
    failing(limit, one, BURST)
    assert (limit.wait(other) > 0) is together


def test_memory_is_bounded_and_the_oldest_failures_are_forgotten_first() -> None:
    limit = FailureLimit(clock=Clock(), most=3)
    for number in range(4):
        failing(limit, f"10.0.0.{number}", BURST)
    assert limit.wait("10.0.0.0") == 0
    assert all(limit.wait(f"10.0.0.{number}") > 0 for number in (1, 2, 3))
