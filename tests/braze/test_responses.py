"""What Braze's answers mean (braze.com/docs, API errors and /users/track; difference D21)."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from router.braze.object_errors import ObjectProblem
from router.braze.objects import Path, Request
from router.braze.responses import (
    Answer,
    Misconfigured,
    Outcome,
    Processed,
    Rejected,
    Retry,
    TooLarge,
    Unauthorized,
    read_answer,
    read_failure,
)
from router.errors import BrazeUnreachable

MakeRequest = Callable[..., Request]

NOW = 1_777_888_000.0
SCHEMA = "The property '#/' did not contain a required property of 'product_id'"


@pytest.fixture
def request_of_three(track_request: MakeRequest) -> Request:
    """An attribute object, a custom event and a recommended one, of events 0, 1 and 2."""
    return track_request(attributes=[{"a": 1}], events=[{"name": "E"}, {"name": "ecommerce.order_placed"}])


def answered(request: Request, status: int, body: Any = None, **headers: str) -> Outcome:
    content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_answer(request, Answer(status=status, headers=named, body=content), now=NOW)


def problem(array: str, index: int, event: int, message: str) -> ObjectProblem:
    return ObjectProblem(array=array, index=index, events=(event,), message=message)


def all_failed(message: str) -> Processed:
    places = (("attributes", 0), ("events", 0), ("events", 1))
    return Processed(failed=tuple(problem(*place, event, message) for event, place in enumerate(places)))


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("message", ["success", "queued", "Success"])
@pytest.mark.parametrize("errors", [{}, {"errors": []}, {"errors": None}])
def test_success_accepts_every_object(status: int, message: str, errors: Any, request_of_three: Request) -> None:
    assert answered(request_of_three, status, {"message": message, **errors}) == Processed()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "unexpected"}, "unexpected"),
        ({"message": "Valid data must be provided"}, "Valid data must be provided"),
        ({"events_processed": 1}, '{"events_processed":1}'),
        ({"message": None, "error": "odd"}, "odd"),
        ({"message": 5}, '{"message":5}'),
        (["success"], '["success"]'),
        ("success", '"success"'),
        (b"<html>ok</html>", "<html>ok</html>"),
        (b"", "HTTP status 201 without a body"),
        (b"\xff", "\ufffd"),
    ],
)
def test_a_2xx_that_does_not_say_success_fails_every_object_and_leaves_it_in_doubt(
    body: Any, message: str, request_of_three: Request
) -> None:
    assert answered(request_of_three, 201, body) == msgspec.structs.replace(all_failed(message), in_doubt=True)


@pytest.mark.parametrize(
    ("errors", "failed", "warned"),
    [
        ([("events", 0, "bad time")], [problem("events", 0, 1, "bad time")], []),
        (
            [("attributes", 0, "EMAIL_BAD_FORMAT"), ("events", 0, "b")],
            [problem("attributes", 0, 0, "EMAIL_BAD_FORMAT"), problem("events", 0, 1, "b")],
            [],
        ),
        ([("events", 0, "a"), ("events", 0, "b"), ("events", 0, "a")], [problem("events", 0, 1, "a; b")], []),
        ([("events", 1, SCHEMA)], [], [problem("events", 1, 2, SCHEMA)]),
        ([("events", 1, SCHEMA), ("events", 1, "bad time")], [problem("events", 1, 2, f"{SCHEMA}; bad time")], []),
        ([("events", 0, SCHEMA)], [problem("events", 0, 1, SCHEMA)], []),
        ([("attributes", 0, SCHEMA)], [problem("attributes", 0, 0, SCHEMA)], []),
        # Braze's own sample reports a recommended event under `purchases`.
        ([("purchases", 1, "'currency' must be…")], [problem("events", 1, 2, "'currency' must be…")], []),
    ],
)
def test_errors_fail_their_own_object_and_no_other(
    errors: Any, failed: Any, warned: Any, request_of_three: Request
) -> None:
    listed = [{"input_array": array, "index": index, "type": sentence} for array, index, sentence in errors]
    got = answered(request_of_three, 201, {"message": "success", "errors": listed})
    assert got == Processed(failed=tuple(failed), warned=tuple(warned))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ({"type": "t"}, "t"),
        ({"type": "t", "index": 0}, "t"),
        ({"type": "t", "input_array": "events"}, "t"),
        ({"type": "t", "input_array": "events", "index": 2}, "t"),
        ({"type": "t", "input_array": "events", "index": -1}, "t"),
        ({"type": "t", "input_array": "events", "index": True}, "t"),
        ({"type": "t", "input_array": "purchases", "index": 0}, "t"),
        ({"type": "t", "input_array": ["events"], "index": 0}, "t"),
        ({"message": "m"}, "m"),
        ({"code": 7}, '{"code":7}'),
        ("plain", "plain"),
        (None, "null"),
    ],
)
def test_an_error_that_names_no_object_fails_none(error: Any, sentence: str, request_of_three: Request) -> None:
    got = answered(request_of_three, 201, {"message": "success", "errors": [error]})
    assert got == Processed(unplaced=(sentence,))


def test_an_object_answers_for_all_its_events() -> None:
    body = {"attributes": [{"a": 1}, {"b": 1}]}
    request = Request.of("/users/track", body=body, sources={"attributes": ((0, 3), (2,))})
    got = answered(
        request, 201, {"message": "success", "errors": [{"input_array": "attributes", "index": 0, "type": "t"}]}
    )
    assert got == Processed(failed=(ObjectProblem(array="attributes", index=0, events=(0, 3), message="t"),))


def entries(path: Path, array: str, count: int) -> Request:
    body = {array: [{"n": n} for n in range(count)]}
    return Request.of(path, body=body, sources={array: tuple((n,) for n in range(count))})


@pytest.mark.parametrize("input_array", ["aliases_to_identify", "user_identifiers", None])
def test_endpoints_with_one_array_may_call_it_what_they_like(input_array: Any) -> None:
    request = entries("/users/identify", "aliases_to_identify", 2)
    error = {"input_array": input_array, "index": 1, "type": "t"}
    got = answered(request, 201, {"message": "success", "errors": [error]})
    assert got == Processed(failed=(problem("aliases_to_identify", 1, 1, "t"),))


def test_where_nothing_counts_twice_an_error_without_place_is_searched_for() -> None:
    body = {"message": "success", "errors": ["odd", {"type": "t"}]}
    assert answered(entries("/users/merge", "merge_updates", 2), 202, body) == Rejected(status=202, message="odd; t")
    alone = answered(entries("/users/merge", "merge_updates", 1), 202, body)
    assert alone == Processed(failed=(problem("merge_updates", 0, 0, "odd; t"),))


@pytest.mark.parametrize(
    ("path", "body", "is_accepted"),
    [
        ("/v2/subscription/status/set", None, True),
        ("/v2/subscription/status/set", {}, True),
        ("/v2/subscription/status/set", {"message": "success"}, True),
        ("/v2/subscription/status/set", {"message": "no such group"}, False),
        ("/users/delete", {"deleted": 1}, True),
        ("/users/identify", {"aliases_processed": 1}, False),
        ("/users/merge", None, False),
    ],
)
def test_endpoints_whose_answers_are_undocumented_need_not_say_success(
    path: Path, body: Any, is_accepted: bool
) -> None:
    got = answered(entries(path, "entries", 1), 200, body)
    assert isinstance(got, Processed)
    assert (got.failed == ()) is is_accepted


@pytest.mark.parametrize(
    ("status", "cause", "arrival"),
    [
        (429, "throttled", "no"),
        (408, "server", "no"),
        (500, "server", "unknown"),
        (502, "server", "no"),
        (503, "server", "unknown"),
        (504, "server", "unknown"),
        (599, "server", "unknown"),
        (100, "server", "unknown"),
    ],
)
def test_what_may_pass_is_tried_again(status: int, cause: Any, arrival: Any, request_of_three: Request) -> None:
    expected = Retry(cause=cause, arrival=arrival, message="busy", delay=7)
    assert answered(request_of_three, status, {"message": "busy"}, retry_after="7") == expected


def test_the_rate_limits_reset_counts_for_a_429_only(request_of_three: Request) -> None:
    throttled = answered(request_of_three, 429, None, x_ratelimit_reset="9")
    unavailable = answered(request_of_three, 503, None, x_ratelimit_reset="9")
    assert isinstance(throttled, Retry)
    assert isinstance(unavailable, Retry)
    assert (throttled.delay, unavailable.delay) == (9, None)
    assert throttled.message == "HTTP status 429 without a body"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_nobodys_objects_fault(status: int, request_of_three: Request) -> None:
    expected = Unauthorized(status=status, message="Invalid API Key")
    assert answered(request_of_three, status, {"message": "Invalid API Key"}) == expected


@pytest.mark.parametrize("status", [301, 302, 307, 404, 405, 410, 415])
def test_a_wrong_address_or_content_type_is_a_configuration_error(status: int, request_of_three: Request) -> None:
    assert answered(request_of_three, status, b" gone \n") == Misconfigured(status=status, message="gone")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (413, "too big"),
        (400, "Max Input Length Exceeded"),
        (400, "The max number of external_ids and aliases per request was exceeded"),
        (400, "The max number of ids per request was exceeded"),
        (400, "a single request may not contain more than 50 merge updates"),
    ],
)
def test_too_much_is_cut_until_a_single_object_is_left(
    status: int, message: str, request_of_three: Request, track_request: MakeRequest
) -> None:
    assert answered(request_of_three, status, {"message": message}) == TooLarge(message=message)
    alone = answered(track_request(events=[{}]), status, {"message": message})
    assert alone == Processed(failed=(problem("events", 0, 0, message),))


@pytest.mark.parametrize("status", [400, 402, 409, 422])
def test_a_refusal_without_a_culprit_is_searched_until_one_is_left(
    status: int, request_of_three: Request, track_request: MakeRequest
) -> None:
    body = {"error": "Error while parsing request body."}
    message = "Error while parsing request body."
    assert answered(request_of_three, status, body) == Rejected(status=status, message=message)
    alone = answered(track_request(events=[{}]), status, body)
    assert alone == Processed(failed=(problem("events", 0, 0, message),))


INVALID = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields."


def test_a_400_that_names_every_object_settles_them_all(request_of_three: Request) -> None:
    places = (("attributes", 0), ("events", 0), ("events", 1))
    errors = [{"input_array": array, "index": index, "type": SCHEMA} for array, index in places]
    assert answered(request_of_three, 400, {"message": INVALID, "errors": errors}) == all_failed(SCHEMA)


def test_a_400_that_names_some_objects_accepts_none_of_the_others(request_of_three: Request) -> None:
    errors = [{"input_array": "events", "index": 0, "type": "t"}]
    got = answered(request_of_three, 400, {"message": INVALID, "errors": errors})
    assert got == Rejected(status=400, message=INVALID)


def test_a_single_refused_object_is_told_braze_s_own_reason(track_request: MakeRequest) -> None:
    got = answered(track_request(events=[{}]), 400, {"message": INVALID, "errors": [{"type": "'name' is required"}]})
    assert got == Processed(failed=(problem("events", 0, 0, "'name' is required"),))


def test_a_long_body_is_told_in_part(request_of_three: Request) -> None:
    got = answered(request_of_three, 404, b"x" * 5000)
    assert isinstance(got, Misconfigured)
    assert got.message == "x" * 200


def test_a_request_without_answer_is_tried_again() -> None:
    error = BrazeUnreachable("no answer", arrival="unknown")
    assert read_failure(error) == Retry(cause="connection", message="no answer", arrival="unknown")
