"""How long Braze asks us to wait, and what it takes until then (braze.com/docs, rate limits)."""

import pytest

from router.braze.retry_hints import Quota, quota, throttle_delay, unavailable_delay

NOW = 1_777_888_000.0


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"Retry-After": "1.5"}, 1.5),
        ({"X-Ratelimit-Retry-After": "3"}, 3),
        ({"X-RateLimit-Reset": "12"}, 12),
        ({"X-RateLimit-Reset": str(int(NOW) + 40)}, 40),
        ({"X-RateLimit-Reset": str(int(NOW) - 40)}, 0),
        ({"X-RateLimit-Reset": "99999999"}, 3600),
        ({"X-RateLimit-Reset": "100000000"}, 0),
        ({"X-RateLimit-Reset": str(int(NOW) + 90_000)}, 3600),
        ({"retry-after": "Mon, 04 May 2026 09:46:50 GMT"}, 10),
        ({"retry-after": "Mon, 04 May 2026 08:00:00 GMT"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon", "x-ratelimit-reset": "9"}, 9),
        ({"x-ratelimit-retry-after": "2", "retry-after": "5", "x-ratelimit-reset": "9"}, 2),
        ({"retry-after": "5", "x-ratelimit-reset": "9"}, 5),
        ({"x-ratelimit-limit": "3000", "x-ratelimit-remaining": "0"}, None),
    ],
)
def test_a_throttled_answer_says_how_long_in_either_dialect(headers: dict[str, str], delay: float | None) -> None:
    assert throttle_delay(headers, now=NOW) == delay


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"retry-after": "7", "x-ratelimit-retry-after": "2"}, 7),
        ({"x-ratelimit-retry-after": "2"}, 2),
        ({"x-ratelimit-reset": "9"}, None),
        ({}, None),
    ],
)
def test_an_unavailable_server_is_not_asked_when_the_rate_limit_ends(
    headers: dict[str, str], delay: float | None
) -> None:
    assert unavailable_delay(headers, now=NOW) == delay


STATED = {"X-RateLimit-Limit": "3000", "x-ratelimit-remaining": "12", "X-RateLimit-Reset": str(int(NOW) + 2)}


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, Quota(limit=3000, remaining=12, seconds=2)),
        ({"X-RateLimit-Reset": "1800"}, Quota(limit=3000, remaining=12, seconds=1800)),
        ({"x-ratelimit-remaining": "-1"}, Quota(limit=3000, remaining=0, seconds=2)),
        ({"x-ratelimit-remaining": ""}, None),
        ({"X-RateLimit-Limit": "many"}, None),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Reset": str(int(NOW))}, None),
        ({"X-RateLimit-Reset": str(int(NOW) - 9)}, None),
    ],
)
def test_the_quota_left_is_read_where_all_of_it_is_stated(changes: dict[str, str], left: Quota | None) -> None:
    assert quota({**STATED, **changes}, now=NOW) == left


def test_an_answer_without_rate_headers_states_no_quota() -> None:
    assert quota({"content-type": "application/json"}, now=NOW) is None
