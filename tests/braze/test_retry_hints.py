"""How long Braze asks us to wait (braze.com/docs, rate limits)."""

import pytest

from router.braze.retry_hints import throttle_delay, unavailable_delay

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
