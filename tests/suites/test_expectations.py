"""What an expectation says and what it takes for a mismatch, form by form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.suites.expectation import contains
from tests.suites.conftest import TRACK, Suites

ORDER = (
    "event: {type: track, event: Order Completed, userId: u-1, properties: {currency: EUR, products: "
    "[{product_id: p-1, price: 9, quantity: 1}, {product_id: p-2, price: 8, quantity: 2}]}}"
)
BLOCK = "Block from Braze"


def status(suites: Suites, event: str, expect: str, given: str = "{}") -> str:
    """How one test ends."""
    (result,) = suites.run(f"  - {{name: a, given: {given}, {event}, expect: {expect}}}\n")
    return result.status


REQUESTS = [
    ("[{path: /users/track}]", "passed"),
    ("[{path: /users/track, body: {purchases: [{product_id: p-2}]}}]", "passed"),
    ("[{path: /users/track, body: {purchases: [{product_id: p-2, quantity: 2}, {product_id: p-1}]}}]", "passed"),
    ("[{path: /users/track, body: {purchases: [{product_id: p-3}]}}]", "failed"),
    ("[{path: /users/track, body: {purchases: [{product_id: p-2, quantity: 1}]}}]", "failed"),
    ("[{path: /users/track, body: {attributes: []}}]", "failed"),
    ("[{path: /users/track}, {path: /users/merge}]", "failed"),
    ("{contains: [{path: /users/track}]}", "passed"),
    ("{exact: [{path: /users/track}]}", "failed"),
    ("{exact: []}", "failed"),
    ("none", "failed"),
]


@pytest.mark.parametrize(("requests", "ended"), REQUESTS)
def test_requests_are_looked_for_or_compared(suites: Suites, requests: str, ended: str) -> None:
    assert status(suites, ORDER, f"{{requests: {requests}}}") == ended


def test_requests_can_be_compared_word_for_word(suites: Suites) -> None:
    event = "event: {type: identify, userId: u-1, traits: {plan: pro}}"
    body = "{partner: RudderStack, attributes: [{plan: pro, external_id: u-1}]}"
    assert status(suites, event, f"{{requests: {{exact: [{{path: /users/track, body: {body}}}]}}}}") == "passed"
    assert (
        status(suites, event, "{requests: {exact: [{path: /users/track, body: {partner: RudderStack}}]}}") == "failed"
    )


CALLS = [
    ("[logPurchase]", "passed"),
    ("[[logPurchase, p-1, 9, EUR, 1, {}]]", "passed"),
    ("[[logPurchase, p-1]]", "failed"),
    ("[logPurchase, changeUser]", "failed"),
    ("{exact: [changeUser, logPurchase, logPurchase]}", "failed"),
    ("{exact: [logPurchase, logPurchase]}", "passed"),
    ("{contains: [logPurchase]}", "passed"),
    ("none", "failed"),
]


@pytest.mark.parametrize(("calls", "ended"), CALLS)
def test_device_calls_are_looked_for_or_compared(suites: Suites, calls: str, ended: str) -> None:
    assert status(suites, ORDER, f"{{device_calls: {calls}}}", "{mode: device}") == ended


def test_none_is_no_request_and_no_call(suites: Suites) -> None:
    assert status(suites, TRACK, "{requests: none}", "{mode: device}") == "passed"
    assert status(suites, TRACK, "{device_calls: none}") == "passed"


NAMELESS = "event: {type: track, userId: u-1}"
ERRORS = [
    (NAMELESS, "{error: name is required}", "passed"),
    (NAMELESS, "{error: {status: 400, rule: cloud/invalid, message: required}}", "passed"),
    (NAMELESS, "{error: {status: 500}}", "failed"),
    (NAMELESS, "{error: other}", "failed"),
    (NAMELESS, "{error: null}", "failed"),
    (NAMELESS, "{cloud: deliver}", "failed"),
    (NAMELESS, "{requests: none}", "failed"),
    (NAMELESS, "{cloud: deliver, error: required}", "passed"),
    (NAMELESS, "{device: block}", "passed"),
    (NAMELESS, "{never: cloud/invalid}", "failed"),
    (TRACK, "{error: null}", "passed"),
    (TRACK, "{error: required}", "failed"),
]


@pytest.mark.parametrize(("event", "expect", "ended"), ERRORS)
def test_an_error_of_the_transform_must_be_expected_where_the_cloud_is_spoken_of(
    suites: Suites, event: str, expect: str, ended: str
) -> None:
    assert status(suites, event, expect) == ended


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_everything_contains_itself(value: Any) -> None:
    assert contains(value, value)


@given(st.dictionaries(st.text(), JSON, min_size=1))
def test_a_mapping_contains_itself_less_any_key_and_not_the_other_way_round(value: dict[str, Any]) -> None:
    less = dict(list(value.items())[1:])
    assert contains(value, less)
    assert not contains(less, value)


@pytest.mark.parametrize(
    ("got", "expected"), [(1, True), (True, 1), ("1", 1), (None, False), ([], {}), ({}, []), ("ab", "a"), (None, 0)]
)
def test_values_of_other_types_are_other_values(got: Any, expected: Any) -> None:
    assert not contains(got, expected)


def test_numbers_are_compared_as_numbers() -> None:
    assert contains(1.0, 1)
    assert contains({"price": 9}, {"price": 9.0})
