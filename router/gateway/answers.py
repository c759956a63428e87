"""What the gateway answers: exact bodies and codes, because SDKs match on them (rudder-server, `gateway/response`)."""

from starlette.responses import PlainTextResponse, Response

from router.errors import RouterError

OK = "ok"
INVALID_JSON = "invalid json"
NOT_AN_EVENT = "event is not a valid rudder event"
NO_IDS = "request neither has anonymousId nor userId"
EMPTY_BATCH = "empty batch payload"
NO_WRITE_KEY = "failed to read writekey from header"
NO_WRITE_KEY_IN_QUERY = "failed to read writekey from query params"
INVALID_WRITE_KEY = "invalid write key"
SOURCE_DISABLED = "source is disabled"
NO_WEBHOOK_SOURCE = "source does not accept webhook events"
TOO_LARGE = "request size exceeds max limit"
UNREADABLE_BODY = "failed to read body from request"
UNAVAILABLE = "service unavailable"
UNKNOWN_PATH = "invalid http request path"
WRONG_METHOD = "invalid http request method"
NO_EVENT_LIST = "eventList should be an array"
NONE_LEFT = "All requests in the batch failed"

STATUS = {
    INVALID_JSON: 400,
    NOT_AN_EVENT: 400,
    NO_IDS: 400,
    EMPTY_BATCH: 400,
    NO_WRITE_KEY: 401,
    NO_WRITE_KEY_IN_QUERY: 401,
    INVALID_WRITE_KEY: 401,
    SOURCE_DISABLED: 404,
    NO_WEBHOOK_SOURCE: 400,
    TOO_LARGE: 413,
    UNREADABLE_BODY: 400,
    UNAVAILABLE: 503,
    UNKNOWN_PATH: 400,
    WRONG_METHOD: 405,
    NO_EVENT_LIST: 400,
    NONE_LEFT: 400,
}


class Rejected(RouterError):
    """The request is answered with one of the texts above, and none of its events is stored."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def accepted() -> Response:
    """The only answer every SDK takes for success: exactly 200 and `ok`, no newline. Always the same object."""
    return _ACCEPTED


def rejection(text: str) -> Response:
    """An error as RudderStack words it: the text and a newline."""
    headers = {"X-Content-Type-Options": "nosniff"}
    if text == UNAVAILABLE:
        headers["Retry-After"] = "1"
    return PlainTextResponse(text + "\n", status_code=STATUS[text], headers=headers)


def wrong_method(allowed: str) -> Response:
    """A path with another method than the `allowed` ones (as the Allow header lists them)."""
    answer = rejection(WRONG_METHOD)
    answer.headers["Allow"] = allowed
    return answer


_ACCEPTED = PlainTextResponse(OK)
