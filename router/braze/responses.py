"""What Braze's answer to a request means for its objects and for what to do next. Pure: the time is an argument.

Facts: braze.com/docs, API errors, rate limits and /users/track; differences D21. A 2xx only says that Braze has queued the
objects, and there is no idempotency key: events that are sent twice count twice.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from router.braze.object_errors import ObjectProblem, all_failed, place_errors
from router.braze.objects import Request
from router.braze.retry_hints import throttle_delay, unavailable_delay
from router.errors import BrazeUnreachable


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP response as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Processed(msgspec.Struct, frozen=True, kw_only=True):
    """Braze has decided about every object: those in `failed` are refused for good, all others are accepted.

    `warned` are accepted with a remark; `unplaced` are remarks about the request that name none of its objects.
    `in_doubt`: a 2xx that does not say what Braze did; it may have taken the objects in `failed` all the same.
    """

    failed: tuple[ObjectProblem, ...] = ()
    warned: tuple[ObjectProblem, ...] = ()
    unplaced: tuple[str, ...] = ()
    in_doubt: bool = False


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Send the request again, after `delay` seconds where Braze gave a hint.

    `arrival` is "unknown" where Braze may have taken the objects all the same.
    """

    cause: Literal["throttled", "server", "connection"]
    message: str
    arrival: Literal["no", "unknown"]
    delay: float | None = None


class TooLarge(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was accepted: too many objects or bytes. Bisect; the limit is smaller than thought."""

    message: str


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was accepted, and Braze does not say which object is to blame. Bisect to find it."""

    status: int
    message: str


class Unauthorized(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was accepted: the key, its permissions, the data centre or the account is wrong."""

    status: int
    message: str


class Misconfigured(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was accepted: there is no such Braze endpoint, or we do not speak to it as it expects."""

    status: int
    message: str


Outcome = Processed | Retry | TooLarge | Rejected | Unauthorized | Misconfigured

_NOT_TAKEN = (408, 429, 502)
"""Retryable statuses after which Braze has certainly not taken the objects."""

_NO_ENDPOINT = (404, 405, 410, 415)

_DOCUMENTED = ("/users/track", "/users/identify", "/users/merge")
"""Endpoints whose answers are documented to say `message: success`."""

_TOO_MANY = re.compile(
    r"max input length exceeded|max number of .* per request|may not contain more than", re.IGNORECASE
)


def read_answer(request: Request, answer: Answer, *, now: float) -> Outcome:
    """The outcome of a request; `now` is the UTC epoch time in seconds at which the answer came."""
    status = answer.status
    if 200 <= status < 300:
        return _taken(request, answer)
    message = _message(answer)
    if status == 429:
        delay = throttle_delay(answer.headers, now=now)
        return Retry(cause="throttled", message=message, arrival="no", delay=delay)
    if status == 408 or status >= 500 or status < 200:
        delay = unavailable_delay(answer.headers, now=now)
        return Retry(cause="server", message=message, arrival="no" if status in _NOT_TAKEN else "unknown", delay=delay)
    if status in (401, 403):
        return Unauthorized(status=status, message=message)
    if status in _NO_ENDPOINT or status < 400:
        return Misconfigured(status=status, message=message)
    return _refused(request, answer, message)


def read_failure(error: BrazeUnreachable) -> Retry:
    """The outcome of a request that got no answer."""
    return Retry(cause="connection", message=str(error), arrival=error.arrival)


def _taken(request: Request, answer: Answer) -> Outcome:
    told = _json_object(answer.body)
    if not _is_success(request, told):
        return Processed(failed=all_failed(request, _message(answer)), in_doubt=True)
    placed = place_errors(request, _errors(told))
    if placed.unplaced and request.path != "/users/track":
        # Nothing here counts twice when it is sent again, so the object to blame can be searched for.
        return Rejected(status=answer.status, message="; ".join(placed.unplaced))
    return Processed(failed=placed.failed, warned=placed.warned, unplaced=placed.unplaced)


def _is_success(request: Request, told: dict[str, Any] | None) -> bool:
    message = told.get("message") if told is not None else None
    if message is None:
        return request.path not in _DOCUMENTED
    return isinstance(message, str) and message.lower() in ("success", "queued")


def _refused(request: Request, answer: Answer, message: str) -> Outcome:
    if answer.status == 413 or _TOO_MANY.search(message):
        return TooLarge(message=message) if request.size > 1 else Processed(failed=all_failed(request, message))
    placed = place_errors(request, _errors(_json_object(answer.body)))
    named = placed.failed + placed.warned
    if len(named) == request.size:
        return Processed(failed=named)
    if request.size > 1:
        return Rejected(status=answer.status, message=message)
    return Processed(failed=all_failed(request, message))


def _errors(told: dict[str, Any] | None) -> list[Any]:
    errors = told.get("errors") if told is not None else None
    return errors if isinstance(errors, list) else []


def _message(answer: Answer) -> str:
    """Braze's own words; failing that, the start of the body or the bare status."""
    told = _json_object(answer.body) or {}
    for key in ("message", "error"):
        if isinstance(told.get(key), str) and told[key]:
            return str(told[key])
    return answer.body[:200].decode(errors="replace").strip() or f"HTTP status {answer.status} without a body"


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
